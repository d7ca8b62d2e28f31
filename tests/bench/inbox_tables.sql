-- SPDX-License-Identifier: Apache-2.0
-- What each part of the inbox's table costs, and what other tables would: microseconds of the server for an id, where a turn
-- stores 1,000. For an empty database: psql -qf tests/bench/inbox_tables.sql. README.md says how to read it.
SET client_min_messages = warning;

CREATE TABLE bare (id bytea NOT NULL, fingerprint bytea NOT NULL, outcome smallint NOT NULL, reason text NOT NULL,
                   running_ms bigint NOT NULL);
CREATE TABLE keyed (LIKE bare, PRIMARY KEY (id));
CREATE TABLE aged (LIKE keyed INCLUDING ALL);
CREATE INDEX ON aged (running_ms);
CREATE TABLE brin (LIKE keyed INCLUDING ALL);
CREATE INDEX ON brin USING brin (running_ms);
CREATE TABLE uuids (id uuid NOT NULL PRIMARY KEY, fingerprint uuid NOT NULL, running_ms bigint NOT NULL,
                    outcome smallint NOT NULL, reason text NOT NULL);
CREATE TABLE aged_uuids (LIKE uuids INCLUDING ALL);
CREATE INDEX ON aged_uuids (running_ms);
CREATE TABLE turns (running_ms bigint NOT NULL, turn uuid NOT NULL DEFAULT gen_random_uuid(), ids uuid[] NOT NULL,
                    PRIMARY KEY (running_ms, turn));
ALTER TABLE turns ALTER ids SET STORAGE EXTERNAL;
CREATE TABLE period (LIKE keyed INCLUDING ALL);
INSERT INTO period SELECT decode(md5('old' || i), 'hex'), decode(md5(i::text), 'hex'), 1, '', 1
                     FROM generate_series(1, 500000) AS i;
VACUUM ANALYZE period;
CREATE TABLE figures (name text, us float);

-- $1: the ids of a turn, $2: the same as uuid, $3: the running time.
CREATE PROCEDURE measure(name text, target text, store text, also text DEFAULT NULL) LANGUAGE plpgsql AS $$
DECLARE
    ids bytea[];
    uuids uuid[];
    begin_at timestamptz;
    us float := 0;
BEGIN
    EXECUTE format('TRUNCATE %I, turns', target);
    COMMIT;
    FOR turn IN 1 .. 80 LOOP
        SELECT array_agg(decode(md5(turn || '-' || i), 'hex')), array_agg(md5(turn || '-' || i)::uuid)
          INTO ids, uuids FROM generate_series(1, 1000) AS i;
        begin_at := clock_timestamp();
        EXECUTE store USING ids, uuids, turn::bigint;
        IF also IS NOT NULL THEN
            EXECUTE also USING ids, uuids, turn::bigint;
        END IF;
        us := us + 1e6 * extract(epoch FROM clock_timestamp() - begin_at);
        COMMIT;
    END LOOP;
    INSERT INTO figures VALUES (name, us / 80000);
    COMMIT;
END $$;

CREATE PROCEDURE round() LANGUAGE plpgsql AS $$
DECLARE
    bytes text := 'INSERT INTO %I SELECT id, id, 1, '''', $3 FROM unnest($1) AS x (id) ORDER BY id';
    fixed text := 'INSERT INTO %I SELECT id, id, $3, 1, '''' FROM unnest($2) AS x (id) ORDER BY id';
BEGIN
    CALL measure('the row', 'bare', format(bytes, 'bare'));
    CALL measure('and its primary key', 'keyed', format(bytes, 'keyed'));
    CALL measure('and an index on its age, as it was', 'aged', format(bytes, 'aged'));
    CALL measure('as it was, but uuid', 'aged_uuids', format(fixed, 'aged_uuids'));
    CALL measure('uuid without an index on the age', 'uuids', format(fixed, 'uuids'));
    CALL measure('BRIN on the age', 'brin', format(bytes, 'brin'));
    CALL measure('a row per turn with its ids instead', 'keyed', format(bytes, 'keyed'),
                 'INSERT INTO turns (running_ms, ids) VALUES ($3, $2)');
    CALL measure('a row per turn, with uuid, as it is', 'uuids', format(fixed, 'uuids'),
                 'INSERT INTO turns (running_ms, ids) VALUES ($3, $2)');
    CALL measure('a search in one earlier period instead', 'keyed', format(bytes, 'keyed'),
                 'SELECT count(*) FROM unnest($1) AS x (id), LATERAL (SELECT FROM period WHERE id = x.id LIMIT 1) AS p');
END $$;

CALL round();
CALL round();
CALL round();
CALL round();
CALL round();
SELECT name, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY us)::numeric, 2) AS us
  FROM figures GROUP BY name ORDER BY us;
