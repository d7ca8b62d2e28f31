-- SPDX-License-Identifier: Apache-2.0
-- The outbox again, with the columns of a fixed width first: what a relay and a settlement look at is then found without
-- reading through the texts before it, and a row is shorter by the padding between them. Rights that were granted on the
-- table before have to be granted again.

ALTER TABLE outbox RENAME TO outbox_before;
ALTER TABLE outbox_before RENAME CONSTRAINT outbox_pkey TO outbox_before_pkey;
ALTER INDEX outbox_later RENAME TO outbox_before_later;

-- Rows come and go all the time, so this table is cleaned by their number and at full speed.
CREATE TABLE outbox (
    number bigint NOT NULL,
    stamp bigint NOT NULL DEFAULT 0,
    sequence bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz,
    event_at timestamptz,
    destination text COLLATE "C" NOT NULL,
    sku text NOT NULL,
    type text NOT NULL,
    id text NOT NULL,
    payload bytea NOT NULL,
    headers bytea NOT NULL,
    recipient text NOT NULL,
    last_error text,
    PRIMARY KEY (destination, number)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 100000, autovacuum_vacuum_cost_delay = 0);

INSERT INTO outbox (number, stamp, sequence, created_at, attempts, due_at, event_at, destination, sku, type, id, payload,
                    headers, recipient, last_error)
SELECT number, stamp, sequence, created_at, attempts, due_at, event_at, destination, sku, type, id, payload, headers,
       recipient, last_error
  FROM outbox_before;
DROP TABLE outbox_before;

-- Rows that are tried again later.
CREATE INDEX outbox_later ON outbox (destination, due_at) WHERE due_at IS NOT NULL;

COMMENT ON TABLE outbox IS 'What waits for delivery. A row goes when its destination has it.';
COMMENT ON COLUMN outbox.number IS 'The order of delivery.';
COMMENT ON COLUMN outbox.stamp IS 'With the number it stands for this row and no other.';
COMMENT ON COLUMN outbox.sequence IS 'The product''s count of events at this event.';
COMMENT ON COLUMN outbox.created_at IS 'When the row came into this queue.';
COMMENT ON COLUMN outbox.due_at IS 'Not before; null: at once.';
COMMENT ON COLUMN outbox.event_at IS 'When the event happened; null: at created_at.';
COMMENT ON COLUMN outbox.destination IS 'The id of a publisher or notifier in the bootstrap file.';
COMMENT ON COLUMN outbox.id IS 'The idempotency key: the same however often the row is sent.';
COMMENT ON COLUMN outbox.payload IS 'Kept byte for byte; to read it: convert_from(payload, ''UTF8'').';

-- What functions.sql replaces.
DROP FUNCTION IF EXISTS first_unmet(text[], bigint[], bigint[]);
DROP FUNCTION IF EXISTS apply_new_products(text[], bigint[], bigint[], bytea[]);
DROP FUNCTION IF EXISTS apply(
    bigint, text[], bigint[], bigint[], bigint[], text[], bigint[], bigint[], text[], bytea[], bytea[], smallint[],
    text[], integer[], text[], date[], bigint[], bigint[], bigint[], integer[], text[], bigint[], bigint[], integer[],
    text[], bigint[], integer[], text[], bigint[], text[], bigint[], text[], text[], bigint[], bigint[], text[], text[],
    bytea[], bytea[], bytea[], text[], bigint[], bytea[], integer[], bigint[], text[], integer[], text[], text[], text[],
    text[], bytea[], bytea[]);
