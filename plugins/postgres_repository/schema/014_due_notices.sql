-- SPDX-License-Identifier: Apache-2.0
-- A look reads the notices that are due and no others. notices_ready has those that wait for nothing, in the order of
-- sending; notices_later the others by their time; notices_begun the others by the time at which their wait began: where
-- that is in the future, the clock was set back, and the notice is due. One that is behind another of its group is not
-- due whatever its time is, until the trigger says that it is the first. Gateways of before delete notices too, so this
-- is for the database to say.
--
-- readable from: 9

ALTER TABLE notices ADD COLUMN is_behind boolean NOT NULL DEFAULT false;

UPDATE notices n SET is_behind = true
 WHERE repeat_ms > 0 AND EXISTS (SELECT FROM notices e WHERE e.destination = n.destination AND e.recipient = n.recipient
                                    AND e.group_key = n.group_key AND e.repeat_ms > 0 AND e.number < n.number);

DROP INDEX notices_destination;
DROP INDEX notices_later;
CREATE INDEX notices_ready ON notices (destination, number) WHERE due_at IS NULL AND NOT is_behind;
CREATE INDEX notices_waiting ON notices (destination, number) WHERE due_at IS NOT NULL OR is_behind;
CREATE INDEX notices_later ON notices (destination, due_at) WHERE due_at IS NOT NULL AND NOT is_behind;
CREATE INDEX notices_begun ON notices (destination, (due_at AT TIME ZONE 'UTC' - wait_ms * interval '1 millisecond'))
    WHERE due_at IS NOT NULL AND NOT is_behind;

CREATE OR REPLACE FUNCTION find_first_of_group() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE notices SET is_behind = false
     WHERE is_behind AND number = (SELECT min(number) FROM notices WHERE destination = OLD.destination
                                      AND recipient = OLD.recipient AND group_key = OLD.group_key AND repeat_ms > 0);
    RETURN NULL;
END $$;
CREATE TRIGGER notices_first AFTER DELETE ON notices FOR EACH ROW WHEN (OLD.repeat_ms > 0)
    EXECUTE FUNCTION find_first_of_group();

COMMENT ON COLUMN notices.is_behind IS 'An earlier notice of its group_key is pending, and both have repeat_ms.';
