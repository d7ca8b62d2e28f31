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

-- Message ids that are known.
CREATE OR REPLACE FUNCTION refuse_ids(known bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'GW003', MESSAGE = format('%s message ids are known', known), DETAIL = known::text;
END $$;

-- A product that is not as the turn has seen it. When all ids of the turn are known it is we who moved it.
CREATE OR REPLACE FUNCTION refuse_product(sku text, ids bytea[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    known bigint;
BEGIN
    SELECT count(*) INTO known FROM unnest(ids) AS x (id), LATERAL (SELECT 1 FROM inbox WHERE id = x.id LIMIT 1) i;
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
    set_stamp bigint, skus text[], expected bigint[], versions bigint[], stamps bigint[], raised bigint[], ids bytea[],
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
    message_id bytea[], message_fingerprint bytea[], message_outcome smallint[], message_reason text[],
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
    effect_product integer[], effect_event bigint[], effect_destination text[], effect_recipient text[], effect_id text[],
    effect_type text[], effect_payload bytea[], effect_headers bytea[],
    OUT first_effect bigint, OUT applied_at timestamptz, OUT event_counters bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    product_id integer[]; -- products.id of each element of product_sku
    met integer[];        -- the numbers of the elements that met what was expected
    found_letters bigint[];
    block bigint;         -- where the numbers of lines and effects begin
    numbers bigint;       -- how many of each there are at most
    moved bigint;
    n bigint;
    missed bigint;
BEGIN
    first_effect := 0;
    -- In whole milliseconds, as the port tells it.
    applied_at := date_trunc('milliseconds', clock_timestamp());

    IF position_source IS NOT NULL THEN
        WITH u AS (
            UPDATE positions p SET next = x.next, mark = x.mark
              FROM unnest(position_source, position_expected, position_next, position_mark)
                   AS x (source, expected, next, mark)
             WHERE p.source = ANY (ARRAY[x.source]) AND p.next = x.expected
            RETURNING x.expected <> x.next AS is_moved
        )
        SELECT count(*), count(*) FILTER (WHERE is_moved) INTO n, moved FROM u;
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
        IF n < cardinality(product_sku) THEN
            IF first_unmet(product_sku, product_expected, met) IS NOT NULL THEN
                PERFORM refuse_product(first_unmet(product_sku, product_expected, met), message_id);
            END IF;
            SELECT f.product_ids, f.counters INTO product_id, event_counters
              FROM apply_new_products(set_stamp, product_sku, product_expected, product_version, product_stamp,
                                      product_raised, message_id) f;
        END IF;
    END IF;

    IF message_id IS NOT NULL THEN
        INSERT INTO inbox (id, fingerprint, outcome, reason, running_ms)
        SELECT message_id[i], message_fingerprint[i], message_outcome[i], message_reason[i],
               (SELECT ms FROM running_time)
          FROM generate_series(1, cardinality(message_id)) AS i
         ORDER BY message_id[i]
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS n = ROW_COUNT;
        IF n < cardinality(message_id) THEN
            PERFORM refuse_ids(cardinality(message_id) - n);
        END IF;
    END IF;

    IF absent_ref IS NOT NULL THEN
        PERFORM refuse_conflict(format('batch %s exists by now', b.ref))
           FROM unnest(absent_ref) AS x (ref), LATERAL (SELECT ref FROM batches WHERE ref = x.ref LIMIT 1) b;
    END IF;

    -- Every product is locked: whoever takes a later block for one of them commits later.
    numbers := greatest(cardinality(line_product), cardinality(effect_product));
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
        UPDATE batches b SET purchased = batch_purchased[i], allocated = batch_allocated[i]
          FROM generate_series(1, cardinality(batch_product)) AS i
         WHERE b.ref = ANY (ARRAY[batch_ref[i]]) AND b.product = product_id[batch_product[i]]
           AND b.purchased = batch_old_purchased[i] AND b.allocated = batch_old_allocated[i];
        GET DIAGNOSTICS n = ROW_COUNT;
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

    IF line_product IS NOT NULL THEN
        INSERT INTO allocations (number, seq, product, batch, qty, orderid)
        SELECT block + i - 1, line_seq[i], b.product, b.id, line_qty[i], line_orderid[i]
          FROM generate_series(1, cardinality(line_product)) AS i
          JOIN batches b ON b.ref = ANY (ARRAY[line_ref[i]]) AND b.product = product_id[line_product[i]];
        GET DIAGNOSTICS n = ROW_COUNT;
        IF n < cardinality(line_product) THEN
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

    IF effect_product IS NOT NULL THEN
        INSERT INTO outbox (destination, number, stamp, recipient, id, type, sku, payload, headers, sequence, created_at)
        SELECT effect_destination[i], block + i - 1, set_stamp + i - 1, coalesce(effect_recipient[i], ''), effect_id[i],
               effect_type[i], product_sku[effect_product[i]], effect_payload[i], coalesce(effect_headers[i], ''),
               event_counters[effect_product[i]] + effect_event[i], applied_at
          FROM generate_series(1, cardinality(effect_product)) AS i;
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

-- Opens events of a notifier: removes each from the outbox and stores its drafts, which come in the order of the events.
-- An event that is gone was opened before, and its drafts are skipped. A draft with a group key joins the open notice of
-- that key, where there is one.
CREATE OR REPLACE FUNCTION open_events(
    wanted text, numbers bigint[], stamps bigint[], draft_numbers bigint[], recipients text[], keys text[],
    lines text[], waits bigint[], maxima bigint[], repeats bigint[], first_stamp bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    event outbox;
    was_there boolean;
    has_joined boolean;
    due timestamptz;
    place integer := 1;
BEGIN
    FOR i IN 1 .. cardinality(numbers) LOOP
        DELETE FROM outbox WHERE destination = wanted AND number = numbers[i] AND stamp = stamps[i]
            RETURNING * INTO event;
        was_there := FOUND;
        WHILE draft_numbers[place] = numbers[i] LOOP
            has_joined := false;
            IF was_there AND keys[place] <> '' THEN
                UPDATE notices SET count = count + 1, stamp = first_stamp + place - 1,
                       further = CASE WHEN count < maxima[place] THEN further || lines[place] ELSE further END
                 WHERE destination = wanted AND recipient = recipients[place] AND group_key = keys[place] AND is_open;
                has_joined := FOUND;
            END IF;
            IF was_there AND NOT has_joined THEN
                due := CASE WHEN waits[place] > 0 THEN now() + waits[place] * interval '1 millisecond' END;
                IF keys[place] <> '' AND repeats[place] > 0 THEN
                    due := greatest(due, (SELECT max(sent_at) FROM sent_notices
                                           WHERE destination = wanted AND recipient = recipients[place]
                                             AND group_key = keys[place] AND group_key <> '')
                                         + repeats[place] * interval '1 millisecond');
                END IF;
                INSERT INTO notices (stamp, destination, recipient, event_id, type, sku, payload, headers, sequence,
                                     event_at, queued_at, attempts, group_key, is_open, repeat_ms, due_at)
                VALUES (first_stamp + place - 1, wanted, recipients[place], event.id, event.type, event.sku,
                        event.payload, event.headers, event.sequence, coalesce(event.event_at, event.created_at),
                        event.created_at, event.attempts, keys[place], keys[place] <> '',
                        CASE WHEN keys[place] <> '' THEN repeats[place] ELSE 0 END, due);
            END IF;
            place := place + 1;
        END LOOP;
    END LOOP;
END $$;
