# SPDX-License-Identifier: Apache-2.0
"""The schema in PostgreSQL: migrated by many gateways at once, by a process that is killed at any of its requests,
and used by an older or newer gateway."""

import signal

import pytest
from gateway import STATUS_CONFIG, STATUS_FAILED, STATUS_OK, Gateway, wait, whole
from proxy import AFTER_REQUEST, BEFORE_REQUEST, Proxy
from repositories import Postgres
from waiting import until

CONFIG = """\
service: migration
repository: {repository}
entrypoints:
  commands: {{plugin: jsonl_reader, path: commands.jsonl{follow}}}
"""
COMMAND = '{"type": "CreateBatch", "ref": "b", "sku": "S", "qty": 1}\n'

# All that makes a schema what it is: the columns, constraints, indexes, functions and comments.
DESCRIPTION = """
SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), coalesce(col_description(c.oid, a.attnum), '')
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'gangway'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid), '', '' FROM pg_constraint
WHERE connamespace = 'gangway'::regnamespace
UNION ALL SELECT 'index', indexname, indexdef, '', '' FROM pg_indexes WHERE schemaname = 'gangway'
UNION ALL SELECT 'function', proname, pg_get_functiondef(oid), '', '' FROM pg_proc
WHERE pronamespace = 'gangway'::regnamespace
ORDER BY 1, 2, 3
"""


@pytest.fixture
def proxy(postgres):
    with Proxy(postgres.port) as proxy:
        yield proxy


@pytest.fixture
def gateway(tmp_path, database):
    gateway = Gateway(tmp_path)
    gateway.commands.write_text(COMMAND)
    configure(gateway, database)
    yield gateway
    gateway.close()


def configure(gateway, database, url=None, follow=False):
    gateway.write_config(CONFIG.format(repository=Postgres(database, url).block, follow=", follow: true" * follow))


def version(database):
    """The schema's version; 0: there is none."""
    if database.psql("SELECT to_regclass('gangway.schema_state')") == [(None,)]:
        return 0
    return database.psql("SELECT version FROM gangway.schema_state")[0][0]


def migrate(gateway):
    result = gateway.call("migrate", gateway.config)
    assert result.status == STATUS_OK, result
    return result


def test_ten_processes_create_the_schema_once(gateway, database):
    outputs = [(gateway.folder / f"out-{number}").open("w+b") for number in range(10)]
    processes = [gateway.start("migrate", gateway.config, stdout=out, stderr=out) for out in outputs]
    said = []
    for process, out in zip(processes, outputs):
        assert wait(process, 60)[0] == STATUS_OK, whole(out)
        said.append(whole(out))
        out.close()
    assert any("from version 0" in text for text in said), said
    assert database.psql("SELECT count(*) FROM gangway.schema_state") == [(1,)]
    assert gateway.run().status == STATUS_OK


def test_ten_gateways_that_begin_on_an_empty_database_all_run(gateway, database):
    paths = [gateway.folder / f"out-{number}" for number in range(10)]
    for path in paths:
        (gateway.folder / f"{path.name}.jsonl").write_text(COMMAND)
        text = gateway.config.read_text().replace("commands.jsonl", f"{path.name}.jsonl")
        (gateway.folder / f"{path.name}.yaml").write_text(text)
    outputs = [path.open("w+b") for path in paths]
    processes = [gateway.start("run", f"{path.name}.yaml", stdout=out, stderr=out) for path, out in zip(paths, outputs)]
    for process, out in zip(processes, outputs):
        assert wait(process, 60)[0] == STATUS_OK, whole(out)
        out.close()
    assert database.psql("SELECT sku, version FROM gangway.products") == [("S", 1)]


@pytest.mark.parametrize("place", [BEFORE_REQUEST, AFTER_REQUEST])
def test_a_migration_killed_at_each_request_leaves_a_complete_version_and_the_next_one_continues(
        gateway, database, proxy, counts, place):
    migrate(gateway)
    latest, whole_schema = version(database), database.psql(DESCRIPTION)
    left, number = [], 0
    while True:
        number += 1
        Postgres(database).clear()
        configure(gateway, database, proxy.url(database.url))
        if not killed_at(gateway, proxy, place, number):
            break
        until(lambda: nobody_is_there(database), 20)
        left.append(version(database))
        configure(gateway, database)
        migrate(gateway)
        assert (version(database), database.psql(DESCRIPTION)) == (latest, whole_schema), f"killed at request {number}"
    counts(kills=len(left), versions_left=sorted(set(left)))
    assert set(left) >= set(range(latest)), "it came to no step between"


def killed_at(gateway, proxy, place, number):
    """Runs `migrate` and kills it at its n-th request. Returns whether it got that far."""
    kills = []
    process = gateway.start("migrate", gateway.config)

    def when(count):
        if count == number:
            kills.append(count)  # before the process ends, which is waited for
            process.send_signal(signal.SIGKILL)
        return count == number

    proxy.cut("", place, when)
    status = wait(process, 60)[0]
    assert status == (-signal.SIGKILL if kills else STATUS_OK)
    return bool(kills)


def nobody_is_there(database):
    """What was sent before the kill is over."""
    return database.psql("SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename = 'gangway'",
                         [database.name]) == [(0,)]


def test_an_older_gateway_uses_a_newer_schema_that_admits_it(gateway, database):
    migrate(gateway)
    database.psql("UPDATE gangway.schema_state SET version = version + 1")
    assert gateway.run().status == STATUS_OK
    assert database.psql("SELECT sku FROM gangway.products") == [("S",)]
    migrate(gateway)


def test_an_older_gateway_refuses_a_newer_schema_that_excludes_it(gateway, database):
    migrate(gateway)
    database.psql("UPDATE gangway.schema_state SET version = version + 1, readable_from = version + 1")
    ran = gateway.run()
    assert ran.status == STATUS_CONFIG and "install a newer gateway" in ran.err, ran
    migrated = gateway.call("migrate", gateway.config)
    assert migrated.status == STATUS_FAILED and "install a newer gateway" in migrated.err, migrated
    assert database.psql("SELECT count(*) FROM gangway.products") == [(0,)]


def test_a_newer_gateway_migrates_an_older_schema_and_keeps_its_contents(gateway, database, proxy):
    """An older schema is what a migration that was killed after one of its steps has left."""
    configure(gateway, database, proxy.url(database.url))
    number = 0
    while version(database) == 0:
        number += 1
        assert killed_at(gateway, proxy, AFTER_REQUEST, number)
        until(lambda: nobody_is_there(database), 20)
    older = version(database)
    database.psql("INSERT INTO gangway.products (sku, version) VALUES ('OLD', 7)")
    configure(gateway, database)
    ran = gateway.run()
    assert ran.status == STATUS_OK, ran
    assert version(database) > older
    assert database.psql("SELECT sku, version FROM gangway.products ORDER BY sku") == [("OLD", 7), ("S", 1)]


def test_a_gateway_that_reconnects_to_a_newer_schema_stops_using_it(gateway, database):
    configure(gateway, database, follow=True)
    log = gateway.folder / "log"
    with log.open("wb") as out:
        process = gateway.start("run", gateway.config, stdout=out, stderr=out)
    until(lambda: version(database) and database.psql("SELECT sku FROM gangway.products") == [("S",)], 20, log.read_text)
    database.psql("UPDATE gangway.schema_state SET version = version + 1, readable_from = version + 1")
    database.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'gangway'")
    with gateway.commands.open("a") as file:
        file.write(COMMAND.replace('"S"', '"T"').replace('"b"', '"c"'))
    until(lambda: "install a newer gateway" in log.read_text(), 20, log.read_text)
    assert database.psql("SELECT sku FROM gangway.products") == [("S",)]
    database.psql("UPDATE gangway.schema_state SET version = version - 1, readable_from = version - 1")
    until(lambda: len(database.psql("SELECT sku FROM gangway.products")) == 2, 30, log.read_text)
    process.send_signal(signal.SIGTERM)
    assert wait(process, 20)[0] == STATUS_OK, log.read_text()
