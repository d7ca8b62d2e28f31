-- SPDX-License-Identifier: Apache-2.0
-- With the due time of a notice goes the wait that set it: a notice whose due time is further away is due, because the
-- clock was set back. One that was stored before waits no longer than the settings allow: the default is longer than any.
--
-- readable from: 9

ALTER TABLE notices ADD COLUMN wait_ms bigint NOT NULL DEFAULT 3153600000000;

COMMENT ON COLUMN notices.wait_ms IS 'The wait that set due_at. Where due_at is further away, the notice is due.';
