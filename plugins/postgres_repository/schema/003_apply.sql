-- SPDX-License-Identifier: Apache-2.0
-- One turn, whole or not at all: `apply` compares all that the turn expects and changes all that it changes, in one
-- statement. Whatever is not as expected raises, so that nothing of it stays. An array that is null is a part that the
-- turn does not have.
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
CREATE FUNCTION refuse_positions(sources text[], expected bigint[], nexts bigint[], moved bigint) RETURNS void
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
CREATE FUNCTION refuse_ids(known bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'GW003', MESSAGE = format('%s message ids are known', known), DETAIL = known::text;
END $$;

-- A product that is not at the version that the turn has seen. When all ids of the turn are known it is we who moved it.
CREATE FUNCTION refuse_product(sku text, ids bytea[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    known bigint;
BEGIN
    SELECT count(*) INTO known FROM unnest(ids) AS x (id), LATERAL (SELECT 1 FROM inbox WHERE id = x.id LIMIT 1) i;
    IF known > 0 AND known = cardinality(ids) THEN
        PERFORM refuse_ids(known);
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'GW002', MESSAGE = format('product %s has another version by now', sku);
END $$;

CREATE FUNCTION refuse_conflict(what text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'GW002', MESSAGE = what;
END $$;

-- The first of these SKUs, among those that should exist, that is not among the numbers `met`, which rise.
CREATE FUNCTION first_unmet(skus text[], expected bigint[], met bigint[]) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT y.sku
      FROM (SELECT x.sku, x.i, row_number() OVER (ORDER BY x.i) AS place
              FROM unnest(skus, expected) WITH ORDINALITY AS x (sku, expected, i)
             WHERE x.expected > 0) y
     WHERE met[y.place] IS DISTINCT FROM y.i
     ORDER BY y.place
     LIMIT 1
$$;

-- Products that a turn makes, and those that must still not be there. The ids of all its products, 0 where there is none.
CREATE FUNCTION apply_new_products(skus text[], expected bigint[], versions bigint[], ids bytea[]) RETURNS integer[]
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
    ON CONFLICT DO NOTHING;
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

CREATE FUNCTION apply(
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
    IF line_product IS NOT NULL OR effect_product IS NOT NULL THEN
        block := nextval('blocks');
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
            PERFORM refuse_conflict(format('batch %s is not there', x.ref))
               FROM unnest(batch_product, batch_ref) AS x (product, ref)
               LEFT JOIN batches b ON b.ref = ANY (ARRAY[x.ref]) AND b.product = product_id[x.product]
              WHERE b.id IS NULL;
            PERFORM refuse_conflict('a batch changes twice in one changeset');
        END IF;
    END IF;

    IF gone_product IS NOT NULL THEN
        DELETE FROM allocations a
         USING unnest(gone_product, gone_orderid, gone_qty) AS x (product, orderid, qty)
         WHERE a.orderid = ANY (ARRAY[x.orderid]) AND a.product = product_id[x.product] AND a.qty = x.qty;
        GET DIAGNOSTICS n = ROW_COUNT;
        IF n < cardinality(gone_product) THEN
            PERFORM refuse_conflict(format('%s of %s lines that leave are not held', cardinality(gone_product) - n,
                                           cardinality(gone_product)));
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
            PERFORM refuse_conflict(format('batch %s, which takes a line, is not there', x.ref))
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
        DELETE FROM dead_letters d
         USING unnest(replayed_id, replayed_reason) AS x (id, reason)
         WHERE d.id = ANY (ARRAY[x.id]) AND x.reason = '';
        GET DIAGNOSTICS n = ROW_COUNT;
        UPDATE dead_letters d SET reason = x.reason, replays = d.replays + 1
          FROM unnest(replayed_id, replayed_reason) AS x (id, reason)
         WHERE d.id = ANY (ARRAY[x.id]) AND x.reason <> '';
        GET DIAGNOSTICS missed = ROW_COUNT;
        IF n + missed < cardinality(replayed_id) THEN
            PERFORM refuse_conflict('a dead letter that was replayed is not there');
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

-- The newest lines of a batch, until they make up the surplus: it stops there, however many lines are behind them.
CREATE FUNCTION newest_lines(wanted_batch integer, surplus bigint)
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
