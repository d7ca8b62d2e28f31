-- SPDX-License-Identifier: Apache-2.0
-- What message ids expire by: a clock that runs only while gateways do.
--
-- readable from: 6

CREATE TABLE running_time (
    only_row boolean NOT NULL DEFAULT true PRIMARY KEY CHECK (only_row),
    ms bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO running_time (ms) VALUES (0);

COMMENT ON TABLE running_time IS 'How many milliseconds gateways have run on this database: what message ids expire by.';

DROP INDEX inbox_received;
ALTER TABLE inbox DROP COLUMN received_at, ADD COLUMN running_ms bigint NOT NULL DEFAULT 0;
CREATE INDEX inbox_age ON inbox (running_ms);

COMMENT ON COLUMN inbox.running_ms IS 'running_time.ms when the id was stored.';
