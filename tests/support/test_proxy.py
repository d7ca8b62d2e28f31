# SPDX-License-Identifier: Apache-2.0
"""The proxy cuts at the chosen place: checked with a real client and a real server, by what was committed and
answered."""

import random
import struct
import subprocess
import threading
import time

import psycopg2
import pytest
from postgres import Postgres
from proxy import (
    AFTER_REQUEST,
    BEFORE_ANSWER,
    BEFORE_READY,
    BEFORE_REQUEST,
    TO_CLIENT,
    TO_SERVER,
    Proxy,
    flipped_behind,
    flipped_frames,
)
from waiting import until


@pytest.fixture
def counter(database):
    """A database with one row that counts what was committed."""
    database.psql("CREATE TABLE counter AS SELECT 0 AS number", role="gangway")
    return database


@pytest.fixture
def proxy(postgres):
    with Proxy(postgres.port) as proxy:
        yield proxy


def connect(proxy, database):
    connection = psycopg2.connect(proxy.url(database.url))
    connection.autocommit = True
    return connection


def count_up(connection, comment="plain"):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE counter SET number = number + 1 RETURNING number /* {comment} */")
        return cursor.fetchone()[0]


def committed(database):
    return database.psql("SELECT number FROM counter")[0][0]


def test_without_a_rule_it_is_not_there(proxy, counter):
    connection = connect(proxy, counter)
    assert [count_up(connection) for _ in range(100)] == list(range(1, 101))
    with connection.cursor() as cursor:
        cursor.execute("SELECT repeat('x', 5000000)")
        assert len(cursor.fetchone()[0]) == 5_000_000
    connection.close()
    until(lambda: not proxy.connections, 20)


@pytest.mark.parametrize("place, happened", [
    (BEFORE_REQUEST, 0), (AFTER_REQUEST, 1), (BEFORE_ANSWER, 1), (BEFORE_READY, 1),
])
def test_a_cut_leaves_the_client_without_an_answer_and_the_server_with_or_without_the_request(
        proxy, counter, place, happened):
    proxy.cut("chosen", place)
    connection = connect(proxy, counter)
    assert count_up(connection) == 1
    with pytest.raises(psycopg2.OperationalError):
        count_up(connection, "chosen")
    until(lambda: committed(counter) == 1 + happened, 20)
    assert (proxy.cuts, proxy.matches) == (1, 1)
    assert count_up(connect(proxy, counter)) == 2 + happened


def test_only_the_requests_that_the_rule_asks_for_are_cut(proxy, counter):
    proxy.cut("chosen", BEFORE_ANSWER, when=lambda number: number == 3)
    connection = connect(proxy, counter)
    for _ in range(2):
        count_up(connection)
        count_up(connection, "chosen")
    with pytest.raises(psycopg2.OperationalError):
        count_up(connection, "chosen")
    assert committed(counter) == 5


def test_a_long_request_continues_after_its_client_was_cut_off(proxy, counter):
    """The commit of this transaction takes half a second: a deferred trigger runs inside it."""
    counter.psql("""CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$""")
    counter.psql("""CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON counter DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION dawdle()""")
    proxy.cut("chosen", AFTER_REQUEST)
    with pytest.raises(psycopg2.OperationalError):
        count_up(connect(proxy, counter), "chosen")
    assert committed(counter) == 0, "the client knows before the server has committed"
    until(lambda: committed(counter) == 1, 20)


@pytest.mark.parametrize("place", [BEFORE_REQUEST, BEFORE_ANSWER])
def test_a_prepared_statement_is_known_by_its_name(proxy, counter, place, tmp_path):
    """pgbench names the statements that it prepares P_0, P_1 and so on, one per line of its script."""
    script = tmp_path / "script"
    script.write_text("SELECT 1;\nUPDATE counter SET number = number + 1;\n")
    proxy.cut("_1", place, when=lambda number: number == 4)
    done = subprocess.run(
        [counter.server.bin / "pgbench", "-n", "-M", "prepared", "-t", "10", "-f", script, proxy.url(counter.url)],
        capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and proxy.cuts == 1, done
    until(lambda: committed(counter) == (3 if place == BEFORE_REQUEST else 4), 20)


def test_a_held_answer_never_arrives(proxy, counter):
    proxy.cut("chosen", BEFORE_ANSWER, hold_s=0.5)
    connection = connect(proxy, counter)
    before = time.monotonic()
    with pytest.raises(psycopg2.OperationalError):
        count_up(connection, "chosen")
    assert time.monotonic() - before >= 0.5


def test_a_slow_line_is_slow_in_both_directions(proxy, counter):
    connection = connect(proxy, counter)
    proxy.slow(0.2)
    before = time.monotonic()
    assert count_up(connection) == 1
    assert time.monotonic() - before >= 0.4


def test_connections_are_reset_within_so_many_bytes(proxy, counter):
    proxy.reset_within(2_000, random.Random(1))
    for _ in range(20):
        with pytest.raises(psycopg2.OperationalError):
            connection = connect(proxy, counter)
            for _ in range(100):
                count_up(connection)
    assert proxy.cuts == 20
    proxy.heal()
    assert count_up(connect(proxy, counter)) == committed(counter)


def test_a_black_hole_neither_answers_nor_closes(proxy, counter):
    connection = connect(proxy, counter)
    proxy.swallow()
    waiting = threading.Thread(target=lambda: pytest.raises(psycopg2.OperationalError, count_up, connection))
    waiting.start()
    waiting.join(0.5)
    assert waiting.is_alive()
    proxy.heal()
    assert count_up(connect(proxy, counter)) == 1, "the old connection's request was lost"
    proxy.reset()
    waiting.join(20)
    assert not waiting.is_alive()


@pytest.mark.parametrize("way, happened", [(TO_SERVER, 0), (TO_CLIENT, 1)])
def test_a_cut_one_way_leaves_the_other_way_open(proxy, counter, way, happened):
    connection = connect(proxy, counter)
    proxy.swallow(way)
    waiting = threading.Thread(target=lambda: pytest.raises(psycopg2.OperationalError, count_up, connection))
    waiting.start()
    until(lambda: committed(counter) == happened, 20)
    waiting.join(0.2)
    assert waiting.is_alive() and committed(counter) == happened
    proxy.reset()
    waiting.join(20)
    assert not waiting.is_alive()


@pytest.mark.parametrize("way, happened", [(TO_SERVER, 0), (TO_CLIENT, 1)])
def test_what_was_held_arrives_late(proxy, counter, way, happened):
    connection = connect(proxy, counter)
    proxy.hold(way)
    waiting = threading.Thread(target=count_up, args=(connection,))
    waiting.start()
    until(lambda: committed(counter) == happened, 20)
    waiting.join(0.2)
    assert waiting.is_alive() and committed(counter) == happened
    proxy.heal()
    waiting.join(20)
    assert not waiting.is_alive() and committed(counter) == 1


def test_a_held_connection_can_be_reset(proxy, counter):
    connection = connect(proxy, counter)
    proxy.hold()
    waiting = threading.Thread(target=lambda: pytest.raises(psycopg2.OperationalError, count_up, connection))
    waiting.start()
    proxy.reset()
    waiting.join(20)
    assert not waiting.is_alive() and not proxy.connections


def test_slices_arrive_as_the_whole(proxy, counter):
    proxy.slice(1)
    connection = connect(proxy, counter)
    with connection.cursor() as cursor:
        cursor.execute("SELECT repeat('x', 5000)")
        assert len(cursor.fetchone()[0]) == 5_000


def test_with_tls_it_passes_everything_on(postgres):
    with Postgres(ssl=True) as server, Proxy(server.port) as proxy:
        connection = psycopg2.connect(proxy.url(server.url("template1")))
        assert connection.info.ssl_in_use
        connection.close()


def different_bits(before, after):
    return [(at, bin(old ^ new).count("1")) for at, (old, new) in enumerate(zip(before, after)) if old != new]


def test_a_bit_is_flipped_in_the_frame_of_a_message_and_nowhere_else():
    message = b"D" + struct.pack("!I", 8) + b"rows"
    spoilt = flipped_frames(3 * message, 1, random.Random(1))
    places = different_bits(3 * message, spoilt)
    assert len(places) == 3 and all(at % len(message) < 5 and bits == 1 for at, bits in places)
    assert flipped_frames(b"N", 1, random.Random(1)) == b"N"


def test_a_bit_is_flipped_behind_a_text():
    piece = b"before text" + bytes(20)
    ((at, bits),) = different_bits(piece, flipped_behind(piece, b"text", 1, random.Random(1)))
    assert 11 <= at < 27 and bits == 1
    assert flipped_behind(b"else" + bytes(20), b"text", 1, random.Random(1)) == b"else" + bytes(20)
