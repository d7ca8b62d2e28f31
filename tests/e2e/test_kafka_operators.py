# SPDX-License-Identifier: Apache-2.0
"""Faults that an operator meets with Kafka: missing topics, wrong passwords, certificates and rights, an unreachable
broker. `check` names the fault in one line. `run` logs it too, retries without filling the log, and starts when the
operator has corrected it."""

import re
import time

import pytest
from gateway import STATUS_CONFIG, STATUS_FAILED, STATUS_OK
from postgres import free_port

pytest.importorskip("confluent_kafka")

from kafka_listeners import PASSWORD  # noqa: E402  (after the look whether its module is there)
from confluent_kafka import Consumer  # noqa: E402
from kafka_commands import allocate, batch  # noqa: E402
from kafka_stream import Stream, running, unique  # noqa: E402

pytestmark = pytest.mark.no_release

CANARY = "Zq7wrongXw9bb"
IN_ENVIRONMENT = {"env": "GANGWAY_KAFKA_PASSWORD"}
LINES_MAX = 10  # in QUIET_SECONDS, of one fault, with an entrypoint and a publisher
QUIET_SECONDS = 5


def check(gateway, password=None):
    """(status, component -> its findings that failed, the text)."""
    env = {"GANGWAY_KAFKA_PASSWORD": password} if password else None
    begun = time.monotonic()
    result = gateway.call("check", gateway.config, "--format", "json", env=env)
    assert time.monotonic() - begun < 60
    failed = {}
    for row in result.table():
        if row["result"] != "ok":
            failed.setdefault(row["component"], []).append(f"{row['subject']}: {row['finding']}")
    if password:
        assert password not in result.out + result.err
    return result.status, failed, result


def assert_both_fail(gateway, word, password=None):
    """In one line each, which says this."""
    status, failed, result = check(gateway, password)
    assert status == STATUS_FAILED and failed.keys() >= {"orders", "events"}, result
    for component in ("orders", "events"):
        assert len(failed[component]) == 1 and re.search(word, failed[component][0]), failed


def migrated(gateway):
    env = {"GANGWAY_KAFKA_PASSWORD": "not needed for this"}
    assert gateway.call("migrate", gateway.config, env=env).status == STATUS_OK
    return gateway


@pytest.fixture
def secured(kafka_secure, database):
    stream = Stream(kafka_secure, database, partitions=2)
    yield stream
    stream.close()


def by_tls(stream, listener="TLS", ca="ca.crt", **options):
    chosen = {"ca": str(stream.kafka.certificates / ca)} | options
    return {"brokers": stream.kafka.secure_url(listener), "consumer": chosen, "publisher": chosen}


def by_password(stream, user="gangway", mechanism="SCRAM-SHA-512", **options):
    return by_tls(stream, "SASL_TLS", mechanism=mechanism, user=user, password=IN_ENVIRONMENT, **options)


# ---- what check says ----


def test_check_has_a_line_for_each_check(stream, tmp_path):
    stream.kafka.needs_real("the mock does not describe groups")
    gateway = migrated(stream.gateway(tmp_path))
    result = gateway.call("check", gateway.config, "--format", "json")
    assert result.status == STATUS_OK, result
    found = {(row["component"], row["subject"]): row["finding"] for row in result.table()}
    assert "1 broker" in found["orders", "connection"] and "1 broker" in found["events", "connection"]
    assert found["orders", f"group {stream.group}"] == "has no active members"
    assert "6 partitions" in found["orders", stream.commands] and "6 partitions" in found["events", stream.events]
    assert {row["result"] for row in result.table()} == {"ok"}


def test_check_warns_of_a_topic_of_commands_that_is_compacted(kafka, new_stream, tmp_path):
    kafka.needs_real("the mock does not describe topics")
    stream = new_stream(partitions=1, cleanup_policy="compact,delete")
    gateway = migrated(stream.gateway(tmp_path))
    result = gateway.call("check", gateway.config, "--format", "json")
    assert result.status == STATUS_OK, result
    found = [row["finding"] for row in result.table() if row["subject"] == stream.commands]
    assert len([text for text in found if "cleanup.policy=compact,delete" in text]) == 1, found


def test_check_joins_no_group_and_creates_no_topic(stream, tmp_path):
    stream.kafka.needs_real("the mock makes every topic that somebody asks for")
    gateway = migrated(stream.gateway(tmp_path))
    gateway.write_config(stream.config().replace(stream.events, "nobody-has-this"))
    assert check(gateway)[0] == STATUS_FAILED
    assert "nobody-has-this" not in stream.kafka.admin().list_topics(timeout=30).topics
    assert stream.group not in [group.id for group in stream.kafka.admin().list_groups(timeout=30)]


def test_check_names_a_missing_topic(stream, tmp_path):
    stream.kafka.needs_real("the mock makes every topic that somebody asks for")
    gateway = migrated(stream.gateway(tmp_path))
    gateway.write_config(stream.config().replace(stream.commands, "no-commands").replace(stream.events, "no-events"))
    status, failed, result = check(gateway)
    assert status == STATUS_FAILED and failed.keys() == {"orders", "events"}, result
    assert len(failed["orders"]) == len(failed["events"]) == 1
    assert "no-commands: there is no such topic" in failed["orders"][0]
    assert "no-events: there is no such topic" in failed["events"][0]


@pytest.mark.once  # it waits for ten seconds per component
def test_check_reports_that_no_broker_listens(stream, tmp_path):
    address = f"127.0.0.1:{free_port()}"
    gateway = migrated(stream.gateway(tmp_path, brokers=address))
    assert_both_fail(gateway, f"{address}.*refused")


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_the_right_password_is_accepted(secured, tmp_path, mechanism):
    gateway = migrated(secured.gateway(tmp_path, **by_password(secured, mechanism=mechanism)))
    status, failed, result = check(gateway, PASSWORD)
    assert (status, failed) == (STATUS_OK, {}), result


def test_a_client_certificate_is_accepted(secured, tmp_path):
    folder = secured.kafka.certificates
    own = {"cert": str(folder / "client.crt"), "key": str(folder / "client.key")}
    gateway = migrated(secured.gateway(tmp_path, **by_tls(secured, "MUTUAL_TLS", **own)))
    secured.produce([batch("b1", "LAMP", 5), allocate("o1", "LAMP", 2)])
    with running(gateway):
        secured.await_taken()
    assert len(secured.records()) == 1


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_a_wrong_password_is_reported_and_not_shown(secured, tmp_path, mechanism):
    gateway = migrated(secured.gateway(tmp_path, **by_password(secured, mechanism=mechanism)))
    assert_both_fail(gateway, "uthentication", CANARY)


def test_a_certificate_of_an_unknown_authority_is_reported(secured, tmp_path):
    gateway = migrated(secured.gateway(tmp_path, **by_tls(secured, ca="other-ca.crt")))
    assert_both_fail(gateway, "certificate")


def test_a_certificate_for_another_name_is_reported(secured, tmp_path):
    options = by_tls(secured)
    gateway = migrated(secured.gateway(tmp_path, **options | {
        "brokers": options["brokers"].replace("localhost", "127.0.0.1")}))
    assert_both_fail(gateway, "certificate")


def test_a_missing_certificate_file_is_named(secured, tmp_path):
    gateway = migrated(secured.gateway(tmp_path, **by_tls(secured, ca="nothing.crt")))
    assert_both_fail(gateway, "nothing.crt")


def test_missing_rights_are_reported(secured, tmp_path):
    gateway = migrated(secured.gateway(tmp_path, **by_password(secured, user="guest")))
    status, failed, result = check(gateway, PASSWORD)
    assert status == STATUS_FAILED and failed.keys() == {"orders", "events"}, result
    topic, group = sorted(failed["orders"])
    assert topic.startswith(f"{secured.commands}: this user may not use the topic"), failed
    assert group.startswith(f"group {secured.group}: this user may not read in this group"), failed
    assert failed["events"][0].startswith(f"{secured.events}: this user may not use the topic"), failed


# ---- what run does ----


def assert_quiet(one, *words):
    """It says each of these words, and little more, for some seconds."""
    for word in words:
        one.await_log(word)
    before = len(one.text().splitlines())
    time.sleep(QUIET_SECONDS)  # what is counted is what comes in this time
    more = one.text().splitlines()[before:]
    assert len(more) <= LINES_MAX, "\n".join(more)
    assert one.process.poll() is None


def test_the_gateway_waits_for_a_topic_that_is_created_later(stream, tmp_path):
    stream.kafka.needs_real("the mock makes every topic that somebody asks for")
    later, events = unique("later"), unique("later-events")
    stream.topics, text = {later: "auto"}, stream.config()
    gateway = stream.gateway(tmp_path)
    gateway.write_config(text.replace(stream.events, events).replace(stream.commands, later))
    with running(gateway) as one:
        assert_quiet(one, later)
        stream.kafka.create_topic(later, 2)
        stream.produce([batch("b1", "LAMP", 5), allocate("o1", "LAMP", 2)], later)
        one.await_log(events)  # there is an event, and nowhere to send it
        stream.kafka.create_topic(events, 2)
        stream.events = events
        assert len(stream.await_events(1)) == 1
        stream.await_taken()


def test_the_gateway_waits_for_an_unreachable_broker_at_the_start(stream, tmp_path):
    stream.produce([batch("b1", "LAMP", 5), allocate("o1", "LAMP", 2)])
    stream.kafka.kill()
    with running(stream.gateway(tmp_path)) as one:
        assert_quiet(one, "refused")
        stream.kafka.start()
        assert len(stream.await_events(1)) == 1
        stream.await_taken()


def test_the_gateway_waits_for_rights_that_are_granted_later(secured, tmp_path):
    secured.produce([batch("b1", "LAMP", 5), allocate("o1", "LAMP", 2)])
    gateway = secured.gateway(tmp_path, **by_password(secured, user="guest"))
    with running(gateway, env={"GANGWAY_KAFKA_PASSWORD": PASSWORD}) as one:
        assert_quiet(one, secured.group)
        secured.kafka.allow("guest", "Read", topic=secured.commands)
        secured.kafka.allow("guest", "Read", group=secured.group)
        one.await_log(secured.events + ".*may not")
        secured.kafka.allow("guest", "Write", topic=secured.events)
        assert len(secured.await_events(1)) == 1
        secured.await_taken()
        assert PASSWORD not in one.text()


@pytest.mark.once
def test_a_wrong_password_is_retried_at_intervals(secured, tmp_path):
    gateway = secured.gateway(tmp_path, **by_password(secured))
    with running(gateway, env={"GANGWAY_KAFKA_PASSWORD": CANARY}) as one:
        assert_quiet(one, "uthentication")
        result = one.stop()
        assert CANARY not in result.out + result.err


# ---- what lint says ----


def test_two_workers_are_two_members_of_the_group(stream, tmp_path):
    stream.produce([(sku, payload) for number in range(20)
                    for sku, payload in [batch(f"b{number}", f"SKU-{number}", 1)]])
    with running(stream.gateway(tmp_path, consumer={"workers": 2})):
        stream.await_taken()
        stream.await_members(2)


def test_a_group_of_other_programs_is_not_joined(stream, tmp_path):
    """The members of such a group assign partitions by another protocol, and the brokers reject a member that supports
    only its own."""
    stream.kafka.needs_real("the mock does not describe groups")
    gateway = migrated(stream.gateway(tmp_path))
    other = Consumer({"bootstrap.servers": stream.kafka.url, "group.id": stream.group, "log_level": 0,
                      "partition.assignment.strategy": "range"})
    other.subscribe([stream.commands])
    deadline = time.monotonic() + 30
    while not other.assignment():
        assert time.monotonic() < deadline
        other.poll(0.1)
    status, failed, result = check(gateway)
    assert status == STATUS_FAILED and failed.keys() == {"orders"}, result
    assert '"range"' in failed["orders"][0] and "cooperative-sticky" in failed["orders"][0], failed
    with running(gateway) as one:
        assert_quiet(one, "protocol")
        other.close()
        stream.produce([batch("b1", "LAMP", 1)])
        stream.await_taken()


@pytest.mark.parametrize(("key", "nearest"), [
    ("fetch.wait.max.mss", "fetch.wait.max.ms"), ("enable.auto.commit", ""), ("plugin.library.paths", ""),
    ("sasl.kerberos.kinit.cmd", ""), ("bootstrap.servers", "brokers"),
])
def test_a_setting_of_the_library_that_is_not_free_is_refused(stream, tmp_path, key, nearest):
    gateway = stream.gateway(tmp_path, consumer={"librdkafka": {key: "1"}})
    for verb in ("check", "run"):
        result = gateway.call(verb, gateway.config)
        assert result.status in (STATUS_FAILED, STATUS_CONFIG), result
        assert key in result.out + result.err and nearest in result.out + result.err, result
