-- SPDX-License-Identifier: Apache-2.0
-- The history: notices that were sent, without what was in them. Gateways delete them after `notify.keep`.

CREATE TABLE sent_notices (
    sent_at timestamptz NOT NULL,
    number bigint NOT NULL,
    event_at timestamptz NOT NULL,
    count integer NOT NULL,
    attempts integer NOT NULL,
    destination text COLLATE "C" NOT NULL,
    recipient text COLLATE "C" NOT NULL,
    sku text NOT NULL,
    type text NOT NULL,
    event_id text NOT NULL,
    group_key text COLLATE "C" NOT NULL,
    answer text NOT NULL,
    PRIMARY KEY (sent_at, number)
);
CREATE INDEX sent_notices_recipient ON sent_notices (recipient, sent_at, number);

COMMENT ON TABLE sent_notices IS 'What was sent to people, and when. Deleted after notify.keep.';
COMMENT ON COLUMN sent_notices.sent_at IS 'When the gateway recorded that it was sent.';
COMMENT ON COLUMN sent_notices.number IS 'The number that the notice had in notices.';
COMMENT ON COLUMN sent_notices.event_at IS 'When the first event of the notice happened.';
COMMENT ON COLUMN sent_notices.count IS 'How many events the notice was about.';
COMMENT ON COLUMN sent_notices.attempts IS 'The last one included.';
COMMENT ON COLUMN sent_notices.event_id IS 'The id of the first event.';
COMMENT ON COLUMN sent_notices.answer IS 'What the other side said.';

