-- SPDX-License-Identifier: Apache-2.0
-- One turn, whole or not at all: `apply` compares all that the turn expects and changes all that it changes, in one
-- statement. Whatever is not as expected raises, so that nothing of it stays. An array that is null is a part that the
-- turn does not have.
--
-- Where there may be thousands of elements a field of one is read by its number, as in product_sku[i]: PL/pgSQL keeps an
-- array unpacked, and that costs a fifth of what unnest() costs, which is a function scan with rows of its own for every
-- array.
--
-- Rows are always found from the array, one search in an index for each element, in its order: `= ANY (ARRAY[x.sku])`
-- can be done in no other way. A plain `=` can, and is by a planner that has last seen the table with one row in it: it
-- would go through the table and compare each row with each element, for as long as the session keeps that plan. Where
-- the index alone has the answer, LATERAL with a LIMIT does the same.
--
-- Nearly every turn has one element of a kind where little is going on. One element alone is changed by a statement
-- without a set of rows, which costs half of what the other costs before its first row. From three on a set costs less.
-- Both do the same, and what follows does not know which of them it was.
--
-- Who waits for whom is the same in every session, so that none waits in a circle: positions, then all products that are
-- changed or read, each in the order of the array, which is sorted; then message ids and references, sorted too. What
-- comes behind belongs to products that are locked by then.

-- Of positions that are not all where they should be: already done, or somewhere else.
CREATE OR REPLACE FUNCTION refuse_positions(sources text[], expected bigint[], nexts bigint[], moved bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    done bigint;
    other record;
BEGIN
    SELECT count(*) INTO done
      FROM unnest(sources, nexts) AS x (source, next) JOIN positions p ON p.source = ANY (ARRAY[x.source])
     WHERE p.next = x.next;
    IF moved = 0 AND done = cardinality(sources) THEN
        RAISE EXCEPTION USING ERRCODE = 'GW004', MESSAGE = 'every position is where the changeset puts it',
            DETAIL = 'already';
    END IF;
    SELECT x.source, x.expected, coalesce(p.next, -1) AS stands INTO other
      FROM unnest(sources, expected, nexts) WITH ORDINALITY AS x (source, expected, next, i)
      LEFT JOIN positions p ON p.source = ANY (ARRAY[x.source])
     ORDER BY coalesce(p.next, -1) IN (x.expected, x.next), coalesce(p.next, -1) = x.expected, x.i
     LIMIT 1;
    RAISE EXCEPTION USING ERRCODE = 'GW004',
        MESSAGE = format('source %s stands at %s, not at %s', other.source, other.stands, other.expected);
END $$;

-- How many of these message ids are known.
CREATE OR REPLACE FUNCTION known_ids(ids uuid[]) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT count(*) FROM unnest(ids) AS x (id), LATERAL (SELECT 1 FROM inbox WHERE id = x.id LIMIT 1) i);
END $$;

-- Message ids that are known.
CREATE OR REPLACE FUNCTION refuse_ids(known bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'GW003', MESSAGE = format('%s message ids are known', known), DETAIL = known::text;
END $$;

-- Deletes message ids that were stored before this running time, the oldest turns first, at most `wanted` of them. Turns
-- that another gateway is expiring are left to it. The rest of a turn that has more than are wanted stays for the next
-- call. An id that somebody deleted by hand counts, so that the caller goes on where there are many of them; one that came
-- again after that has another running time, and stays. The number of ids that turns no longer have.
CREATE OR REPLACE FUNCTION expire_ids(before bigint, wanted bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    oldest CURSOR FOR SELECT t.running_ms, t.ids FROM inbox_turns t WHERE t.running_ms < before
                       ORDER BY t.running_ms, t.turn FOR UPDATE SKIP LOCKED;
    expired uuid[];
    taken bigint := 0;
BEGIN
    FOR old IN oldest LOOP
        expired := old.ids[1 : wanted - taken];
        DELETE FROM inbox i WHERE i.id = ANY (expired) AND i.running_ms = old.running_ms;
        IF cardinality(expired) < cardinality(old.ids) THEN
            UPDATE inbox_turns SET ids = old.ids[wanted - taken + 1 :] WHERE CURRENT OF oldest;
        ELSE
            DELETE FROM inbox_turns WHERE CURRENT OF oldest;
        END IF;
        taken := taken + cardinality(expired);
        EXIT WHEN taken >= wanted;
    END LOOP;
    RETURN taken;
END $$;

-- A product that is not as the turn has seen it. When all ids of the turn are known it is we who moved it.
CREATE OR REPLACE FUNCTION refuse_product(sku text, ids uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    known bigint := known_ids(ids);
BEGIN
    IF known > 0 AND known = cardinality(ids) THEN
        PERFORM refuse_ids(known);
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'GW002', MESSAGE = format('product %s has another version or stamp by now', sku);
END $$;

CREATE OR REPLACE FUNCTION refuse_conflict(what text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'GW002', MESSAGE = what;
END $$;

-- The first of these SKUs, among those that should exist, that is not among the numbers `met`, which rise.
CREATE OR REPLACE FUNCTION first_unmet(skus text[], expected bigint[], met integer[]) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT y.sku
      FROM (SELECT x.sku, x.i, row_number() OVER (ORDER BY x.i) AS place
              FROM unnest(skus, expected) WITH ORDINALITY AS x (sku, expected, i)
             WHERE x.expected > 0) y
     WHERE met[y.place] IS DISTINCT FROM y.i
     ORDER BY y.place
     LIMIT 1
$$;

-- Where `wanted` numbers begin that nobody else gets: blocks that follow each other without a gap. Another session may
-- draw one between two of ours; then the run begins behind it, and the blocks before it are never used.
CREATE OR REPLACE FUNCTION take_blocks(wanted bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    size CONSTANT bigint := 65536;
    block bigint := nextval('blocks');
    first bigint := block;
    before bigint;
BEGIN
    WHILE block + size - first < wanted LOOP
        before := block;
        block := nextval('blocks');
        IF block <> before + size THEN
            first := block;
        END IF;
    END LOOP;
    RETURN first;
END $$;

-- A new stamp: from 1 on, and below 2^62, so that stamp + the place of an effect is always a bigint.
CREATE OR REPLACE FUNCTION new_stamp() RETURNS bigint
LANGUAGE sql VOLATILE AS $$
    SELECT greatest(1, ('x' || encode(substring(uuid_send(gen_random_uuid()) FROM 9 FOR 8), 'hex'))::bit(64)::bigint
                       & 4611686018427387903)
$$;

-- To be called in the transaction of every correction by hand: what gateways remember of the product is then out of
-- date. The number of products that there were.
CREATE OR REPLACE FUNCTION touch(sku text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    touched bigint;
BEGIN
    UPDATE products p SET stamp = new_stamp() WHERE p.sku = touch.sku;
    GET DIAGNOSTICS touched = ROW_COUNT;
    RETURN touched;
END $$;

-- Products that a turn makes, and those that must still not be there. The ids of all its products, 0 where there is none,
-- and how many events each had before.
CREATE OR REPLACE FUNCTION apply_new_products(
    set_stamp bigint, skus text[], expected bigint[], versions bigint[], stamps bigint[], raised bigint[], ids uuid[],
    OUT product_ids integer[], OUT counters bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    wanted bigint;
    made bigint;
    wrong text;
BEGIN
    -- Whoever is making one of them right now is waited for.
    INSERT INTO products (sku, version, stamp, events)
    SELECT x.sku, x.version, set_stamp, x.raised
      FROM unnest(skus, expected, versions, raised) AS x (sku, expected, version, raised)
     WHERE x.expected = 0 AND x.version > 0
     ORDER BY x.sku
    ON CONFLICT ON CONSTRAINT products_sku DO NOTHING;
    GET DIAGNOSTICS made = ROW_COUNT;
    SELECT array_agg(coalesce(p.id, 0) ORDER BY x.i), array_agg(coalesce(p.events - x.raised, 0) ORDER BY x.i),
           count(*) FILTER (WHERE x.expected = 0 AND x.version > 0),
           min(x.sku) FILTER (WHERE x.expected = 0 AND x.version = 0 AND (p.id IS NOT NULL OR x.stamp <> 0))
      INTO product_ids, counters, wanted, wrong
      FROM unnest(skus, expected, versions, stamps, raised) WITH ORDINALITY
           AS x (sku, expected, version, stamp, raised, i)
      LEFT JOIN products p ON p.sku = ANY (ARRAY[x.sku]);
    IF made < wanted THEN
        -- Of those that are there the first that is not our own.
        SELECT coalesce(min(x.sku), 'that was to be new') INTO wrong
          FROM unnest(skus, expected) AS x (sku, expected) JOIN products p ON p.sku = ANY (ARRAY[x.sku])
         WHERE x.expected = 0 AND p.xmin <> pg_current_xact_id()::xid;
    END IF;
    IF wrong IS NOT NULL THEN
        PERFORM refuse_product(wrong, ids);
    END IF;
END $$;

CREATE OR REPLACE FUNCTION apply(
    set_stamp bigint,
    position_source text[], position_expected bigint[], position_next bigint[], position_mark bigint[],
    product_sku text[], product_expected bigint[], product_version bigint[], product_stamp bigint[],
    product_raised bigint[],
    absent_ref text[],
    message_id uuid[], message_fingerprint uuid[], message_outcome smallint[], message_reason text[],
    new_batch_product integer[], new_batch_ref text[], new_batch_eta date[], new_batch_purchased bigint[],
    new_batch_allocated bigint[], new_batch_created bigint[],
    batch_product integer[], batch_ref text[], batch_old_purchased bigint[], batch_old_allocated bigint[],
    batch_purchased bigint[], batch_allocated bigint[],
    gone_product integer[], gone_orderid text[], gone_qty bigint[],
    line_product integer[], line_orderid text[], line_qty bigint[], line_ref text[], line_seq bigint[],
    dead_entrypoint text[], dead_source text[], dead_offset bigint[], dead_line bigint[], dead_identity text[],
    dead_type text[], dead_key bytea[], dead_headers bytea[], dead_payload bytea[], dead_reason text[],
    dead_full_len bigint[], dead_digest bytea[], dead_flags integer[],
    replayed_id bigint[], replayed_reason text[],
    effects bigint, block_effect integer[], block_destination text[], block_count integer[], block_events text[],
    block_products integer[], counted_product integer[],
    line_batch integer[] DEFAULT NULL,
    OUT first_effect bigint, OUT applied_at timestamptz, OUT event_counters bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    product_id integer[]; -- products.id of each element of product_sku
    batch_id integer[];   -- batches.id of each element of batch_ref
    met integer[];        -- the numbers of the elements that met what was expected
    found_letters bigint[];
    block bigint;         -- where the numbers of lines and effects begin
    numbers bigint;       -- how many of each there are at most
    stored_ms bigint;     -- the running time
    moved bigint;
    n bigint;
    missed bigint;
BEGIN
    first_effect := 0;
    -- In whole milliseconds, as the port tells it.
    applied_at := date_trunc('milliseconds', clock_timestamp());

    IF position_source IS NOT NULL THEN
        IF cardinality(position_source) = 1 THEN
            UPDATE positions p SET next = position_next[1], mark = position_mark[1]
             WHERE p.source = ANY (ARRAY[position_source[1]]) AND p.next = position_expected[1];
            GET DIAGNOSTICS n = ROW_COUNT;
            moved := 0; -- read only where nothing was updated
        ELSE
            WITH u AS (
                UPDATE positions p SET next = x.next, mark = x.mark
                  FROM unnest(position_source, position_expected, position_next, position_mark)
                       AS x (source, expected, next, mark)
                 WHERE p.source = ANY (ARRAY[x.source]) AND p.next = x.expected
                RETURNING x.expected <> x.next AS is_moved
            )
            SELECT count(*), count(*) FILTER (WHERE is_moved) INTO n, moved FROM u;
        END IF;
        IF n < cardinality(position_source) THEN
            INSERT INTO positions (source, next, mark)
            SELECT x.source, x.next, x.mark
              FROM unnest(position_source, position_expected, position_next, position_mark)
                   AS x (source, expected, next, mark)
             WHERE x.expected = -1
            ON CONFLICT DO NOTHING;
            GET DIAGNOSTICS missed = ROW_COUNT;
            IF n + missed < cardinality(position_source) THEN
                PERFORM refuse_positions(position_source, position_expected, position_next, moved + missed);
            END IF;
        END IF;
    END IF;

    -- One that was only read gets the version and the stamp that it has: that locks it at its place in the order, and
    -- costs what a lock costs.
    IF product_sku IS NOT NULL THEN
        IF cardinality(product_sku) = 1 THEN
            UPDATE products p
               SET version = product_version[1], events = p.events + product_raised[1],
                   stamp = CASE WHEN product_version[1] = p.version THEN p.stamp ELSE set_stamp END
             WHERE p.sku = ANY (ARRAY[product_sku[1]])
               AND p.version = product_expected[1] AND p.stamp = product_stamp[1]
            RETURNING ARRAY[p.id], ARRAY[p.events - product_raised[1]] INTO product_id, event_counters;
            GET DIAGNOSTICS n = ROW_COUNT;
        ELSE
            WITH u AS (
                UPDATE products p
                   SET version = product_version[i], events = p.events + product_raised[i],
                       stamp = CASE WHEN product_version[i] = p.version THEN p.stamp ELSE set_stamp END
                  FROM generate_series(1, cardinality(product_sku)) AS i
                 WHERE p.sku = ANY (ARRAY[product_sku[i]])
                   AND p.version = product_expected[i] AND p.stamp = product_stamp[i]
                RETURNING p.id, p.events - product_raised[i] AS counter, i
            )
            SELECT array_agg(id), array_agg(counter), array_agg(i), count(*) INTO product_id, event_counters, met, n
              FROM (SELECT id, counter, i FROM u ORDER BY i) AS in_order;
        END IF;
        IF n < cardinality(product_sku) THEN
            IF first_unmet(product_sku, product_expected, met) IS NOT NULL THEN
                PERFORM refuse_product(first_unmet(product_sku, product_expected, met), message_id);
            END IF;
            SELECT f.product_ids, f.counters INTO product_id, event_counters
              FROM apply_new_products(set_stamp, product_sku, product_expected, product_version, product_stamp,
                                      product_raised, message_id) f;
        END IF;
    END IF;

    -- ON CONFLICT would cost a third more: for each row another search in the index and another record in the log. A
    -- subtransaction costs that much only where a turn has one id.
    IF message_id IS NOT NULL THEN
        SELECT ms INTO stored_ms FROM running_time;
        BEGIN
            INSERT INTO inbox (id, fingerprint, outcome, reason, running_ms)
            SELECT message_id[i], message_fingerprint[i], message_outcome[i], message_reason[i], stored_ms
              FROM generate_series(1, cardinality(message_id)) AS i
             ORDER BY message_id[i];
        EXCEPTION WHEN unique_violation THEN
            PERFORM refuse_ids(known_ids(message_id));
        END;
        INSERT INTO inbox_turns (running_ms, ids) VALUES (stored_ms, message_id);
    END IF;

    IF absent_ref IS NOT NULL THEN
        PERFORM refuse_conflict(format('batch %s exists by now', b.ref))
           FROM unnest(absent_ref) AS x (ref), LATERAL (SELECT ref FROM batches WHERE ref = x.ref LIMIT 1) b;
    END IF;

    -- Every product is locked: whoever takes a later block for one of them commits later.
    numbers := greatest(cardinality(line_product), nullif(effects, 0));
    IF numbers <= 65536 THEN
        block := nextval('blocks');
    ELSIF numbers > 65536 THEN
        block := take_blocks(numbers);
    END IF;

    IF new_batch_product IS NOT NULL THEN
        INSERT INTO batches (product, ref, purchased, allocated, eta, created)
        SELECT product_id[new_batch_product[i]], new_batch_ref[i], new_batch_purchased[i], new_batch_allocated[i],
               new_batch_eta[i], new_batch_created[i]
          FROM generate_series(1, cardinality(new_batch_product)) AS i
         ORDER BY new_batch_ref[i];
    END IF;

    IF batch_product IS NOT NULL THEN
        IF cardinality(batch_product) = 1 THEN
            UPDATE batches b SET purchased = batch_purchased[1], allocated = batch_allocated[1]
             WHERE b.ref = ANY (ARRAY[batch_ref[1]]) AND b.product = product_id[batch_product[1]]
               AND b.purchased = batch_old_purchased[1] AND b.allocated = batch_old_allocated[1]
            RETURNING ARRAY[b.id] INTO batch_id;
            GET DIAGNOSTICS n = ROW_COUNT;
        ELSE
            WITH u AS (
                UPDATE batches b SET purchased = batch_purchased[i], allocated = batch_allocated[i]
                  FROM generate_series(1, cardinality(batch_product)) AS i
                 WHERE b.ref = ANY (ARRAY[batch_ref[i]]) AND b.product = product_id[batch_product[i]]
                   AND b.purchased = batch_old_purchased[i] AND b.allocated = batch_old_allocated[i]
                RETURNING b.id, i
            )
            SELECT array_agg(id), count(*) INTO batch_id, n FROM (SELECT id FROM u ORDER BY i) AS in_order;
        END IF;
        IF n < cardinality(batch_product) THEN
            PERFORM refuse_conflict(format('batch %s of product %s is not there', x.ref, product_sku[x.product]))
               FROM unnest(batch_product, batch_ref) AS x (product, ref)
               LEFT JOIN batches b ON b.ref = ANY (ARRAY[x.ref]) AND b.product = product_id[x.product]
              WHERE b.id IS NULL;
            PERFORM refuse_conflict(format('batch %s of product %s has %s of %s allocated, not %s of %s', x.ref,
                                           product_sku[x.product], b.allocated, b.purchased, x.old_allocated,
                                           x.old_purchased))
               FROM unnest(batch_product, batch_ref, batch_old_purchased, batch_old_allocated, batch_purchased,
                           batch_allocated)
                    AS x (product, ref, old_purchased, old_allocated, purchased, allocated)
               JOIN batches b ON b.ref = ANY (ARRAY[x.ref])
              WHERE (b.purchased, b.allocated) <> (x.old_purchased, x.old_allocated)
                AND (b.purchased, b.allocated) <> (x.purchased, x.allocated);
            PERFORM refuse_conflict(format('batch %s of product %s has other quantities by now, or changes twice in one '
                                           'changeset', x.ref, product_sku[x.product]))
               FROM unnest(batch_product, batch_ref) AS x (product, ref);
        END IF;
    END IF;

    IF gone_product IS NOT NULL THEN
        WITH d AS (
            DELETE FROM allocations a
             USING generate_series(1, cardinality(gone_product)) AS i
             WHERE a.orderid = ANY (ARRAY[gone_orderid[i]]) AND a.product = product_id[gone_product[i]]
               AND a.qty = gone_qty[i]
            RETURNING i
        )
        SELECT array_agg(i), count(*) INTO met, n FROM d;
        IF n < cardinality(gone_product) THEN
            PERFORM refuse_conflict(format('the line of order %s for %s units of product %s is not held', x.orderid,
                                           x.qty, product_sku[x.product]))
               FROM unnest(gone_product, gone_orderid, gone_qty) WITH ORDINALITY AS x (product, orderid, qty, i)
              WHERE x.i <> ALL (coalesce(met, '{}'));
        END IF;
    END IF;

    -- Nearly all lines are on batches that have just been updated; line_batch says where in batch_ref. A gateway of an
    -- earlier version does not say it.
    IF line_product IS NOT NULL THEN
        n := 0;
        missed := 0;
        IF line_batch[1] > 0 AND cardinality(line_product) = 1 THEN
            INSERT INTO allocations (number, seq, product, batch, qty, orderid)
            VALUES (block, line_seq[1], product_id[line_product[1]], batch_id[line_batch[1]], line_qty[1],
                    line_orderid[1]);
            n := 1;
        ELSIF line_batch IS NOT NULL THEN
            INSERT INTO allocations (number, seq, product, batch, qty, orderid)
            SELECT block + i - 1, line_seq[i], product_id[line_product[i]], batch_id[line_batch[i]], line_qty[i],
                   line_orderid[i]
              FROM generate_series(1, cardinality(line_product)) AS i
             WHERE line_batch[i] > 0;
            GET DIAGNOSTICS n = ROW_COUNT;
        END IF;
        IF n < cardinality(line_product) THEN
            INSERT INTO allocations (number, seq, product, batch, qty, orderid)
            SELECT block + i - 1, line_seq[i], b.product, b.id, line_qty[i], line_orderid[i]
              FROM generate_series(1, cardinality(line_product)) AS i
              JOIN batches b ON b.ref = ANY (ARRAY[line_ref[i]]) AND b.product = product_id[line_product[i]]
             WHERE line_batch[i] IS NULL;
            GET DIAGNOSTICS missed = ROW_COUNT;
        END IF;
        IF n + missed < cardinality(line_product) THEN
            PERFORM refuse_conflict(format('batch %s of product %s, which takes a line, is not there', x.ref,
                                           product_sku[x.product]))
               FROM unnest(line_product, line_ref) AS x (product, ref)
               LEFT JOIN batches b ON b.ref = ANY (ARRAY[x.ref]) AND b.product = product_id[x.product]
              WHERE b.id IS NULL;
        END IF;
    END IF;

    IF dead_entrypoint IS NOT NULL THEN
        INSERT INTO dead_letters (kind, at, entrypoint, source, "offset", line, identity, type, key, headers, payload,
                                  reason, full_len, digest, flags)
        SELECT 1, applied_at, x.*
          FROM unnest(dead_entrypoint, dead_source, dead_offset, dead_line, dead_identity, dead_type, dead_key,
                      dead_headers, dead_payload, dead_reason, dead_full_len, dead_digest, dead_flags) AS x;
    END IF;

    IF replayed_id IS NOT NULL THEN
        WITH d AS (
            DELETE FROM dead_letters d
             USING unnest(replayed_id, replayed_reason) AS x (id, reason)
             WHERE d.id = ANY (ARRAY[x.id]) AND x.reason = ''
            RETURNING d.id
        ), u AS (
            UPDATE dead_letters d SET reason = x.reason, replays = d.replays + 1
              FROM unnest(replayed_id, replayed_reason) AS x (id, reason)
             WHERE d.id = ANY (ARRAY[x.id]) AND x.reason <> ''
            RETURNING d.id
        )
        SELECT array_agg(id), count(*) INTO found_letters, n FROM (SELECT id FROM d UNION ALL SELECT id FROM u) AS found;
        IF n < cardinality(replayed_id) THEN
            PERFORM refuse_conflict(format('dead letter %s, which was replayed, is not there', x.id))
               FROM unnest(replayed_id) AS x (id) WHERE x.id <> ALL (coalesce(found_letters, '{}'));
            PERFORM refuse_conflict('a dead letter is replayed twice in one changeset');
        END IF;
    END IF;

    -- The products that a block counts events of follow those of the block before it in counted_product, up to
    -- block_products.
    IF block_effect IS NOT NULL THEN
        FOR i IN 1 .. cardinality(block_effect) LOOP
            INSERT INTO outbox_blocks (destination, number, stamp, created_at, count, counters, events)
            VALUES (block_destination[i], block + block_effect[i] - 1, set_stamp + block_effect[i] - 1, applied_at,
                    block_count[i],
                    ARRAY (SELECT event_counters[counted_product[j]]
                             FROM generate_series(coalesce(block_products[i - 1], 0) + 1, block_products[i]) AS j),
                    block_events[i]);
        END LOOP;
        first_effect := block;
    END IF;
END $$;

-- The newest lines of a batch, until they make up the surplus: it stops there, however many lines are behind them.
CREATE OR REPLACE FUNCTION newest_lines(wanted_batch integer, surplus bigint)
RETURNS TABLE (orderid text, qty integer, seq bigint)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF surplus <= 0 THEN
        RETURN;
    END IF;
    FOR orderid, qty, seq IN
        SELECT a.orderid, a.qty, a.seq FROM allocations a WHERE a.batch = wanted_batch ORDER BY a.seq DESC
    LOOP
        RETURN NEXT;
        surplus := surplus - qty;
        EXIT WHEN surplus <= 0;
    END LOOP;
END $$;

-- Stores what was refused, of that what was there: a dead letter, unless it is rerouted, and a row for each target, which
-- goes to the end of its queue. Stamps rise in the order of the refusals and their targets.
CREATE OR REPLACE FUNCTION store_refusals(
    wanted text, was_there boolean[], is_rerouted bigint[], ids text[], types text[], skus bytea[], all_headers bytea[],
    payloads bytea[], reasons text[], recipients text[], sequences bigint[], event_ms bigint[],
    target_refusal bigint[], target_destination text[], target_recipient text[], first_stamp bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO dead_letters (kind, at, entrypoint, source, "offset", line, identity, type, key, headers, payload, reason,
                              full_len, digest, flags, recipient, sequence, event_at)
    SELECT 2, now(), wanted, '', -1, 0, ids[i], types[i], skus[i], all_headers[i], payloads[i], reasons[i],
           octet_length(payloads[i]), decode(repeat('00', 16), 'hex'), 0, recipients[i], sequences[i],
           timestamptz 'epoch' + event_ms[i] * interval '1 millisecond'
      FROM generate_series(1, cardinality(was_there)) AS i
     WHERE was_there[i] AND is_rerouted[i] = 0;

    INSERT INTO outbox_blocks (destination, number, stamp, created_at, event_at, count, counters, events)
    SELECT target_destination[t], nextval('blocks'), first_stamp + place - 1, now(),
           timestamptz 'epoch' + event_ms[i] * interval '1 millisecond', 1, '{}',
           event_line(sequences[i], types[i], convert_from(skus[i], 'UTF8'), ids[i], target_recipient[t], all_headers[i],
                      payloads[i])
      FROM (SELECT t, target_refusal[t] AS i, row_number() OVER (ORDER BY t) AS place
              FROM generate_series(1, cardinality(target_refusal)) AS t
             WHERE was_there[target_refusal[t]]
             ORDER BY t) AS targets;
END $$;

-- Removes notices that were refused.
CREATE OR REPLACE FUNCTION refuse_notices(
    wanted text, numbers bigint[], stamps bigint[], is_rerouted bigint[], ids text[], types text[], skus bytea[],
    all_headers bytea[], payloads bytea[], reasons text[], recipients text[], sequences bigint[], event_ms bigint[],
    target_refusal bigint[], target_destination text[], target_recipient text[], first_stamp bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    gone bigint[];
BEGIN
    WITH d AS (
        DELETE FROM notices n
         USING generate_series(1, cardinality(numbers)) AS i
         CROSS JOIN LATERAL (SELECT ctid AS place FROM notices WHERE destination = wanted AND number = numbers[i]
                                AND stamp = stamps[i] OFFSET 0) AS found
         WHERE n.ctid = found.place
        RETURNING n.number
    )
    SELECT array_agg(number) INTO gone FROM d;
    PERFORM store_refusals(wanted, (SELECT array_agg(coalesce(numbers[i] = ANY (gone), false) ORDER BY i)
                                      FROM generate_series(1, cardinality(numbers)) AS i),
                           is_rerouted, ids, types, skus, all_headers, payloads, reasons, recipients, sequences, event_ms,
                           target_refusal, target_destination, target_recipient, first_stamp);
END $$;

-- Stores the drafts of events that were there as notices, in their order. draft_event says of which event each draft is.
-- A draft with a group key joins the open notice of that key, where there is one.
CREATE OR REPLACE FUNCTION open_events(
    wanted text, was_there boolean[], ids text[], types text[], skus text[], payloads bytea[], all_headers bytea[],
    sequences bigint[], event_ms bigint[], queued_ms bigint[], tried bigint[], draft_event bigint[], recipients text[],
    keys text[], lines text[], waits bigint[], maxima bigint[], repeats bigint[], first_stamp bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    has_joined boolean;
    due timestamptz;
    repeated timestamptz;
    waited bigint;
    e bigint;
BEGIN
    FOR place IN 1 .. coalesce(cardinality(draft_event), 0) LOOP
        e := draft_event[place];
        CONTINUE WHEN NOT was_there[e];
        has_joined := false;
        IF keys[place] <> '' THEN
            UPDATE notices SET count = count + 1, stamp = first_stamp + place - 1,
                   further = CASE WHEN count < maxima[place] THEN further || lines[place] ELSE further END
             WHERE destination = wanted AND recipient = recipients[place] AND group_key = keys[place] AND is_open;
            has_joined := FOUND;
        END IF;
        IF NOT has_joined THEN
            waited := waits[place];
            due := CASE WHEN waited > 0 THEN now() + waited * interval '1 millisecond' END;
            IF keys[place] <> '' AND repeats[place] > 0 THEN
                repeated := (SELECT max(sent_at) FROM sent_notices
                              WHERE destination = wanted AND recipient = recipients[place]
                                AND group_key = keys[place] AND group_key <> '')
                            + repeats[place] * interval '1 millisecond';
                IF repeated > coalesce(due, '-infinity') THEN
                    due := repeated;
                    waited := repeats[place];
                END IF;
            END IF;
            INSERT INTO notices (stamp, destination, recipient, event_id, type, sku, payload, headers, sequence, event_at,
                                 queued_at, attempts, group_key, is_open, repeat_ms, due_at, wait_ms, is_behind)
            VALUES (first_stamp + place - 1, wanted, recipients[place], ids[e], types[e], skus[e], payloads[e],
                    all_headers[e], sequences[e], timestamptz 'epoch' + event_ms[e] * interval '1 millisecond',
                    timestamptz 'epoch' + queued_ms[e] * interval '1 millisecond', tried[e], keys[place],
                    keys[place] <> '', CASE WHEN keys[place] <> '' THEN repeats[place] ELSE 0 END, due, waited,
                    keys[place] <> '' AND repeats[place] > 0
                    AND EXISTS (SELECT FROM notices WHERE destination = wanted AND recipient = recipients[place]
                                   AND group_key = keys[place] AND repeat_ms > 0));
        END IF;
    END LOOP;
END $$;

-- Whether each of these events is one that was settled: its block was, and not from a later event on.
CREATE OR REPLACE FUNCTION are_settled(numbers bigint[], places bigint[], settled_number bigint[], settled_from bigint[])
RETURNS boolean[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(EXISTS (SELECT FROM unnest(settled_number, settled_from) AS s (number, begin)
                              WHERE s.number = numbers[i] AND s.begin <= places[i]) ORDER BY i)
      FROM generate_series(1, cardinality(numbers)) AS i
$$;

-- Settles blocks: each that is at `begins` is deleted, if it has no more events than `ends`, else it moves there. The
-- numbers of those that were settled, and where each of them was.
CREATE OR REPLACE FUNCTION settle_blocks(
    wanted text, numbers bigint[], stamps bigint[], begins bigint[], ends bigint[],
    OUT settled_number bigint[], OUT settled_from bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    moved_number bigint[];
    moved_from bigint[];
BEGIN
    IF cardinality(numbers) = 1 THEN
        DELETE FROM outbox_blocks
         WHERE destination = wanted AND number = ANY (ARRAY[numbers[1]]) AND stamp = stamps[1]
           AND first_pending = begins[1] AND count = ends[1]
        RETURNING ARRAY[number], ARRAY[first_pending::bigint] INTO settled_number, settled_from;
    ELSE
        WITH d AS (
            DELETE FROM outbox_blocks b
             USING generate_series(1, cardinality(numbers)) AS i
             CROSS JOIN LATERAL (SELECT ctid AS place FROM outbox_blocks
                                  WHERE destination = wanted AND number = numbers[i] AND stamp = stamps[i]
                                    AND first_pending = begins[i] AND count = ends[i] OFFSET 0) AS found
             WHERE b.ctid = found.place
            RETURNING b.number, b.first_pending::bigint AS begin
        )
        SELECT array_agg(number), array_agg(begin) INTO settled_number, settled_from FROM d;
    END IF;

    IF coalesce(cardinality(settled_number), 0) < cardinality(numbers) THEN
        WITH u AS (
            UPDATE outbox_blocks b SET first_pending = ends[i], attempts = 0, due_at = NULL, last_error = NULL
              FROM generate_series(1, cardinality(numbers)) AS i
             CROSS JOIN LATERAL (SELECT ctid AS place FROM outbox_blocks
                                  WHERE destination = wanted AND number = numbers[i] AND stamp = stamps[i]
                                    AND first_pending = begins[i] AND count > ends[i] OFFSET 0) AS found
             WHERE b.ctid = found.place
            RETURNING b.number, begins[i] AS begin
        )
        SELECT array_agg(number), array_agg(begin) INTO moved_number, moved_from FROM u;
        settled_number := settled_number || moved_number;
        settled_from := settled_from || moved_from;
    END IF;
END $$;

-- Records settlements of the outbox. Settlements of one block that follow one another without a gap have the same end:
-- a block that stands where one of them begins is settled up to there. What was refused and what was opened is stored for
-- those only; a failure is recorded where the block stands then.
CREATE OR REPLACE FUNCTION settle_outbox(
    wanted text, first_stamp bigint,
    numbers bigint[], stamps bigint[], begins bigint[], ends bigint[],
    failed_number bigint[], failed_stamp bigint[], failed_at bigint[], failed_attempts bigint[], failed_delay_ms bigint[],
    failed_answer text[],
    refused_number bigint[], refused_at bigint[], refused_is_rerouted bigint[], refused_id text[], refused_type text[],
    refused_sku bytea[], refused_headers bytea[], refused_payload bytea[], refused_reason text[],
    refused_recipient text[], refused_sequence bigint[], refused_event_ms bigint[],
    target_refusal bigint[], target_destination text[], target_recipient text[],
    opened_number bigint[], opened_at bigint[], opened_id text[], opened_type text[], opened_sku text[],
    opened_payload bytea[], opened_headers bytea[], opened_sequence bigint[], opened_event_ms bigint[],
    opened_queued_ms bigint[], opened_attempts bigint[],
    draft_event bigint[], draft_recipient text[], draft_key text[], draft_line text[], draft_wait bigint[],
    draft_max bigint[], draft_repeat bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    settled_number bigint[];
    settled_from bigint[];
BEGIN
    SELECT s.settled_number, s.settled_from INTO settled_number, settled_from
      FROM settle_blocks(wanted, numbers, stamps, begins, ends) s;

    IF refused_number IS NOT NULL THEN
        PERFORM store_refusals(wanted, are_settled(refused_number, refused_at, settled_number, settled_from),
                               refused_is_rerouted, refused_id, refused_type, refused_sku, refused_headers,
                               refused_payload, refused_reason, refused_recipient, refused_sequence, refused_event_ms,
                               target_refusal, target_destination, target_recipient, first_stamp);
    END IF;

    IF opened_number IS NOT NULL THEN
        PERFORM open_events(wanted, are_settled(opened_number, opened_at, settled_number, settled_from), opened_id,
                            opened_type, opened_sku, opened_payload, opened_headers, opened_sequence, opened_event_ms,
                            opened_queued_ms, opened_attempts, draft_event, draft_recipient, draft_key, draft_line,
                            draft_wait, draft_max, draft_repeat, first_stamp);
    END IF;

    IF failed_number IS NOT NULL THEN
        UPDATE outbox_blocks b
           SET attempts = failed_attempts[i], last_error = failed_answer[i],
               due_at = CASE WHEN failed_delay_ms[i] > 0
                             THEN now() + failed_delay_ms[i] * interval '1 millisecond' END
          FROM generate_series(1, cardinality(failed_number)) AS i
         CROSS JOIN LATERAL (SELECT ctid AS place FROM outbox_blocks
                              WHERE destination = wanted AND number = failed_number[i] AND stamp = failed_stamp[i]
                                AND first_pending = failed_at[i] OFFSET 0) AS found
         WHERE b.ctid = found.place;
    END IF;
END $$;
