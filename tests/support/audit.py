#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Records every change that is committed to a gateway's PostgreSQL, independently of the gateway, and has it judged.

Triggers, installed by the test, append each change of a row to a table of their own, with its transaction. What that
history and the events say against what went in is verdict.py's to decide. As a program:

    audit.py URL COMMANDS[,COMMANDS...] EVENTS[,EVENTS...]

where every event goes to one publisher, `events`; ends with 1 and a line per violation when there is any.
"""

import contextlib
import sys
from pathlib import Path

import psycopg2
import verdict
from ledger import read_events

# What is called outbox here are the events that wait in outbox_blocks: a row each, in the order of their numbers.
TABLES = {"outbox": "outbox_blocks"}
WATCHED = {
    "products": "INSERT OR UPDATE OR DELETE", "batches": "INSERT OR UPDATE OR DELETE",
    "allocations": "INSERT OR UPDATE OR DELETE", "positions": "INSERT OR UPDATE OR DELETE",
    "outbox": "INSERT", "dead_letters": "INSERT", "inbox": "INSERT",
}

INSTALL = """
CREATE SCHEMA audit;
CREATE TABLE audit.changes (
    seq bigint GENERATED ALWAYS AS IDENTITY, xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
    subject text NOT NULL, operation text NOT NULL, before jsonb, after jsonb
);
GRANT USAGE ON SCHEMA audit TO PUBLIC;
GRANT SELECT ON audit.changes TO PUBLIC;
-- With its owner's rights: the gateway's role may only read here.
CREATE FUNCTION audit.record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO audit.changes (subject, operation, before, after)
    VALUES (TG_TABLE_NAME, TG_OP, CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,
            CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END);
    RETURN NULL;
END $$;
CREATE FUNCTION audit.record_events() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO audit.changes (subject, operation, after)
    SELECT 'outbox', TG_OP, jsonb_build_object(
               'destination', NEW.destination, 'number', NEW.number + place - 1, 'id', line->>'id', 'type', line->>'type',
               'sku', line->>'sku', 'payload', (line->'payload')::text,
               'sequence', coalesce(NEW.counters[(line->>'product')::integer], 0) + (line->>'event')::bigint)
      FROM regexp_split_to_table(rtrim(NEW.events, E'\n'), E'\n') WITH ORDINALITY AS lines (text, place),
           LATERAL (SELECT text::json AS line) AS parsed
     ORDER BY place;
    RETURN NULL;
END $$;
"""

# An event that waits, as record_events has it.
EVENTS = """SELECT destination, number + index AS number, id, type, sku, payload::text AS payload, sequence
            FROM gangway.outbox_events"""

# Two transactions that touched the same row are in the order of their commits, because the second waited for the first.
# What was restored from a dump was committed at once; then the order of the transactions' numbers is all there is.
READ = """
SELECT xact::text, subject, operation, before, after FROM audit.changes c
ORDER BY pg_xact_commit_timestamp(c.xmin), c.xact, seq
"""


def install(database):
    """On a schema that is there and still empty: after `gangway migrate`, before the first run."""
    for subject in WATCHED:
        rows = database.psql(f"SELECT count(*) FROM gangway.{TABLES.get(subject, subject)}")
        assert rows == [(0,)], f"{subject} has rows already"
    database.psql(INSTALL)
    for subject, when in WATCHED.items():
        record = "record_events" if subject == "outbox" else "record"
        database.psql(f"CREATE TRIGGER audit AFTER {when} ON gangway.{TABLES.get(subject, subject)} FOR EACH ROW "
                      f"EXECUTE FUNCTION audit.{record}()")


def history(connection):
    """What was committed, in order: verdict.Transaction each."""
    transactions = {}
    with connection.cursor() as cursor:
        cursor.execute(READ)
        for xact, subject, operation, before, after in cursor:
            transactions.setdefault(xact, verdict.Transaction(xact)).add(subject, operation, before, after)
    return list(transactions.values())


def rows_now(connection):
    """table -> its rows as they are, as the history would have them."""
    now = {}
    with connection.cursor() as cursor:
        for subject in WATCHED:
            rows = f"({EVENTS})" if subject == "outbox" else f"gangway.{subject}"
            cursor.execute(f"SELECT to_jsonb(t) FROM {rows} t")
            now[subject] = [row for (row,) in cursor]
    return now


def judge(connection, commands, events, routes=verdict.EVERYTHING_TO_EVENTS, torn=0):
    """A verdict.Verdict on a database. commands: paths, or other sources; events: paths, or lists of events; torn: how many
    last lines of a file of events may have been cut by a crash."""
    judged = verdict.Verdict(commands, routes)
    judged.replay(history(connection))
    judged.compare_with(rows_now(connection))
    judged.deliveries([event for some in events for event in (some if isinstance(some, list) else read_events(some, torn))])
    return judged


def main(arguments):
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    url, commands, events = arguments
    with contextlib.closing(psycopg2.connect(url)) as connection:
        judged = judge(connection, [Path(name) for name in commands.split(",")], events.split(","))
    for violation in judged.violations:
        print(violation)
    print(judged.summary(), file=sys.stderr)
    return 1 if judged.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
