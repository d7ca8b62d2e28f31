# SPDX-License-Identifier: Apache-2.0
"""The tests' Kafka admits only clients with the right certificate or password, and enforces their rights."""

import kafka_listeners
import pytest
from confluent_kafka import KafkaError, Producer
from confluent_kafka.admin import AdminClient

REFUSED = (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._SSL, KafkaError._AUTHENTICATION)


def reach(cluster, listener, **settings):
    """None when the cluster answers a client with these settings; else the errors that the client reported."""
    errors = []
    url = settings.pop("url", None) or cluster.secure_url(listener)
    admin = AdminClient({"bootstrap.servers": url, "log_level": 0, "error_cb": errors.append} |
                        {"security.protocol": kafka_listeners.SECURE[listener]} |
                        {key.replace("_", "."): str(value) for key, value in settings.items()})
    for _ in range(100):
        try:
            admin.list_topics(timeout=0.2)
            return None
        except Exception:  # a timeout; what the client says of it comes to error_cb
            admin.poll(0)
        if errors:
            break
    assert errors and all(error.code() in REFUSED for error in errors)
    return " ".join(error.str() for error in errors)


def login(mechanism, user="gangway", password=kafka_listeners.PASSWORD):
    return {"sasl_mechanisms": mechanism, "sasl_username": user, "sasl_password": password}


def test_tls_is_for_those_who_know_the_authority_and_the_name(kafka_secure):
    known = {"ssl_ca_location": kafka_secure.certificates / "ca.crt"}
    assert reach(kafka_secure, "TLS", **known) is None
    other = reach(kafka_secure, "TLS", ssl_ca_location=kafka_secure.certificates / "other-ca.crt")
    assert "certificate verify failed" in other
    by_number = kafka_secure.secure_url("TLS").replace("localhost", "127.0.0.1")
    wrong_name = reach(kafka_secure, "TLS", url=by_number, ssl_endpoint_identification_algorithm="https", **known)
    assert "certificate verify failed" in wrong_name


def test_a_clients_certificate_is_required_and_verified(kafka_secure):
    folder = kafka_secure.certificates
    known = {"ssl_ca_location": folder / "ca.crt"}

    def certificate(name):
        return known | {"ssl_certificate_location": folder / f"{name}.crt", "ssl_key_location": folder / f"{name}.key"}

    assert reach(kafka_secure, "MUTUAL_TLS", **certificate("client")) is None
    locked = certificate("locked") | {"ssl_key_password": kafka_listeners.KEY_PASSWORD}
    assert reach(kafka_secure, "MUTUAL_TLS", **locked) is None
    assert reach(kafka_secure, "MUTUAL_TLS", **known)
    assert reach(kafka_secure, "MUTUAL_TLS", **certificate("other"))


@pytest.mark.parametrize("mechanism", kafka_listeners.MECHANISMS)
def test_a_login_needs_the_right_password(kafka_secure, mechanism):
    known = {"ssl_ca_location": kafka_secure.certificates / "ca.crt"}
    assert reach(kafka_secure, "SASL", **login(mechanism)) is None
    assert reach(kafka_secure, "SASL_TLS", **login(mechanism), **known) is None
    assert "uthentication failed" in reach(kafka_secure, "SASL", **login(mechanism, password="wrong"))
    assert "uthentication failed" in reach(kafka_secure, "SASL", **login(mechanism, user="nobody"))


def produce(cluster, topic, user):
    """The error of a message that this user sends; None when it is there."""
    errors = []
    known = {key.replace("_", "."): value for key, value in login("PLAIN", user).items()}
    producer = Producer(known | {"bootstrap.servers": cluster.secure_url("SASL"), "log_level": 0,
                                 "security.protocol": "SASL_PLAINTEXT"})
    producer.produce(topic, b"x", on_delivery=lambda error, _: errors.append(error))
    producer.flush(30)
    return errors[0] and errors[0].code()


def test_a_guest_has_only_the_granted_rights(kafka_secure):
    open_to_guests, closed = kafka_secure.topic(), kafka_secure.topic()
    kafka_secure.allow("guest", "Write", topic=open_to_guests)
    assert produce(kafka_secure, open_to_guests, "guest") is None
    assert produce(kafka_secure, closed, "guest") == KafkaError.TOPIC_AUTHORIZATION_FAILED
    assert produce(kafka_secure, closed, "gangway") is None
