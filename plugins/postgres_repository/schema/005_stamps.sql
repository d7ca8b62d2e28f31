-- SPDX-License-Identifier: Apache-2.0
-- What tells apart two states of a database that have the same numbers, and what rises however often a database goes
-- back: stamps, event counters and the running time. The repository port's header says what they are for.

-- Sequences go on above the numbers that events carried before.
ALTER TABLE products ADD COLUMN stamp bigint NOT NULL DEFAULT 0, ADD COLUMN events bigint NOT NULL DEFAULT 0;
UPDATE products SET events = (SELECT CASE WHEN is_called THEN last_value + 65536 ELSE 0 END FROM blocks);

COMMENT ON COLUMN products.stamp IS
    'A random number of the changeset that raised the version. Whoever corrects stock by hand calls touch(sku).';
COMMENT ON COLUMN products.events IS 'How many events of this product were raised: the sequence of the last one.';

ALTER TABLE outbox ADD COLUMN stamp bigint NOT NULL DEFAULT 0, ADD COLUMN sequence bigint NOT NULL DEFAULT 0,
    ADD COLUMN event_at timestamptz;
UPDATE outbox SET sequence = number;

COMMENT ON COLUMN outbox.stamp IS 'With the number it stands for this row and no other.';
COMMENT ON COLUMN outbox.sequence IS 'The product''s count of events at this event.';
COMMENT ON COLUMN outbox.created_at IS 'When the row came into this queue.';
COMMENT ON COLUMN outbox.event_at IS 'When the event happened; null: at created_at.';

ALTER TABLE dead_letters ADD COLUMN sequence bigint NOT NULL DEFAULT 0, ADD COLUMN event_at timestamptz;

COMMENT ON COLUMN dead_letters.sequence IS 'Of a delivery: of its event.';
COMMENT ON COLUMN dead_letters.event_at IS 'Of a delivery: when its event happened.';

CREATE TABLE running_time (
    only_row boolean NOT NULL DEFAULT true PRIMARY KEY CHECK (only_row),
    ms bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO running_time (ms) VALUES (0);

COMMENT ON TABLE running_time IS 'How many milliseconds gateways have run on this database: what message ids expire by.';

DROP INDEX inbox_received;
ALTER TABLE inbox DROP COLUMN received_at, ADD COLUMN running_ms bigint NOT NULL DEFAULT 0;
CREATE INDEX inbox_age ON inbox (running_ms);

COMMENT ON COLUMN inbox.running_ms IS 'running_time.ms when the id was stored.';

-- A new stamp: from 1 on, and below 2^62, so that stamp + the place of an effect is always a bigint.
CREATE FUNCTION new_stamp() RETURNS bigint
LANGUAGE sql VOLATILE AS $$
    SELECT greatest(1, ('x' || encode(substring(uuid_send(gen_random_uuid()) FROM 9 FOR 8), 'hex'))::bit(64)::bigint
                       & 4611686018427387903)
$$;

-- To be called in the transaction of every correction by hand: what gateways remember of the product is then out of
-- date. The number of products that there were.
CREATE FUNCTION touch(sku text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    touched bigint;
BEGIN
    UPDATE products p SET stamp = new_stamp() WHERE p.sku = touch.sku;
    GET DIAGNOSTICS touched = ROW_COUNT;
    RETURN touched;
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

DROP FUNCTION apply_new_products(text[], bigint[], bigint[], bytea[]);
DROP FUNCTION apply(
    bigint, text[], bigint[], bigint[], bigint[], text[], bigint[], bigint[], text[], bytea[], bytea[], smallint[],
    text[], integer[], text[], date[], bigint[], bigint[], bigint[], integer[], text[], bigint[], bigint[], integer[],
    text[], bigint[], integer[], text[], bigint[], text[], bigint[], text[], text[], bigint[], bigint[], text[], text[],
    bytea[], bytea[], bytea[], text[], bigint[], bytea[], integer[], bigint[], text[], integer[], text[], text[], text[],
    text[], bytea[], bytea[]);

-- Products that a turn makes, and those that must still not be there. The ids of all its products, 0 where there is none,
-- and how many events each had before.
CREATE FUNCTION apply_new_products(
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

CREATE FUNCTION apply(
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
    met bigint[];         -- the numbers of the elements that met what was expected
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
               SET version = x.version, events = p.events + x.raised,
                   stamp = CASE WHEN x.version = x.expected THEN x.stamp ELSE set_stamp END
              FROM unnest(product_sku, product_expected, product_version, product_stamp, product_raised) WITH ORDINALITY
                   AS x (sku, expected, version, stamp, raised, i)
             WHERE p.sku = ANY (ARRAY[x.sku]) AND p.version = x.expected AND p.stamp = x.stamp
            RETURNING p.id, p.events - x.raised AS counter, x.i
        )
        SELECT array_agg(id ORDER BY i), array_agg(counter ORDER BY i), array_agg(i ORDER BY i), count(*)
          INTO product_id, event_counters, met, n FROM u;
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
        SELECT x.id, x.fingerprint, x.outcome, x.reason, (SELECT ms FROM running_time)
          FROM unnest(message_id, message_fingerprint, message_outcome, message_reason)
               AS x (id, fingerprint, outcome, reason)
         ORDER BY x.id
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
        SELECT product_id[x.product], x.ref, x.purchased, x.allocated, x.eta, x.created
          FROM unnest(new_batch_product, new_batch_ref, new_batch_purchased, new_batch_allocated, new_batch_eta,
                      new_batch_created)
               AS x (product, ref, purchased, allocated, eta, created)
         ORDER BY x.ref;
    END IF;

    IF batch_product IS NOT NULL THEN
        UPDATE batches b SET purchased = x.purchased, allocated = x.allocated
          FROM unnest(batch_product, batch_ref, batch_old_purchased, batch_old_allocated, batch_purchased,
                      batch_allocated)
               AS x (product, ref, old_purchased, old_allocated, purchased, allocated)
         WHERE b.ref = ANY (ARRAY[x.ref]) AND b.product = product_id[x.product]
           AND b.purchased = x.old_purchased AND b.allocated = x.old_allocated;
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
             USING unnest(gone_product, gone_orderid, gone_qty) WITH ORDINALITY AS x (product, orderid, qty, i)
             WHERE a.orderid = ANY (ARRAY[x.orderid]) AND a.product = product_id[x.product] AND a.qty = x.qty
            RETURNING x.i
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
        SELECT block + x.i - 1, x.seq, b.product, b.id, x.qty, x.orderid
          FROM unnest(line_product, line_orderid, line_qty, line_ref, line_seq) WITH ORDINALITY
               AS x (product, orderid, qty, ref, seq, i)
          JOIN batches b ON b.ref = ANY (ARRAY[x.ref]) AND b.product = product_id[x.product];
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
        SELECT array_agg(id), count(*) INTO met, n FROM (SELECT id FROM d UNION ALL SELECT id FROM u) AS replayed;
        IF n < cardinality(replayed_id) THEN
            PERFORM refuse_conflict(format('dead letter %s, which was replayed, is not there', x.id))
               FROM unnest(replayed_id) AS x (id) WHERE x.id <> ALL (coalesce(met, '{}'));
            PERFORM refuse_conflict('a dead letter is replayed twice in one changeset');
        END IF;
    END IF;

    IF effect_product IS NOT NULL THEN
        INSERT INTO outbox (destination, number, stamp, recipient, id, type, sku, payload, headers, sequence, created_at)
        SELECT x.destination, block + x.i - 1, set_stamp + x.i - 1, x.recipient, x.id, x.type, product_sku[x.product],
               x.payload, x.headers, event_counters[x.product] + x.event, applied_at
          FROM unnest(effect_product, effect_event, effect_destination, effect_recipient, effect_id, effect_type,
                      effect_payload, effect_headers) WITH ORDINALITY
               AS x (product, event, destination, recipient, id, type, payload, headers, i);
        first_effect := block;
    END IF;
END $$;
