-- SPDX-License-Identifier: Apache-2.0
-- The outbox in blocks: a row holds the events of one turn for one destination. It is inserted and deleted once, however
-- many events are in it. The table gets another name, and the functions that write the old one are dropped with it: a
-- gateway that does not know blocks gets an error with its next statement. Rights that were granted on the old table have
-- to be granted again.

LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE;

CREATE TABLE outbox_blocks (
    number bigint NOT NULL,
    stamp bigint NOT NULL,
    created_at timestamptz NOT NULL,
    event_at timestamptz,
    due_at timestamptz,
    count integer NOT NULL CHECK (count > 0),
    first_pending integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    destination text COLLATE "C" NOT NULL,
    last_error text,
    counters bigint[] NOT NULL,
    events text NOT NULL,
    PRIMARY KEY (destination, number)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0,
        toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 20000,
        toast.autovacuum_vacuum_cost_delay = 0);

-- Blocks that are tried again later.
CREATE INDEX outbox_blocks_later ON outbox_blocks (destination, due_at) WHERE due_at IS NOT NULL;

-- A server may be built without lz4.
DO $$
BEGIN
    ALTER TABLE outbox_blocks ALTER COLUMN events SET COMPRESSION lz4, ALTER COLUMN counters SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END $$;

COMMENT ON TABLE outbox_blocks IS
    'What waits for delivery, in blocks of events. The view outbox_events has an event in each row.';
COMMENT ON COLUMN outbox_blocks.number IS 'The order of delivery.';
COMMENT ON COLUMN outbox_blocks.stamp IS 'With the number it identifies this block and no other.';
COMMENT ON COLUMN outbox_blocks.created_at IS 'When the block came into this queue.';
COMMENT ON COLUMN outbox_blocks.event_at IS 'When the events happened; null: at created_at.';
COMMENT ON COLUMN outbox_blocks.due_at IS 'Not before; null: at once.';
COMMENT ON COLUMN outbox_blocks.count IS 'How many events the block has.';
COMMENT ON COLUMN outbox_blocks.first_pending IS 'How many of them, from the first on, were delivered or refused.';
COMMENT ON COLUMN outbox_blocks.attempts IS 'How often the first pending event was tried.';
COMMENT ON COLUMN outbox_blocks.destination IS 'The id of a publisher or notifier in the bootstrap file.';
COMMENT ON COLUMN outbox_blocks.counters IS
    'The event counters of the products in the block before its turn. The sequence of an event is counters[product] + event.';
COMMENT ON COLUMN outbox_blocks.events IS 'A JSON object per line and event.';

-- An event as a line of a block. The plugin library writes the same lines (gangway/sdk/event_line.h).
CREATE FUNCTION event_line(sequence bigint, type text, sku text, id text, recipient text, headers bytea, payload bytea)
RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    line text := format('{"event":%s,"type":%s,"sku":%s,"id":%s', sequence, to_json(type), to_json(sku), to_json(id));
    body text;
BEGIN
    IF recipient <> '' THEN
        line := line || ',"recipient":' || to_json(recipient);
    END IF;
    IF headers <> '' THEN
        BEGIN
            line := line || ',"headers":' || to_json(convert_from(headers, 'UTF8'));
        EXCEPTION WHEN character_not_in_repertoire THEN
            line := line || ',"header_bytes":"' || encode(headers, 'hex') || '"';
        END;
    END IF;
    BEGIN
        body := convert_from(payload, 'UTF8');
    EXCEPTION WHEN character_not_in_repertoire THEN
        body := '';
    END;
    IF body LIKE '{%}' AND body !~ E'[\x01-\x1f]' THEN
        RETURN line || ',"payload":' || body || E'}\n';
    END IF;
    RETURN line || ',"bytes":"' || encode(payload, 'hex') || E'"}\n';
END $$;

INSERT INTO outbox_blocks (number, stamp, created_at, event_at, due_at, count, attempts, destination, last_error, counters,
                           events)
SELECT number, stamp, created_at, event_at, due_at, 1, attempts, destination, last_error, '{}',
       event_line(sequence, type, sku, id, recipient, headers, payload)
  FROM outbox;
DROP TABLE outbox;

-- The pending events, for people and their tools.
CREATE VIEW outbox_events AS
SELECT b.destination, b.number, e.place::integer - 1 AS index,
       coalesce(b.counters[(j.line->>'product')::integer], 0) + (j.line->>'event')::bigint AS sequence,
       j.line->>'type' AS type, j.line->>'sku' AS sku, j.line->>'id' AS id, coalesce(j.line->>'recipient', '') AS recipient,
       j.line->'payload' AS payload, b.created_at, coalesce(b.event_at, b.created_at) AS event_at,
       CASE WHEN e.place = b.first_pending + 1 THEN b.attempts ELSE 0 END AS attempts, b.due_at,
       CASE WHEN e.place = b.first_pending + 1 THEN b.last_error END AS last_error
  FROM outbox_blocks b
 CROSS JOIN LATERAL regexp_split_to_table(rtrim(b.events, E'\n'), E'\n') WITH ORDINALITY AS e (text, place)
 CROSS JOIN LATERAL (SELECT e.text::json AS line) AS j
 WHERE e.place > b.first_pending;

COMMENT ON VIEW outbox_events IS 'What waits for delivery: a row per event.';

-- What functions.sql replaces.
DO $$
DECLARE
    replaced regprocedure;
BEGIN
    FOR replaced IN SELECT oid FROM pg_proc
                     WHERE pronamespace = current_schema()::regnamespace AND proname IN ('apply', 'open_events') LOOP
        EXECUTE format('DROP FUNCTION %s', replaced);
    END LOOP;
END $$;
