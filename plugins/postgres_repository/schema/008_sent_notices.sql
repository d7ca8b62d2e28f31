-- SPDX-License-Identifier: Apache-2.0
-- The history: notices that were sent, without what was in them. Gateways delete them after `notify.keep`.

CREATE TABLE sent_notices (
    sent_at timestamptz NOT NULL,
    number bigint NOT NULL,
    event_at timestamptz NOT NULL,
    count integer NOT NULL,
    attempts integer NOT NULL,
    destination text COLLATE "C" NOT NULL,
    recipient text NOT NULL,
    sku text NOT NULL,
    type text NOT NULL,
    event_id text NOT NULL,
    group_key text COLLATE "C" NOT NULL,
    answer text NOT NULL,
    PRIMARY KEY (sent_at, number)
);
CREATE INDEX sent_notices_recipient ON sent_notices (recipient, sent_at, number);
CREATE INDEX sent_notices_group ON sent_notices (destination, recipient, group_key, sent_at) WHERE group_key <> '';

ALTER TABLE notices ADD COLUMN repeat_ms bigint NOT NULL DEFAULT 0;
CREATE INDEX notices_event ON notices (event_id);
CREATE INDEX sent_notices_event ON sent_notices (event_id);
CREATE INDEX notices_repeat ON notices (destination, recipient, group_key) WHERE repeat_ms > 0;

-- functions.sql has it with one more parameter.
DROP FUNCTION IF EXISTS open_events(text, bigint[], bigint[], bigint[], text[], text[], text[], bigint[], bigint[],
                                    bigint);

COMMENT ON TABLE sent_notices IS 'What was sent to people, and when. Deleted after notify.keep.';
COMMENT ON COLUMN sent_notices.sent_at IS 'When the gateway recorded that it was sent.';
COMMENT ON COLUMN sent_notices.number IS 'The number that the notice had in notices.';
COMMENT ON COLUMN sent_notices.event_at IS 'When the first event of the notice happened.';
COMMENT ON COLUMN sent_notices.count IS 'How many events the notice was about.';
COMMENT ON COLUMN sent_notices.attempts IS 'The last one included.';
COMMENT ON COLUMN sent_notices.event_id IS 'The id of the first event.';
COMMENT ON COLUMN notices.repeat_ms IS 'Not due before so long after the last one of this group_key that was sent; 0: whenever.';
COMMENT ON COLUMN sent_notices.answer IS 'What the other side said.';

