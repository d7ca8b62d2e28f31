# SPDX-License-Identifier: Apache-2.0
"""Commands from the queues of a real RabbitMQ: declared or found, over one of several hosts, with a certificate as the
login, and what becomes of messages that are no commands."""

import contextlib
import json
import uuid
from urllib.parse import quote

import pytest
from gateway import STATUS_CONFIG, STATUS_FAILED, STATUS_OK
from running import running
from waiting import until

pika = pytest.importorskip("pika", reason="needs the package python3-pika")

CONFIG = """\
service: shop
repository: {{plugin: sqlite_repository, path: gangway.db}}
entrypoints:
  orders:
    plugin: amqp_consumer
    url: {url}
    queues: {{{queue}: auto}}
    {options}
publishers:
  events: {{plugin: jsonl_writer, path: events.jsonl}}
routes:
  Allocated: {{publish: [events]}}
"""
ALLOCATE = {"type": "Allocate", "orderid": "o1", "sku": "LAMP", "qty": 2}
BATCH = {"type": "CreateBatch", "ref": "b1", "sku": "LAMP", "qty": 100}


@pytest.fixture
def queue():
    """A name that no other test uses."""
    return f"orders_{uuid.uuid4().hex[:8]}"


@pytest.fixture
def channel(rabbit):
    connection = pika.BlockingConnection(pika.URLParameters(rabbit.url))
    channel = connection.channel()
    channel.confirm_delivery()
    yield channel
    with contextlib.suppress(pika.exceptions.AMQPError):
        connection.close()


def configure(gateway, url, queue, options=""):
    gateway.write_config(CONFIG.format(url=url, queue=queue, options=options))


def publish(channel, queue, *messages, exchange="", **properties):
    for number, message in enumerate(messages):
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        given = {"delivery_mode": 2, "message_id": f"{queue}-{number}"} | properties
        channel.basic_publish(exchange, queue, body, pika.BasicProperties(**given))


def waiting(channel, queue):
    return channel.queue_declare(queue, passive=True).method.message_count


def test_a_declared_queue_is_a_durable_quorum_queue_that_is_used_again(gateway, rabbit, channel, queue):
    configure(gateway, rabbit.url, queue, "declare: true\n    single_active: true\n    dead_letter_exchange: dead")
    check = gateway.call("check", gateway.config)
    assert check.status == STATUS_OK and "does not exist" in check.out, check
    with running(gateway) as one:
        until(lambda: exists(rabbit, queue), 30, one.text, one.process)
        publish(channel, queue, BATCH, ALLOCATE)
        until(lambda: gateway.event_count() == 1, 30, one.text, one.process)
    assert gateway.call("check", gateway.config).status == STATUS_OK
    arguments = {"x-queue-type": "quorum", "x-single-active-consumer": True, "x-dead-letter-exchange": "dead"}
    channel.queue_declare(queue, durable=True, arguments=arguments)  # the broker compares them
    assert waiting(channel, queue) == 0


def exists(rabbit, queue):
    connection = pika.BlockingConnection(pika.URLParameters(rabbit.url))
    try:
        connection.channel().queue_declare(queue, passive=True)
        return True
    except pika.exceptions.ChannelClosedByBroker:
        return False
    finally:
        connection.close()


def test_a_queue_with_other_properties_is_one_clear_line_and_is_not_changed(gateway, rabbit, channel, queue):
    channel.queue_declare(queue, durable=True)
    configure(gateway, rabbit.url, queue, "declare: true\n    dead_letter_exchange: dead")
    check = gateway.call("check", gateway.config)
    assert check.status == STATUS_FAILED, check
    (line,) = [line for line in (check.out + check.err).splitlines() if "inequivalent" in line]
    assert queue in line and "x-" in line
    with running(gateway) as one:
        one.await_code("GW-W611", queue)
    assert len(one.logged("GW-W611")) == 1
    channel.queue_declare(queue, durable=True)


def test_a_certificate_is_the_login(gateway, rabbit, channel, queue):
    channel.queue_declare(queue, durable=True)
    files = "\n    ".join(f"{option}: {rabbit.folder}/{name}"
                          for option, name in (("ca", "ca.crt"), ("cert", "client.crt"), ("key", "client.key")))
    configure(gateway, f"amqps://localhost:{rabbit.tls_port}", queue, files)
    check = gateway.call("check", gateway.config)
    assert check.status == STATUS_OK, check
    publish(channel, queue, BATCH, ALLOCATE)
    with running(gateway) as one:
        until(lambda: gateway.event_count() == 1, 30, one.text, one.process)
        assert "shop/orders#0" in rabbit.control("list_connections", "user", "client_properties")


def test_a_virtual_host_and_a_login_from_a_file(gateway, rabbit, queue):
    """Names and passwords have what a URL escapes."""
    vhost, user, password = f"{queue}/eu", f"{queue}@shop", "p/@:%#?"
    rabbit.control("add_vhost", vhost)
    rabbit.control("add_user", user, password)
    rabbit.control("set_permissions", "-p", vhost, user, ".*", ".*", ".*")
    secret = gateway.folder / "rabbit"

    def use(password):
        login = ":".join(quote(part, safe="") for part in (user, password))
        secret.write_text(f"amqp://{login}@127.0.0.1:{rabbit.port}/{quote(vhost, safe='')}\n")
        return gateway.call("check", gateway.config)

    configure(gateway, f"{{file: {secret}}}", queue)
    check = use("wrong-one")
    assert check.status == STATUS_FAILED and "wrong-one" not in check.out + check.err, check
    with running(gateway) as one:
        assert "wrong-one" not in str(one.await_code("GW-E101"))
    check = use(password)
    assert check.status == STATUS_FAILED and "NOT_FOUND" in check.out, check  # logged in, and there is no queue
    with contextlib.closing(pika.BlockingConnection(pika.URLParameters(secret.read_text().strip()))) as connection:
        channel = connection.channel()
        channel.queue_declare(queue, durable=True)
        publish(channel, queue, BATCH, ALLOCATE)
    assert use(password).status == STATUS_OK
    with running(gateway) as one:
        until(lambda: gateway.event_count() == 1, 30, one.text, one.process)


def test_one_of_several_hosts_is_enough(gateway, rabbit, channel, queue):
    """The other one refuses connections."""
    channel.queue_declare(queue, durable=True)
    options = f"hosts: [127.0.0.1:1, 127.0.0.1:{rabbit.port}]"
    configure(gateway, "amqp://guest:guest@nowhere.invalid", queue, options)
    for _ in range(2):  # they begin with either
        assert gateway.call("check", gateway.config).status == STATUS_OK
    publish(channel, queue, BATCH, ALLOCATE)
    with running(gateway) as one:
        until(lambda: gateway.event_count() == 1, 30, one.text, one.process)
    configure(gateway, "amqp://guest:guest@nowhere.invalid", queue, "hosts: [127.0.0.1:1]")
    assert gateway.call("check", gateway.config).status == STATUS_FAILED


def test_a_dead_letter_has_queue_exchange_key_headers_and_deliveries(gateway, rabbit, channel, queue):
    """A message that was given back once, of a quorum queue, which counts that."""
    channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum"})
    channel.exchange_declare(f"{queue}-x", "fanout")
    channel.queue_bind(queue, f"{queue}-x")
    publish(channel, "the key", b"no JSON", exchange=f"{queue}-x", headers={"shop": "berlin", "n": 7})
    method, _, _ = channel.basic_get(queue)
    channel.basic_nack(method.delivery_tag, requeue=True)
    configure(gateway, rabbit.url, queue)
    with running(gateway) as one:
        one.await_code("GW-W111")
    letter = gateway.dead_letter(1)
    text = json.dumps(letter)
    assert letter["key"] == "the key" and letter["source"] == queue and f"{queue}-x" in text and "berlin" in text
    assert letter["deliveries"] == 2
    assert waiting(channel, queue) == 0


def test_a_message_without_an_id_is_a_repeat_only_where_the_operator_says_so(gateway, rabbit, channel, queue):
    """Three equal messages, and one with the same body that was sent through another exchange."""
    channel.queue_declare(queue, durable=True)
    channel.exchange_declare(f"{queue}-x", "fanout")
    channel.queue_bind(queue, f"{queue}-x")
    configure(gateway, rabbit.url, queue, "dedupe: content")
    publish(channel, queue, BATCH, BATCH, BATCH, message_id=None)
    publish(channel, queue, BATCH, exchange=f"{queue}-x", message_id=None)
    publish(channel, queue, ALLOCATE)
    with running(gateway) as one:
        until(lambda: gateway.event_count() == 1, 30, one.text, one.process)
        one.stop()
    summary = one.result.summary()
    assert (summary["applied"], summary["skipped"], summary["duplicate"]) == (2, 1, 2), one.result
    assert "3 are kept" in gateway.call("check", gateway.config).out


def test_lint_says_what_gives_the_order_or_messages_up(gateway):
    def findings(options):
        configure(gateway, "{env: RABBIT}", "orders", options)
        result = gateway.lint()
        return result.status, result.out + result.err

    assert "workers" not in findings("prefetch: 10")[1]
    assert "order" in findings("workers: 2")[1]
    quiet = "declare: true\n    single_active: true\n    dead_letter_exchange: x\n    workers: 2"
    assert findings(quiet)[1].count("warning") == 1  # of RABBIT, which is not set
    assert findings("declare: true")[1].count("warning") == 2
    assert findings("single_active: true")[0] == STATUS_CONFIG
    assert findings("dead_letter_exchange: x")[0] == STATUS_CONFIG
    assert findings("hosts: [a/b]")[0] == STATUS_CONFIG
