# SPDX-License-Identifier: Apache-2.0
"""The fault programs detect bugs: a bug is planted into the gateway's part of the database, a program runs, and the
verdict must not be clean. Without the bug it must be."""

import re
import signal
import time

import pytest
from proxy import BEFORE_ANSWER, Proxy

GIVEN_UP_SECONDS = 8

# What the function that applies a turn compares, where a turn has several elements of a kind, and where it has one.
VERSIONS = [" AND p.version = product_expected[i] AND p.stamp = product_stamp[i]",
            " AND p.version = product_expected[1] AND p.stamp = product_stamp[1]"]
QUANTITIES = [" AND b.purchased = batch_old_purchased[i] AND b.allocated = batch_old_allocated[i]",
              " AND b.purchased = batch_old_purchased[1] AND b.allocated = batch_old_allocated[1]"]
POSITIONS = [" AND p.next = x.expected", " AND p.next = position_expected[1]"]


def remove_from_apply(database, *comparisons):
    source = database.psql("SELECT pg_get_functiondef('gangway.apply'::regproc)")[0][0]
    source = re.sub(r"\s+AND ", " AND ", source)
    for comparison in comparisons:
        assert source.count(comparison) == 1, f"the function has changed: it has no{comparison}"
        source = source.replace(comparison, "")
    database.psql(source)


def plant_trigger(database, when, body):
    database.psql(f"CREATE FUNCTION audit.bug() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
    database.psql(f"CREATE TRIGGER bug {when} ON gangway.outbox_blocks FOR EACH ROW EXECUTE FUNCTION audit.bug()")


def prepare(load, *names):
    """The tables, still empty, and the commands."""
    for name in names:
        load.write(name, 3_000)
    load.prepare()


def violations(load, *lives):
    """What the verdict is once they have ended, or could not for a while: such a database is no place to work."""
    begin = time.monotonic()
    while any(life.is_running() for life in lives) and time.monotonic() - begin < GIVEN_UP_SECONDS:
        time.sleep(0.05)
    for life in lives:
        life.end(signal.SIGKILL)  # no harm to one that has ended
    return load.judge(is_clean=False).violations


def test_versions_that_nobody_compares(load):
    """Two gateways overwrite each other's work. One may end itself, when it reads more than was purchased, or retry for
    ever a turn that the database's constraints reject."""
    prepare(load, "left.jsonl", "right.jsonl")
    remove_from_apply(load.database, *VERSIONS, *QUANTITIES)
    lives = [load.start([name], follow=False) for name in ("left.jsonl", "right.jsonl")]
    assert any("is not as the model has it" in violation for violation in violations(load, *lives))


def test_positions_that_nobody_compares(load, postgres):
    prepare(load, "commands.jsonl")
    remove_from_apply(load.database, *POSITIONS)
    with Proxy(postgres.port) as proxy:
        proxy.cut("apply", BEFORE_ANSWER, when=lambda number: number % 3 == 0)
        life = load.start(url=proxy.url(load.database.url), follow=False)
        assert any("the events are None" in violation for violation in violations(load, life))


@pytest.mark.parametrize("when, body, found", [
    ("BEFORE INSERT", "NEW.events := substr(NEW.events, strpos(NEW.events, E'\\n') + 1); NEW.count := NEW.count - 1; "
                      "RETURN CASE WHEN NEW.count > 0 THEN NEW END;", "and the events are"),
    ("AFTER INSERT", "DELETE FROM gangway.outbox_blocks o WHERE o.number = NEW.number; RETURN NULL;", "never delivered"),
    ("BEFORE INSERT", "NEW.events := replace(NEW.events, '\"qty\": ', '\"qty\": 1'); RETURN NEW;", "and the events are"),
    ("BEFORE INSERT", "NEW.events := (SELECT string_agg(line || E'\\n', '' ORDER BY place DESC) FROM "
                      "regexp_split_to_table(rtrim(NEW.events, E'\\n'), E'\\n') WITH ORDINALITY AS lines (line, place)); "
                      "RETURN NEW;", "the outbox rows of"),
], ids=["not written down", "gone before it is delivered", "changed", "in the wrong order"])
def test_an_event_that_is(load, when, body, found):
    prepare(load, "commands.jsonl")
    plant_trigger(load.database, when, body)
    life = load.start(follow=False)
    assert any(found in violation for violation in violations(load, life))
