-- SPDX-License-Identifier: Apache-2.0
-- Stamps, which tell apart two states of a database that have the same numbers, and the event counter of each product.
-- The repository port's header says what they are for.
--
-- readable from: 6

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
