-- SPDX-License-Identifier: Apache-2.0
-- What comes in and what goes out: how far each source was read, which messages are known, what waits for delivery, and
-- what was refused.

CREATE TABLE positions (
    source text COLLATE "C" NOT NULL PRIMARY KEY,
    next bigint NOT NULL CHECK (next >= 0),
    mark bigint
) WITH (fillfactor = 10);

COMMENT ON TABLE positions IS 'Where each ordered source goes on: changed in the same transaction as the stock.';
COMMENT ON COLUMN positions.next IS 'The offset of the first message that was not applied.';
COMMENT ON COLUMN positions.mark IS 'A check of the last message before next, by which a replaced source is found out.';

CREATE TABLE inbox (
    id bytea NOT NULL PRIMARY KEY,
    fingerprint bytea NOT NULL,
    outcome smallint NOT NULL,
    reason text NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE INDEX inbox_received ON inbox (received_at);

COMMENT ON TABLE inbox IS 'Message ids that were seen, hashed; forgotten after inbox.keep.';
COMMENT ON COLUMN inbox.fingerprint IS 'Of the body: the same id with another body is refused.';
COMMENT ON COLUMN inbox.outcome IS '1 applied, 2 skipped, 3 duplicate, 4 rejected, 5 dead';

-- Rows come and go all the time, so this table is cleaned by their number and at full speed.
CREATE TABLE outbox (
    destination text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    recipient text NOT NULL,
    id text NOT NULL,
    type text NOT NULL,
    sku text NOT NULL,
    payload bytea NOT NULL,
    headers bytea NOT NULL,
    created_at timestamptz NOT NULL,
    due_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    last_error text,
    PRIMARY KEY (destination, number)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 100000, autovacuum_vacuum_cost_delay = 0);

-- Notices that are tried again later; a publisher has none.
CREATE INDEX outbox_later ON outbox (destination, due_at) WHERE due_at IS NOT NULL;

COMMENT ON TABLE outbox IS 'What waits for delivery. A row goes when its destination has it.';
COMMENT ON COLUMN outbox.destination IS 'The id of a publisher or notifier in the bootstrap file.';
COMMENT ON COLUMN outbox.number IS 'The order of delivery.';
COMMENT ON COLUMN outbox.id IS 'The idempotency key: the same however often the row is sent.';
COMMENT ON COLUMN outbox.payload IS 'Kept byte for byte; to read it: convert_from(payload, ''UTF8'').';
COMMENT ON COLUMN outbox.due_at IS 'Not before; null: at once.';

CREATE TABLE dead_letters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind smallint NOT NULL,
    replays integer NOT NULL DEFAULT 0,
    at timestamptz NOT NULL,
    entrypoint text NOT NULL,
    source text NOT NULL,
    "offset" bigint NOT NULL,
    line bigint NOT NULL,
    identity text NOT NULL,
    type text NOT NULL,
    key bytea NOT NULL,
    headers bytea NOT NULL,
    payload bytea NOT NULL,
    reason text NOT NULL,
    full_len bigint NOT NULL,
    digest bytea NOT NULL,
    flags integer NOT NULL,
    recipient text NOT NULL DEFAULT ''
);

COMMENT ON TABLE dead_letters IS 'What was refused, until it is replayed or discarded: gangway dlq.';
COMMENT ON COLUMN dead_letters.kind IS '1: a message; 2: a delivery, whose entrypoint is the destination';
COMMENT ON COLUMN dead_letters.replays IS 'How often it was replayed in vain.';
