# SPDX-License-Identifier: Apache-2.0
"""The tests' server is the real one, keeps everything that it confirmed, and leaves nothing behind."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg2
import pytest
from postgres import Postgres
from waiting import until

WITH_POSTGRES = Path(__file__).with_name("with_postgres")


def with_postgres(*command):
    return subprocess.run([WITH_POSTGRES, *command], capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def server():
    with Postgres() as server:
        yield server


@pytest.fixture(scope="module")
def guarded():
    with Postgres(ssl=True) as server:
        yield server


def test_it_listens_below_the_ephemeral_ports_and_runs_as_nobody_special(server):
    assert server.port < 32768
    assert os.stat(f"/proc/{server.process.pid}").st_uid != 0
    assert server.psql("SHOW fsync") == [("on",)] and server.psql("SHOW synchronous_commit") == [("on",)]


def test_the_gateways_role_owns_its_database_and_nothing_else(server):
    url = server.createdb("owned")
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA gangway")
        cursor.execute("SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchall() == [(False,)]
    connection.close()
    server.dropdb("owned")
    assert server.psql("SELECT 1 FROM pg_database WHERE datname = %s", ["owned"]) == []


def test_each_database_is_fresh(server):
    one, other = server.database(), server.database()
    one.psql("CREATE TABLE only_here ()")
    assert other.psql("SELECT 1 FROM pg_class WHERE relname = 'only_here'") == []
    one.drop()
    other.drop()


@pytest.mark.parametrize("mode", ["immediate", "fast"])
def test_a_restart_keeps_what_was_committed_and_the_address(server, mode):
    url = server.createdb(f"kept_{mode}")
    server.psql("CREATE TABLE kept AS SELECT 7 AS number", database=f"kept_{mode}")
    before = server.process.pid
    server.restart(mode)
    assert server.process.pid != before and server.url(f"kept_{mode}") == url
    assert server.psql("SELECT number FROM kept", database=f"kept_{mode}") == [(7,)]


def test_a_port_that_is_taken_is_given_up_for_another(server, monkeypatch):
    ports = iter([server.port, 14_999])
    monkeypatch.setattr("postgres.free_port", lambda: next(ports))
    with Postgres() as other:
        assert other.port == 14_999


def test_nothing_is_left_of_a_server_that_was_stopped():
    with Postgres() as server:
        pid, folder = server.process.pid, server.folder
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_with_tls_the_right_password_is_accepted(guarded):
    connection = psycopg2.connect(guarded.url("template1"))
    assert connection.info.ssl_in_use
    connection.close()


@pytest.mark.parametrize("right, wrong", [
    ("verify-full", "disable"), ("/ca.crt", "/other-ca.crt"), ("@localhost", "@127.0.0.1"), ("sesame", "barley"),
])
def test_with_tls_other_logins_are_refused(guarded, right, wrong):
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(guarded.url("template1").replace(right, wrong))


def test_with_postgres_gives_the_command_a_database_and_returns_its_status():
    script = 'test "$1" = "$GANGWAY_TEST_POSTGRES_URL" && psql -At -c "SELECT 6 * 7" "$1" && exit 5'
    done = with_postgres("sh", "-c", script, "sh", "{url}")
    assert (done.returncode, done.stdout) == (5, "42\n"), done
    assert with_postgres("sh", "-c", "kill -9 $$").returncode == 128 + signal.SIGKILL
    assert with_postgres().returncode == 2


def test_no_server_outlives_a_run_that_was_killed(tmp_path):
    note = tmp_path / "url"
    script = f'echo "$1" >{note}.new; mv {note}.new {note}; cat'
    process = subprocess.Popen([WITH_POSTGRES, "sh", "-c", script, "sh", "{url}"], stdin=subprocess.PIPE)
    until(lambda: note.exists() or process.poll() is not None, 60)
    url = note.read_text().strip()
    assert answers(url)
    process.kill()
    process.wait()
    process.stdin.close()
    until(lambda: not answers(url), 60)
    port = url.split(":")[-1].split("/")[0]
    for options in Path("/tmp").glob("gwpg-*/data/postmaster.opts"):
        if f"port={port}" in options.read_text():
            until(lambda: not options.with_name("postmaster.pid").exists(), 60)  # the last that the server removes
            shutil.rmtree(options.parents[1])


def answers(url):
    try:
        psycopg2.connect(url).close()
        return True
    except psycopg2.OperationalError as error:
        return "refused" not in str(error)
