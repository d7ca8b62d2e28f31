# SPDX-License-Identifier: Apache-2.0
"""What an operator meets with postgres_repository: logins, certificates, rights, limits, poolers, and a gateway that
starts before its database. What becomes of a turn when the server fails is tested in plugins and faults."""

import contextlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
from urllib.parse import quote

import pytest
from commands import lines
from gateway import QUICKSTART, ROOT, STATUS_CONFIG, STATUS_OK, Gateway
from log_records import CODE, logged, records
from postgres import OWNER, PASSWORD, Postgres, free_port
from proxy import AFTER_REQUEST, BEFORE_ANSWER, BEFORE_READY, BEFORE_REQUEST, Proxy

CONFIG = QUICKSTART.replace(
    "{plugin: sqlite_repository, path: gangway.db}",
    "{plugin: postgres_repository, url: {env: GANGWAY_DATABASE_URL}, connect_timeout: 5s}",
)
WITH_PASSWORD = CONFIG.replace("connect_timeout", "password: {env: GANGWAY_DATABASE_PASSWORD}, connect_timeout")
COMMANDS = [{"type": "CreateBatch", "ref": "b1", "sku": "LAMP", "qty": 5}] + [
    {"type": "Allocate", "orderid": f"o{number}", "sku": "LAMP", "qty": 1} for number in range(3)
]


@pytest.fixture
def gateway(tmp_path):
    gateway = Gateway(tmp_path, CONFIG)
    gateway.commands.write_text(lines(*COMMANDS))
    yield gateway
    gateway.close()


@pytest.fixture(scope="module")
def secure():
    """A server that wants TLS and a password."""
    with Postgres(ssl=True) as server:
        server.createdb("stock")
        yield server


def call(gateway, verb, url, **env):
    return gateway.call(verb, gateway.config, env={"GANGWAY_DATABASE_URL": url} | env)


def finding(result, subject, component="repository"):
    """What check says about a subject: (ok or failed, text)."""
    for line in result.out.splitlines():
        words = line.split(None, 2)
        if len(words) == 3 and words[0] == component and words[2].startswith(subject):
            return words[1], words[2][len(subject):].strip()
    return None


def assert_refused(result, *parts):
    assert result.status != STATUS_OK, result
    for part in parts:
        assert part in result.out + result.err, result


# ---- logins and certificates ----


def secure_url(server, host="localhost", password=PASSWORD, ca="ca.crt", database="stock", mode="verify-full"):
    return (f"postgresql://{OWNER}:{quote(password, safe='')}@{host}:{server.port}/{database}"
            f"?sslmode={mode}&sslrootcert={server.folder}/{ca}")


def test_a_verified_connection_is_encrypted_and_serves(gateway, secure):
    result = call(gateway, "check", secure_url(secure))
    assert finding(result, "connection")[0] == "ok" and "TLSv1" in finding(result, "connection")[1], result
    result = call(gateway, "run", secure_url(secure))
    assert result.status == STATUS_OK and result.summary()["applied"] == 4, result


@pytest.mark.parametrize("change, says", [
    ({"ca": "other-ca.crt"}, "certificate verify failed"),
    ({"host": "127.0.0.1"}, "does not match host name"),
    ({"ca": "nothing.crt"}, "does not exist"),
    ({"password": "Zq7wrongXw"}, "password authentication failed"),
    ({"database": "nothing"}, 'database "nothing" does not exist'),
    ({"mode": "disable"}, "no encryption"),
])
def test_a_login_that_is_refused_says_why_and_keeps_the_secret(gateway, secure, change, says):
    for verb in ("check", "migrate"):
        result = call(gateway, verb, secure_url(secure, **change))
        assert_refused(result, says)
        for secret in (PASSWORD, quote(PASSWORD), "Zq7wrongXw"):
            assert secret not in result.out + result.err, result


def test_the_password_may_be_a_separate_option(gateway, secure):
    gateway.write_config(WITH_PASSWORD)
    url = f"postgresql://{OWNER}@localhost:{secure.port}/stock?sslmode=verify-full&sslrootcert={secure.folder}/ca.crt"
    assert call(gateway, "migrate", url, GANGWAY_DATABASE_PASSWORD=PASSWORD).status == STATUS_OK
    result = call(gateway, "check", url, GANGWAY_DATABASE_PASSWORD="Zq7wrongXw")
    assert_refused(result, "password authentication failed")
    assert "Zq7wrongXw" not in result.out + result.err, result


TORN = [
    "postgresql://gangway:Zq7aa/Xw9bb@127.0.0.1:{port}/stock",
    "postgresql://gangway:Zq7aa@Xw9bb@127.0.0.1:{port}/stock",
    "postgresql://gangway:Zq7aa@b?Xw9bb@127.0.0.1:{port}/stock",
    "postgresql://gangway:Zq7aa%Xw9bb@127.0.0.1:{port}/stock",
    "postgresql://gangway:Zq7aa:Xw9bb/@127.0.0.1:{port}/stock",
    "postgresql://gangway@127.0.0.1:{port}/stock?password=Zq7aa&Xw9bb",
    "postgresql://gangway@127.0.0.1:{port}/stock?passwrd=Zq7aaXw9bb",
    "host=127.0.0.1 port={port} user=gangway password=Zq7aa Xw9bb dbname=stock",
    "host=127.0.0.1 port={port} user=gangway password='Zq7aaXw9bb dbname=stock",
    "host=127.0.0.1 port=Zq7aaXw9bb user=gangway",
    "Zq7aaXw9bb",
    "postgres//gangway:Zq7aaXw9bb@127.0.0.1/stock",
]


@pytest.mark.parametrize("url", TORN)
def test_a_connection_string_that_cannot_be_read_is_not_repeated(gateway, postgres, url):
    for verb in ("check", "migrate", "run"):
        result = call(gateway, verb, url.format(port=postgres.port))
        assert_refused(result, "url is no connection string")
        for secret in ("Zq7aa", "Xw9bb"):
            assert secret not in result.out + result.err, result


# ---- the database ----


def test_check_reports_the_state_and_changes_nothing(gateway, database):
    result = call(gateway, "check", database.url)
    assert finding(result, "connection")[1].startswith("PostgreSQL 1"), result
    assert "has no tables yet; migrating makes version" in finding(result, "schema")[1], result
    assert "wanted" in finding(result, "sessions")[1], result
    assert database.psql("SELECT count(*) FROM pg_namespace WHERE nspname = 'gangway'") == [(0,)]
    assert call(gateway, "migrate", database.url).status == STATUS_OK
    result = call(gateway, "check", database.url)
    assert result.status == STATUS_OK, result
    assert "has version" in finding(result, "schema")[1], result
    assert finding(result, "rights")[0] == "ok", result
    assert finding(result, "message ids")[1].startswith("0 are kept"), result


def test_check_counts_message_ids_and_the_bytes_of_both_their_tables(gateway, database):
    gateway.write_config(CONFIG.replace("path: commands.jsonl", "path: commands.jsonl, dedupe: id"))
    gateway.commands.write_text(lines(*(
        {"specversion": "1.0", "id": f"m{number}", "source": "/shop", "type": command["type"],
         "data": {name: value for name, value in command.items() if name != "type"}}
        for number, command in enumerate(COMMANDS))))
    assert call(gateway, "run", database.url).summary()["applied"] == 4
    kept, size = re.match(r"(\d+)\D+(\d+)", finding(call(gateway, "check", database.url), "message ids")[1]).groups()
    assert int(kept) == 4
    assert database.psql("""SELECT pg_total_relation_size('gangway.inbox') + pg_total_relation_size('gangway.inbox_turns')
                         """) == [(int(size),)]


def test_ten_gateways_migrate_one_database_at_once(gateway, database):
    env = {"GANGWAY_DATABASE_URL": database.url}
    processes = [gateway.start("migrate", gateway.config, env=env) for _ in range(10)]
    assert [process.wait(120) for process in processes] == [STATUS_OK] * 10
    assert call(gateway, "check", database.url).status == STATUS_OK
    assert call(gateway, "run", database.url).summary()["applied"] == 4


def test_a_migration_killed_midway_continues_where_it_stopped(gateway, database):
    """A trigger of the administrator's holds the second step up once it has made its tables."""
    with contextlib.closing(database.connect()) as gate, gate.cursor() as cursor:
        cursor.execute("""CREATE FUNCTION wait() RETURNS event_trigger LANGUAGE plpgsql AS
            $$BEGIN IF to_regclass('gangway.dead_letters') IS NOT NULL THEN PERFORM pg_advisory_xact_lock(1); END IF; END$$;
            CREATE EVENT TRIGGER wait ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION wait()""")
        cursor.execute("SELECT pg_advisory_lock(1)")
        process = gateway.start("migrate", gateway.config, env={"GANGWAY_DATABASE_URL": database.url})
        await_answer(cursor, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted", 1)
        process.kill()
        process.wait()
        second = gateway.start("migrate", gateway.config, env={"GANGWAY_DATABASE_URL": database.url})
        cursor.execute("SELECT pg_advisory_unlock(1)")
        assert second.wait(60) == STATUS_OK
    assert call(gateway, "check", database.url).status == STATUS_OK
    assert call(gateway, "run", database.url).summary()["applied"] == 4


def await_answer(cursor, question, answer, seconds=30):
    deadline = time.monotonic() + seconds
    while True:
        cursor.execute(question)
        found = cursor.fetchone()[0]
        if found == answer:
            return
        assert time.monotonic() < deadline, f"{question}: {found}"
        time.sleep(0.02)


def test_a_gateway_that_may_not_make_the_schema_says_what_to_grant(gateway, database):
    database.psql(f'ALTER DATABASE "{database.name}" OWNER TO postgres')
    for verb in ("check", "migrate"):
        assert_refused(call(gateway, verb, database.url), f'user "{OWNER}" may not make schema "gangway"',
                       f'in database "{database.name}"', f'CREATE SCHEMA "gangway" AUTHORIZATION "{OWNER}"')
    database.psql("CREATE SCHEMA gangway")
    assert_refused(call(gateway, "migrate", database.url), f'GRANT USAGE ON SCHEMA "gangway" TO "{OWNER}"')
    database.psql(f'GRANT USAGE ON SCHEMA "gangway" TO "{OWNER}"')
    assert_refused(call(gateway, "migrate", database.url), f'GRANT USAGE, CREATE ON SCHEMA "gangway" TO "{OWNER}"')
    database.psql(f'GRANT USAGE, CREATE ON SCHEMA "gangway" TO "{OWNER}"')
    assert call(gateway, "migrate", database.url).status == STATUS_OK


def test_tables_that_belong_to_another_user_are_checked_for_rights(gateway, database):
    assert call(gateway, "migrate", database.url).status == STATUS_OK
    database.psql("ALTER TABLE gangway.outbox_blocks OWNER TO postgres")
    database.psql("ALTER TABLE gangway.schema_state OWNER TO postgres")
    database.psql(f"GRANT SELECT ON gangway.schema_state, gangway.outbox_blocks TO {OWNER}")
    result = call(gateway, "check", database.url)
    assert finding(result, "rights")[0] == "failed" and "may not use outbox_blocks in schema" in result.out, result
    database.psql(f"GRANT INSERT, UPDATE, DELETE ON gangway.outbox_blocks TO {OWNER}")
    assert call(gateway, "check", database.url).status == STATUS_OK


def test_a_database_that_is_read_only_is_refused(gateway, database):
    database.psql(f'ALTER DATABASE "{database.name}" SET default_transaction_read_only = on')
    assert_refused(call(gateway, "check", database.url), "read-only")


def log_records(gateway, name="log"):
    return records((gateway.folder / name).read_text())


@contextlib.contextmanager
def running(gateway, url):
    """`gateway run` with its log in the folder's file `log`."""
    with open(gateway.folder / "log", "wb") as log, open(gateway.folder / "out", "wb") as out:
        yield gateway.start("run", gateway.config, env={"GANGWAY_DATABASE_URL": url}, stdout=out, stderr=log)


def wait_for_warning(gateway, process):
    deadline = time.monotonic() + 20
    while not any(record["code"] == CODE.REPOSITORY_FAILED for record in log_records(gateway)):
        assert process.poll() is None and time.monotonic() < deadline, log_records(gateway)
        time.sleep(0.02)  # between two looks


def test_a_stop_while_the_database_is_unreachable_at_the_start_is_no_failure(gateway):
    with running(gateway, f"postgresql://{OWNER}@127.0.0.1:{free_port()}/stock") as process:
        wait_for_warning(gateway, process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == STATUS_OK
    assert not [record for record in log_records(gateway) if record["level"] == "error"], log_records(gateway)


def test_the_gateway_waits_at_the_start_until_a_standby_is_promoted(gateway):
    with Postgres() as server:
        url = server.createdb("stock")
        server.halt()
        (server.data / "standby.signal").touch()
        server.start()
        with running(gateway, url) as process:
            wait_for_warning(gateway, process)
            server.psql("SELECT pg_promote()")
            assert process.wait(30) == STATUS_OK, log_records(gateway)
        assert server.psql("SELECT count(*) FROM gangway.allocations", database="stock") == [(3,)]


def test_the_gateway_waits_at_the_start_for_a_read_only_role(gateway, database):
    database.psql(f'ALTER DATABASE "{database.name}" SET default_transaction_read_only = on')
    with running(gateway, database.url) as process:
        wait_for_warning(gateway, process)
        database.server.psql(f'ALTER DATABASE "{database.name}" RESET default_transaction_read_only')
        assert process.wait(30) == STATUS_OK, log_records(gateway)


def test_a_url_that_asks_for_a_standby_is_refused(gateway, database):
    for wanted in ("read-only", "standby", "prefer-standby"):
        result = call(gateway, "run", f"{database.url}?target_session_attrs={wanted}")
        assert result.status == STATUS_CONFIG and wanted in result.err, result


def test_a_database_in_another_encoding_is_refused(gateway, postgres):
    name = "in_sql_ascii"
    postgres.execute(f"CREATE DATABASE {name} OWNER {OWNER} ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'")
    try:
        assert_refused(call(gateway, "check", postgres.url(name)), "is encoded in SQL_ASCII, not in UTF8")
    finally:
        postgres.dropdb(name)


def test_a_schema_may_be_named_by_a_word_of_sql_and_nothing_worse(gateway, database):
    gateway.write_config(CONFIG.replace("connect_timeout", "schema: select, connect_timeout"))
    assert call(gateway, "run", database.url).summary()["applied"] == 4
    assert database.psql('SELECT count(*) FROM "select".allocations') == [(3,)]
    gateway.write_config(CONFIG.replace("connect_timeout", "schema: 'a\"; DROP', connect_timeout"))
    assert_refused(call(gateway, "check", database.url), "is no plain name")


def test_too_few_connections_are_found(gateway, database):
    database.psql(f'ALTER DATABASE "{database.name}" CONNECTION LIMIT 2')
    result = call(gateway, "check", database.url)
    assert_refused(result, "4 are wanted", "admits 2")


def test_commits_that_may_be_lost_are_reported(gateway, database):
    database.psql(f'ALTER DATABASE "{database.name}" SET synchronous_commit = off')
    result = call(gateway, "check", database.url)
    assert "synchronous_commit is OFF" in result.out, result
    assert finding(result, "durability")[0] == "ok", result


def test_what_the_url_says_about_the_session_is_kept(gateway, database):
    """A trigger records the settings of the session that applies."""
    assert call(gateway, "migrate", database.url).status == STATUS_OK
    database.psql("""CREATE TABLE gangway.seen (name text, memory text);
        CREATE FUNCTION gangway.note() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN INSERT INTO gangway.seen VALUES (current_setting('application_name'), current_setting('work_mem'));
        RETURN NEW; END$$;
        CREATE TRIGGER note AFTER INSERT ON gangway.allocations FOR EACH ROW EXECUTE FUNCTION gangway.note()""")
    database.psql(f"GRANT INSERT ON gangway.seen TO {OWNER}")
    url = database.url + "?application_name=warehouse&options=-c%20work_mem%3D7MB"
    assert call(gateway, "run", url).summary()["applied"] == 4
    assert set(database.psql("SELECT * FROM gangway.seen")) == {("warehouse", "7MB")}


# ---- what people are told to do ----


def test_the_bootstrap_file_for_postgres_works(gateway, database):
    gateway.write_config((ROOT / "config" / "postgres.yaml").read_text())
    assert call(gateway, "lint", database.url).status == STATUS_OK
    assert call(gateway, "check", database.url).status == STATUS_OK
    assert call(gateway, "run", database.url).summary()["applied"] == 4
    assert gateway.events.read_text().count("Allocated") == 3


def test_the_questions_of_the_readme_have_answers(gateway, database):
    readme = (ROOT / "plugins" / "postgres_repository" / "README.md").read_text()
    shown = readme.split("## Reading it")[1].split("\n## ")[0].splitlines()
    questions = [question for question in "\n".join(line for line in shown if line.startswith("    ")).split(";")
                 if question.strip()]
    assert len(questions) >= 8
    gateway.commands.write_text(gateway.commands.read_text().replace("o0", "order-1") + '{"type": "Nonsense"}\n')
    assert call(gateway, "run", database.url).summary()["dead"] == 1
    with contextlib.closing(database.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SET search_path = gangway")
        answers = []
        for question in questions:
            cursor.execute(question)
            answers.append(cursor.fetchall())
    assert answers[0] == [("LAMP", "b1", None, 2)]
    assert answers[1] == [("order-1", "LAMP", 1, "b1", None)]


# ---- a server that comes later ----


def test_a_gateway_waits_for_an_unreachable_database_at_its_start(gateway):
    with Postgres() as server:
        url = server.createdb("late")
        server.halt()
        log = gateway.folder / "log"
        with log.open("wb") as err:
            process = gateway.start("run", gateway.config, env={"GANGWAY_DATABASE_URL": url}, stdout=err, stderr=err)
            await_text(log, "Connection refused")
            server.start()
            assert process.wait(60) == STATUS_OK, log.read_text()
        assert server.psql("SELECT count(*) FROM gangway.allocations", database="late") == [(3,)]


def await_text(path, text, seconds=30):
    deadline = time.monotonic() + seconds
    while text not in path.read_text():
        assert time.monotonic() < deadline, path.read_text()
        time.sleep(0.02)


def test_the_next_host_of_the_url_is_used_if_the_first_is_unreachable(gateway, postgres, database):
    url = database.url.replace(f"127.0.0.1:{postgres.port}", f"127.0.0.1:{free_port()},127.0.0.1:{postgres.port}")
    assert call(gateway, "run", url).summary()["applied"] == 4


def test_a_host_without_answers_is_given_up_in_time(gateway, database):
    """It takes connections and never says a word."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", free_port()))
        silent.listen(8)
        gateway.write_config(CONFIG.replace("connect_timeout: 5s", "connect_timeout: 500ms"))
        url = f"postgresql://{OWNER}@127.0.0.1:{silent.getsockname()[1]}/stock"
        begun = time.monotonic()
        assert_refused(call(gateway, "check", url), "did not answer within 500 ms")
        assert time.monotonic() - begun < 10


@pytest.mark.parametrize("place", [BEFORE_REQUEST, AFTER_REQUEST, BEFORE_ANSWER, BEFORE_READY])
def test_a_turn_whose_connection_is_cut_is_applied_once(gateway, postgres, database, place):
    with Proxy(postgres.port) as proxy:
        proxy.cut("apply", place, when=lambda count: count == 1)
        result = call(gateway, "run", proxy.url(database.url))
        assert proxy.cuts == 1 and result.status == STATUS_OK, result
    assert result.summary()["received"] == 4, result
    assert database.psql("SELECT orderid FROM gangway.allocations ORDER BY 1") == [("o0",), ("o1",), ("o2",)]
    assert database.psql("SELECT version FROM gangway.products") == [(4,)]
    assert gateway.events.read_text().count('"Allocated"') == 3


# ---- poolers ----


@contextlib.contextmanager
def pgbouncer(server, folder, **settings):
    """Debian's pgbouncer before a server: yields its port."""
    program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("needs Debian's pgbouncer")
    port = free_port()
    settings = {"listen_addr": "127.0.0.1", "listen_port": port, "auth_type": "any", "unix_socket_dir": "",
                "default_pool_size": 1, "max_client_conn": 50, "server_tls_sslmode": "disable"} | settings
    config = folder / "pgbouncer.ini"
    config.write_text(f"[databases]\n* = host=127.0.0.1 port={server.port} user={OWNER}\n[pgbouncer]\n" +
                      "".join(f"{name} = {value}\n" for name, value in settings.items()))
    identity = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        config.chmod(0o644)
        identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    with (folder / "pgbouncer.log").open("wb") as log, config.open("rb") as given:
        process = subprocess.Popen([program, f"/dev/fd/{given.fileno()}"], stdout=log, stderr=log,
                                   pass_fds=[given.fileno()], **identity)
        try:
            await_port(port, process, folder / "pgbouncer.log")
            yield port
        finally:
            process.terminate()
            process.wait(30)


def await_port(port, process, log):
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"pgbouncer did not start:\n{log.read_text()}")


def test_a_pooler_that_keeps_our_settings_from_the_server_is_refused(gateway, postgres, database, tmp_path):
    with pgbouncer(postgres, tmp_path, pool_mode="transaction") as port:
        url = database.url.replace(str(postgres.port), str(port))
        assert_refused(call(gateway, "check", url), "unsupported startup parameter")
    with pgbouncer(postgres, tmp_path, pool_mode="transaction", ignore_startup_parameters="options") as port:
        url = database.url.replace(str(postgres.port), str(port))
        for verb in ("check", "migrate"):
            assert_refused(call(gateway, verb, url), "a pooler that drops `options`")


def test_a_transaction_pooler_is_detected(gateway, postgres, database, tmp_path):
    """The pooler's administrator set on the role itself the settings that the gateway asks for."""
    assert call(gateway, "migrate", database.url).status == STATUS_OK
    for setting in ("search_path = gangway, pg_temp", "gangway.session = on"):
        database.psql(f'ALTER ROLE {OWNER} IN DATABASE "{database.name}" SET {setting}')
    for mode, found in (("transaction", "failed"), ("session", "ok")):
        with pgbouncer(postgres, tmp_path, pool_mode=mode, ignore_startup_parameters="options",
                       default_pool_size=2) as port:
            url = database.url.replace(str(postgres.port), str(port))
            result = call(gateway, "check", url)
            assert finding(result, "pooler") is not None, result
            assert finding(result, "pooler")[0] == found, result
    with pgbouncer(postgres, tmp_path, pool_mode="session", ignore_startup_parameters="options",
                   default_pool_size=20) as port:
        result = call(gateway, "run", database.url.replace(str(postgres.port), str(port)))
        assert result.summary()["applied"] == 4 and logged(result.err, CODE.POSTGRES_POOLER), result
