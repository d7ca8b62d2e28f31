# SPDX-License-Identifier: Apache-2.0
"""How the Kafka plugins connect to a cluster, tested with kafka_publisher: the options that they reject at start, what
`check` finds, and what they log, once, when the cluster becomes unreachable, and when it is back. A password never
appears.
"""

import socket
from concurrent.futures import ThreadPoolExecutor

import confluent_kafka
import pytest
from kafka_listeners import KEY_PASSWORD, PASSWORD
from log_records import CODE
from outlet import Outlet

WRONG = "not the password"


def login(mechanism="PLAIN", user="gangway", password=PASSWORD):
    return {"mechanism": mechanism, "user": user, "password": password}


def certificate(cluster, name="client", **options):
    return {"cert": cluster.certificates / f"{name}.crt", "key": cluster.certificates / f"{name}.key"} | options


# ---- options that are refused at once -------------------------------------------------------------------------------


@pytest.mark.parametrize(("options", "text"), [
    ({"brokers": "PLAINTEXT://localhost:9092"}, 'brokers: "PLAINTEXT://localhost:9092" is no address: expected HOST:PORT'),
    ({"brokers": "localhost:http"}, 'brokers: "localhost:http" is no address: expected HOST:PORT'),
    ({"brokers": "localhost:9092, other:9092"}, 'brokers: "localhost:9092, other:9092" is no address: expected HOST:PORT'),
    ({"brokers": "localhost:0"}, 'brokers: "localhost:0" is no address: expected HOST:PORT'),
    ({"brokers": "::1:9092"}, 'brokers: "::1:9092" is no address: expected HOST:PORT'),
    ({"topic": "line allocated"},
     'topic: "line allocated" is no name of a topic: expected letters, digits, `.`, `_` and `-`'),
    ({"user": "gangway"}, "`user` without `mechanism`: say PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"),
    ({"mechanism": "PLAIN", "user": "gangway"}, "`user` without `password`"),
    ({"mechanism": "PLAIN", "password": WRONG}, "`password` without `user`"),
    ({"mechanism": "SCRAM-SHA-512"}, "`mechanism` without `user` and `password`"),
    ({"cert": "client.crt"}, "`cert` without `key`: a certificate is of use only with its private key"),
    ({"key": "client.key"}, "`key` without `cert`: a private key is of use only with its certificate"),
    ({"key_password": WRONG}, "`key_password` without `key`"),
    ({"librdkafka": {"lingr.ms": 5}},
     'librdkafka: "lingr.ms" is not among the settings that may be changed, which are those that tune; did you mean '
     '"linger.ms"?'),
    ({"librdkafka": {"plugin.library.paths": "/tmp/evil.so"}},
     'librdkafka: "plugin.library.paths" is not among the settings that may be changed, which are those that tune'),
    ({"librdkafka": {"acks": 1}},
     'librdkafka: "acks" is not among the settings that may be changed, which are those that tune'),
    ({"librdkafka": {"sasl.password": WRONG}}, 'librdkafka: "sasl.password" is set by the option `password`'),
    ({"librdkafka": {"session.timeout.ms": 5}},
     'librdkafka: "session.timeout.ms" is a setting of consumers, which this is not'),
])
def test_contradicting_options_are_refused_with_the_reason(options, text):
    chosen = {"brokers": "localhost:9092", "topic": "events"} | options
    with Outlet(chosen.pop("brokers"), chosen.pop("topic"), **chosen) as outlet:
        assert tuple(outlet.opened) == ("configuration", text)


@pytest.mark.parametrize("brokers", ["localhost", "localhost:9092", "[::1]:9092", "a:1,b:2", "10.0.0.1:9092"])
def test_addresses_in_the_form_of_other_clients_are_accepted(brokers):
    with Outlet(brokers, "events") as outlet:
        assert outlet.opened.status == "ok"


@pytest.mark.parametrize("key", [
    "plugin.library.paths", "ssl.engine.location", "ssl.engine.id", "ssl.providers", "sasl.kerberos.kinit.cmd",
    "sasl.oauthbearer.token.endpoint.url", "enable.ssl.certificate.verification",
    "ssl.endpoint.identification.algorithm", "enable.idempotence", "message.timeout.ms", "transactional.id",
    "receive.message.max.bytes", "enable.gapless.guarantee", "queuing.strategy", "partitioner", "interceptors",
])
def test_settings_that_load_code_or_break_a_guarantee_are_refused(key):
    with Outlet("localhost:9092", "events", librdkafka={key: "1"}) as outlet:
        assert outlet.opened.status == "configuration" and key in outlet.opened.answer


# ---- check ----------------------------------------------------------------------------------------------------------


def found(outlet):
    lines, status = outlet.check()
    return {subject: (line_status, finding) for line_status, subject, finding in lines}, status


def test_check_reports_the_cluster_and_the_topic(kafka):
    topic = kafka.topic(3)
    with Outlet(kafka.url, topic) as outlet:
        lines, status = found(outlet)
        assert status == "ok" and set(lines) == {"connection", topic}
        assert f"1 broker ({kafka.url}), not encrypted" in lines["connection"][1]
        assert lines[topic] == ("ok", "is written to; 3 partitions")


def test_check_reports_a_missing_topic_and_creates_none(kafka):
    kafka.needs_real("the mock makes every topic that it is asked for")
    with Outlet(kafka.url, "no-such-topic") as outlet:
        lines, status = found(outlet)
        assert status == lines["no-such-topic"][0] == "configuration"
        assert lines["no-such-topic"][1] == "there is no such topic, or this user may not see it; it is written to"
        assert lines["connection"][0] == "ok"
    assert "no-such-topic" not in kafka.admin().list_topics(timeout=10).topics


def check_of(host):
    with Outlet(host, "events") as outlet:
        return found(outlet)


def test_check_reports_why_no_broker_answers():
    with socket.create_server(("127.0.0.1", 0)) as mute, ThreadPoolExecutor() as pool:
        no_broker = f"127.0.0.1:{mute.getsockname()[1]}"
        words = {"127.0.0.1:9": ("127.0.0.1", "Connection refused"), "nowhere.invalid:9092": ("nowhere.invalid", "resolve"),
                 no_broker: ()}
        for host, (lines, status) in zip(words, pool.map(check_of, words)):  # at once: each asks for ten seconds
            assert status == "transient" and set(lines) == {"connection"}
            text = lines["connection"][1]
            assert text and all(word in text for word in words[host])


SECURE = [
    ("TLS", {}, "ca", None),
    ("TLS", {}, "other-ca", "certificate verify failed"),
    ("TLS", {"tls": "true"}, None, "certificate verify failed"),
    ("MUTUAL_TLS", {"name": "client"}, "ca", None),
    ("MUTUAL_TLS", {"name": "locked", "key_password": KEY_PASSWORD}, "ca", None),
    ("MUTUAL_TLS", {}, "ca", "alert"),
    ("MUTUAL_TLS", {"name": "other"}, "ca", "alert"),
    ("MUTUAL_TLS", {"name": "locked", "key_password": WRONG}, "ca", "ssl.key"),
    ("SASL", login(), None, None),
    ("SASL", login("SCRAM-SHA-256"), None, None),
    ("SASL", login("SCRAM-SHA-512"), None, None),
    ("SASL_TLS", login("SCRAM-SHA-512"), "ca", None),
    ("SASL", login(password=WRONG), None, "Invalid username or password"),
    ("SASL", login("SCRAM-SHA-256", password=WRONG), None, "uthentication failed"),
    ("SASL", login("SCRAM-SHA-512", user="nobody"), None, "uthentication failed"),
]


@pytest.mark.parametrize(("listener", "options", "authority", "cause"), SECURE)
def test_a_secure_cluster_is_reached_or_the_reason_reported(kafka_secure, listener, options, authority, cause):
    options = dict(options)
    if "name" in options:
        options |= certificate(kafka_secure, options.pop("name"))
    if authority:
        options["ca"] = kafka_secure.certificates / f"{authority}.crt"
    topic = kafka_secure.topic()
    with Outlet(kafka_secure.secure_url(listener), topic, **options) as outlet:
        lines, status = found(outlet)
        published = outlet.publish(0, 5, within=20)
        if cause is None:
            assert status == "ok" and published.statuses() == ["ok"] * 5
            assert ("TLS" if "TLS" in listener else "ncrypted") in lines["connection"][1].replace("ENCRYPTED", "ncrypted")
        else:
            assert status == published.status == "configuration" and published.ms < 5000
            assert cause in lines["connection"][1] and cause in published.text
        for secret in (PASSWORD, WRONG, KEY_PASSWORD):
            assert secret not in str(lines) + published.text + str(outlet.log())


def test_the_name_of_a_broker_is_verified(kafka_secure):
    """The certificate is for localhost."""
    by_number = kafka_secure.secure_url("TLS").replace("localhost", "127.0.0.1")
    with Outlet(by_number, "events", ca=kafka_secure.certificates / "ca.crt") as outlet:
        lines, status = found(outlet)
        assert status == "configuration" and "certificate verify failed" in lines["connection"][1]


def test_a_missing_certificate_is_named(kafka_secure, tmp_path):
    with Outlet(kafka_secure.secure_url("TLS"), "events", ca=tmp_path / "gone.crt") as outlet:
        lines, status = found(outlet)
        assert status == "configuration"
        assert lines["connection"][1] == f"ca: {tmp_path / 'gone.crt'}: No such file or directory"
        assert outlet.publish(0, 1).text == lines["connection"][1]


def test_a_repaired_certificate_is_used_at_once(kafka_secure, tmp_path):
    authority = tmp_path / "ca.crt"
    authority.write_bytes((kafka_secure.certificates / "other-ca.crt").read_bytes())
    with Outlet(kafka_secure.secure_url("TLS"), kafka_secure.topic(), ca=authority) as outlet:
        assert outlet.publish(0, 5).status == "configuration"
        authority.write_bytes((kafka_secure.certificates / "ca.crt").read_bytes())
        assert outlet.publish(0, 5).statuses() == ["ok"] * 5


def test_a_refusal_hints_at_an_old_scram(kafka_secure):
    """Debian's librdkafka has the fault. The log names it, because the brokers only report a wrong password."""
    with Outlet(kafka_secure.secure_url("SASL"), "events", **login("SCRAM-SHA-256", password=WRONG)) as outlet:
        is_old = tuple(map(int, confluent_kafka.libversion()[0].split(".")[:3])) < (2, 6, 1)
        assert ("cannot log in by SCRAM to Kafka 4.0" in found(outlet)[0]["connection"][1]) == is_old


def test_a_password_in_clear_text_is_a_warning(kafka_secure):
    with Outlet(kafka_secure.secure_url("SASL"), kafka_secure.topic(), **login()) as outlet:
        lines, status = found(outlet)
        assert status == "ok"
        assert 'NOT ENCRYPTED: the password can be read on the network, as "gangway"' in lines["connection"][1]


def test_a_user_without_the_right_to_write_waits_for_it(kafka_secure):
    """First without the right to write to any topic, which a broker checks before it looks at the topic; then with the
    right to write to another one."""
    topic, another = kafka_secure.topic(), kafka_secure.topic()
    kafka_secure.allow("guest", "Describe", topic=topic)
    with Outlet(kafka_secure.secure_url("SASL"), topic, **login(user="guest")) as outlet:
        published = outlet.publish(0, 20, within=20)
        assert published.status == "configuration" and "Cluster authorization failed" in published.text
        kafka_secure.allow("guest", "Write", topic=another)
        for _ in range(2):
            published = outlet.publish(0, 20, within=20)
            assert (published.status, published.text) == (
                "configuration", f"publishing to {topic}: this user may not use the topic")
            assert published.ms < 5000
        kafka_secure.allow("guest", "Write", topic=topic)
        outlet.deliver(0, 20)


# ---- while it runs --------------------------------------------------------------------------------------------------


def test_a_lost_connection_is_one_line_and_its_return_another(kafka):
    topic = kafka.topic()
    with Outlet(kafka.url, topic) as outlet:
        assert outlet.connection_up() == -1
        outlet.deliver(0, 5)
        assert outlet.connection_up() == 1
        kafka.kill()
        outlet.keep_until(lambda: outlet.connection_up() == 0)
        for _ in range(3):
            assert outlet.publish(5, 5, within=2).status in ("ok", "transient")
        lines = outlet.log()
        assert len(lines) == 1, lines
        [lost] = lines
        assert lost.startswith(CODE.KAFKA_DISCONNECTED) and "Connection refused" in lost
        kafka.start()
        outlet.deliver(5, 5)
        assert outlet.connection_up() == 1
        assert [line.split()[0] for line in outlet.log()] == [CODE.KAFKA_RECONNECTED]


def test_an_idle_publisher_finds_its_broker_again(kafka):
    with Outlet(kafka.url, kafka.topic()) as outlet:
        outlet.deliver(0, 5)
        kafka.kill()
        outlet.keep_until(lambda: outlet.connection_up() == 0)
        kafka.start()
        outlet.keep_until(lambda: outlet.connection_up() == 1)
        assert outlet.publish(5, 5).statuses() == ["ok"] * 5


def test_an_unreachable_broker_is_logged_once_with_its_cause():
    with Outlet("127.0.0.1:9", "events") as outlet:
        for _ in range(3):
            published = outlet.publish(0, 5, within=1.5)
            assert published.status == "transient" and published.ms < 3000
            assert "127.0.0.1:9" in published.text and "Connection refused" in published.text
        assert outlet.connection_up() == 0
        assert len(outlet.log()) == 1
