-- SPDX-License-Identifier: Apache-2.0
-- `apply` as in 003, but: a turn may have any number of lines and effects; a conflict names the line, the batch with its
-- product, or the dead letter; and only a SKU that exists already is a conflict of a new product, so that an id that is
-- taken, because its sequence is behind the table, is an error of its own.
--
-- readable from: 3

-- Where `wanted` numbers begin that nobody else gets: blocks that follow each other without a gap. Another session may
-- draw one between two of ours; then the run begins behind it, and the blocks before it are never used.
CREATE FUNCTION take_blocks(wanted bigint) RETURNS bigint
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

-- Products that a turn makes, and those that must still not be there. The ids of all its products, 0 where there is none.
CREATE OR REPLACE FUNCTION apply_new_products(skus text[], expected bigint[], versions bigint[], ids bytea[]) RETURNS integer[]
LANGUAGE plpgsql AS $$
DECLARE
    product_ids integer[];
    wanted bigint;
    made bigint;
    wrong text;
BEGIN
    -- Whoever is making one of them right now is waited for.
    INSERT INTO products (sku, version)
    SELECT x.sku, x.version FROM unnest(skus, expected, versions) AS x (sku, expected, version)
     WHERE x.expected = 0 AND x.version > 0
     ORDER BY x.sku
    ON CONFLICT ON CONSTRAINT products_sku DO NOTHING;
    GET DIAGNOSTICS made = ROW_COUNT;
    SELECT array_agg(coalesce(p.id, 0) ORDER BY x.i),
           count(*) FILTER (WHERE x.expected = 0 AND x.version > 0),
           min(x.sku) FILTER (WHERE x.expected = 0 AND x.version = 0 AND p.id IS NOT NULL)
      INTO product_ids, wanted, wrong
      FROM unnest(skus, expected, versions) WITH ORDINALITY AS x (sku, expected, version, i)
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
    RETURN product_ids;
END $$;

CREATE OR REPLACE FUNCTION apply(
    unix_ms bigint,
    position_source text[], position_expected bigint[], position_next bigint[], position_mark bigint[],
    product_sku text[], product_expected bigint[], product_version bigint[],
    absent_ref text[],
    message_id bytea[], message_fingerprint bytea[], message_outcome smallint[], message_reason text[],
    new_batch_product integer[], new_batch_ref text[], new_batch_eta date[], new_batch_purchased bigint[],
    new_batch_allocated bigint[], new_batch_created bigint[],
    batch_product integer[], batch_ref text[], batch_purchased bigint[], batch_allocated bigint[],
    gone_product integer[], gone_orderid text[], gone_qty bigint[],
    line_product integer[], line_orderid text[], line_qty bigint[], line_ref text[], line_seq bigint[],
    dead_entrypoint text[], dead_source text[], dead_offset bigint[], dead_line bigint[], dead_identity text[],
    dead_type text[], dead_key bytea[], dead_headers bytea[], dead_payload bytea[], dead_reason text[],
    dead_full_len bigint[], dead_digest bytea[], dead_flags integer[],
    replayed_id bigint[], replayed_reason text[],
    effect_product integer[], effect_destination text[], effect_recipient text[], effect_id text[],
    effect_type text[], effect_payload bytea[], effect_headers bytea[],
    OUT first_effect bigint)
LANGUAGE plpgsql AS $$
DECLARE
    at timestamptz := timestamptz 'epoch' + unix_ms * interval '1 millisecond';
    product_id integer[]; -- products.id of each element of product_sku
    met bigint[];         -- the numbers of the elements that met what was expected
    block bigint;         -- where the numbers of lines and effects begin
    numbers bigint;       -- how many of each there are at most
    moved bigint;
    n bigint;
    missed bigint;
BEGIN
    first_effect := 0;

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

    -- One that was only read gets the version that it has: that locks it at its place in the order, and costs what a
    -- lock costs.
    IF product_sku IS NOT NULL THEN
        WITH u AS (
            UPDATE products p SET version = x.version
              FROM unnest(product_sku, product_expected, product_version) WITH ORDINALITY
                   AS x (sku, expected, version, i)
             WHERE p.sku = ANY (ARRAY[x.sku]) AND p.version = x.expected
            RETURNING p.id, x.i
        )
        SELECT array_agg(id ORDER BY i), array_agg(i ORDER BY i), count(*) INTO product_id, met, n FROM u;
        IF n < cardinality(product_sku) THEN
            IF first_unmet(product_sku, product_expected, met) IS NOT NULL THEN
                PERFORM refuse_product(first_unmet(product_sku, product_expected, met), message_id);
            END IF;
            product_id := apply_new_products(product_sku, product_expected, product_version, message_id);
        END IF;
    END IF;

    IF message_id IS NOT NULL THEN
        INSERT INTO inbox (id, fingerprint, outcome, reason, received_at)
        SELECT x.id, x.fingerprint, x.outcome, x.reason, at
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
          FROM unnest(batch_product, batch_ref, batch_purchased, batch_allocated)
               AS x (product, ref, purchased, allocated)
         WHERE b.ref = ANY (ARRAY[x.ref]) AND b.product = product_id[x.product];
        GET DIAGNOSTICS n = ROW_COUNT;
        IF n < cardinality(batch_product) THEN
            PERFORM refuse_conflict(format('batch %s of product %s is not there', x.ref, product_sku[x.product]))
               FROM unnest(batch_product, batch_ref) AS x (product, ref)
               LEFT JOIN batches b ON b.ref = ANY (ARRAY[x.ref]) AND b.product = product_id[x.product]
              WHERE b.id IS NULL;
            PERFORM refuse_conflict('a batch changes twice in one changeset');
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
        SELECT 1, at, x.*
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
        INSERT INTO outbox (destination, number, recipient, id, type, sku, payload, headers, created_at)
        SELECT x.destination, block + x.i - 1, x.recipient, x.id, x.type, product_sku[x.product], x.payload, x.headers,
               at
          FROM unnest(effect_product, effect_destination, effect_recipient, effect_id, effect_type, effect_payload,
                      effect_headers) WITH ORDINALITY
               AS x (product, destination, recipient, id, type, payload, headers, i);
        first_effect := block;
    END IF;
END $$;
