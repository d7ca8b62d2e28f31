# SPDX-License-Identifier: Apache-2.0
"""Host names do not resolve, or the name servers are silent. A gateway waits, can be stopped, and recovers by itself
when names resolve again."""

import signal
import time

import pytest
from gateway import STATUS_OK, Gateway
from load import RECOVERY_SECONDS, Life
from name_server import NameServer
from waiting import until

HOST = "db.test"
STOP_SECONDS = 10
QUICK = ", connect_timeout: 2s"

KAFKA = """\
service: names
repository: {plugin: memory_repository}
entrypoints:
  commands: {plugin: kafka_consumer, brokers: ["kafka.test:9092"], group: g, topics: {t: auto}}
publishers:
  events: {plugin: kafka_publisher, brokers: ["kafka.test:9092"], topic: e}
routes:
  Allocated: {publish: [events]}
"""


@pytest.fixture
def names():
    with NameServer() as names:
        yield names


def named(load):
    return load.database.url.replace("127.0.0.1", HOST)


def test_the_gateway_waits_for_a_name_without_an_address(load, names):
    load.write(count=1_000)
    life = load.start(url=named(load), follow=False)
    until(lambda: HOST in life.said(), RECOVERY_SECONDS, life.said)
    assert life.is_running(), life.said()
    names.addresses[HOST] = "127.0.0.1"
    assert life.join(RECOVERY_SECONDS) == STATUS_OK, life.said()
    load.judge()


def test_of_several_hosts_one_that_has_an_address_is_enough(load, names):
    load.write(count=200)
    names.addresses[HOST] = "127.0.0.1"
    port = load.database.server.port
    url = load.database.url.replace(f"127.0.0.1:{port}", f"nowhere.test:{port},{HOST}:{port}")
    life = load.start(url=url, follow=False)
    assert life.join(RECOVERY_SECONDS) == STATUS_OK, life.said()
    load.judge()


def test_a_lost_connection_while_name_servers_do_not_answer(load, names, counts):
    names.addresses[HOST] = "127.0.0.1"
    feeder = load.feed(3, count=4_000)
    life = load.start(url=named(load), options=QUICK)
    until(lambda: load.delivered() > 0, RECOVERY_SECONDS, load.tell)
    names.is_silent, asked = True, names.asked
    load.database.psql("""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                          WHERE datname = current_database() AND pid <> pg_backend_pid()""")
    until(lambda: names.asked > asked, RECOVERY_SECONDS, load.tell)
    names.is_silent = False
    feeder.join()
    verdict = load.end()
    counts(repeats=verdict.repeats)


def assert_stops_at_once(life, names):
    until(lambda: names.asked > 0, RECOVERY_SECONDS, life.said)
    begin = time.monotonic()
    assert life.end(signal.SIGTERM, STOP_SECONDS) == STATUS_OK, life.said()
    return time.monotonic() - begin


def test_a_gateway_that_waits_for_its_database_s_name_can_be_stopped(load, names, counts):
    load.write(count=1)
    names.is_silent = True
    counts(stopped_after_seconds=f"{assert_stops_at_once(load.start(url=named(load)), names):.2f}")


def test_a_gateway_that_waits_for_its_brokers_name_can_be_stopped(tmp_path, names, counts):
    names.is_silent = True
    gateway = Gateway(tmp_path, KAFKA)
    try:
        life = Life(gateway, tmp_path / "log")
        until(life.has_begun, RECOVERY_SECONDS, life.said)
        counts(stopped_after_seconds=f"{assert_stops_at_once(life, names):.2f}")
    finally:
        gateway.close()


@pytest.mark.long
def test_check_ends_although_name_servers_do_not_answer(tmp_path, names):
    names.is_silent = True
    gateway = Gateway(tmp_path, KAFKA)
    try:
        result = gateway.call("check", gateway.config, timeout=40)
        assert result.status != STATUS_OK and names.asked > 0, result
    finally:
        gateway.close()
