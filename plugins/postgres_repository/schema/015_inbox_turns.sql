-- SPDX-License-Identifier: Apache-2.0
-- Message ids and fingerprints as uuid, which takes less room and is compared faster than bytea. A row for each turn says
-- which ids it stored; expiry reads those rows, so that ids need no index on their age. Every row of inbox is written
-- again. A gateway that does not know these types gets an error with its next message id. The new table needs rights
-- where they were granted table by table.

LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE;
DROP INDEX inbox_age;

-- No gateway has stored an id of another length, and none finds it.
DELETE FROM inbox WHERE octet_length(id) <> 16;
ALTER TABLE inbox
    ALTER COLUMN id TYPE uuid USING encode(id, 'hex')::uuid,
    ALTER COLUMN fingerprint TYPE uuid
          USING CASE WHEN octet_length(fingerprint) = 16 THEN encode(fingerprint, 'hex')::uuid
                     ELSE '00000000-0000-0000-0000-000000000000' END;

CREATE TABLE inbox_turns (
    running_ms bigint NOT NULL,
    turn uuid NOT NULL DEFAULT gen_random_uuid(),
    ids uuid[] NOT NULL,
    PRIMARY KEY (running_ms, turn)
);
-- Digests cannot be compressed.
ALTER TABLE inbox_turns ALTER COLUMN ids SET STORAGE EXTERNAL;

COMMENT ON TABLE inbox_turns IS 'Which message ids were stored together. They expire together, or the first of them first.';
COMMENT ON COLUMN inbox_turns.running_ms IS 'inbox.running_ms of these ids.';
COMMENT ON COLUMN inbox_turns.turn IS 'Tells turns of the same running_ms apart.';
COMMENT ON COLUMN inbox_turns.ids IS 'inbox.id of those that have not expired.';

INSERT INTO inbox_turns (running_ms, ids)
SELECT running_ms, array_agg(id)
  FROM (SELECT running_ms, id, (row_number() OVER (PARTITION BY running_ms) - 1) / 1000 AS part FROM inbox) AS numbered
 GROUP BY running_ms, part;

-- What functions.sql replaces.
DO $$
DECLARE
    replaced regprocedure;
BEGIN
    FOR replaced IN SELECT oid FROM pg_proc
                     WHERE pronamespace = current_schema()::regnamespace
                       AND proname IN ('apply', 'known_ids', 'refuse_product', 'apply_new_products') LOOP
        EXECUTE format('DROP FUNCTION %s', replaced);
    END LOOP;
END $$;
