# SPDX-License-Identifier: Apache-2.0
"""Queues in, a database, an exchange out, on a real RabbitMQ, driven by other people's clients: the gateway ends where the
reference model ends, and what it publishes is whole, in order per product and there once."""

import json
import shutil
import subprocess

import ledger
import pytest
import reference
import repositories
from commands import allocate, batch
from gateway import ROOT, STATUS_CONFIG, STATUS_FAILED, STATUS_OK
from ledger import Ledger
from running import running
from waiting import until

pytest.importorskip("pika", reason="needs the package python3-pika")

import rabbit_stream  # noqa: E402  (after the look whether its module is there)
from rabbit_stream import Exchange, channel_of, declare_queue, unique  # noqa: E402

CONFIG = """\
service: stock
repository: {repository}
entrypoints:
  orders:
    plugin: amqp_consumer
    url: {url}
    queues: {{{queue}: auto}}
publishers:
  events:
    plugin: amqp_publisher
    url: {url}
    exchange: "{exchange}"
    {options}
routes:
  Allocated:   {{publish: [events]}}
  Deallocated: {{publish: [events]}}
  OutOfStock:  {{publish: [events]}}
"""
MIXED = {"changes": 20, "faulty": 5, "repeats": 5}


class Shop:
    """A queue of commands and an exchange of events on a node, and the gateway between them."""

    def __init__(self, node, gateway, repository, options='routing_key: "{type}.{sku}"', exchange=None):
        self.node, self.gateway, self.sent = node, gateway, 0
        self.commands = declare_queue(node, unique("commands"))
        self.exchange = exchange or Exchange(node)
        self.configure(repository, options)

    def configure(self, repository, options):
        self.gateway.write_config(CONFIG.format(repository=repository, url=self.node.url, queue=self.commands,
                                                exchange=self.exchange.name, options=options))

    def send(self, *payloads):
        rabbit_stream.send(self.node, self.commands, [as_bytes(payload) for payload in payloads], self.sent)
        self.sent += len(payloads)


def as_bytes(payload):
    return payload if isinstance(payload, bytes) else json.dumps(payload).encode()


@pytest.fixture
def shop(rabbit, gateway):
    return Shop(rabbit, gateway, "{plugin: sqlite_repository, path: gangway.db}")


# ---- the whole ----


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_the_superstore_ends_as_the_model_says(rabbit, gateway, tmp_path, superstore_commands, request, kind):
    repository = (repositories.Sqlite(tmp_path) if kind == "sqlite"
                  else repositories.Postgres(request.getfixturevalue("database")))
    shop = Shop(rabbit, gateway, repository.block)
    lines = superstore_commands(3000, **MIXED).read_bytes().splitlines()
    lines += [as_bytes(batch("last", "LAST", 1)), as_bytes(allocate("last", "LAST", 1))]
    model = reference.Model().feed(lines)
    shop.send(*lines[:1500])
    with running(gateway) as one:
        shop.send(*lines[1500:])
        events = shop.exchange.await_events(len(model.events), one.text, one.process)
        summary = one.stop().summary()
    ledger.assert_same_events_by_sku(events, model)
    state = repository.state()
    ledger.assert_same_state(state, model)
    ledger.assert_nothing_waits(state)
    assert summary == {word: model.outcomes[word] for word in summary}
    assert rabbit_stream.waiting(rabbit, shop.commands) == 0
    assert_dead_letters(gateway, model, lines)


def assert_dead_letters(gateway, model, lines):
    """Each with its payload, and a reason that fits."""
    rows = gateway.call("dlq", "list", "--config", gateway.config, "--format", "json").table()
    assert [row["entrypoint"] for row in rows] == ["orders"] * len(model.dead_letters)
    for row, letter in zip(rows, model.dead_letters):
        assert ledger.reason_fits(row["reason"], letter.rejection), (row, lines[letter.line - 1])


def test_amqp_tools_send_commands_and_receive_events(shop):
    """librabbitmq's own programs, which set no message_id."""
    publish = shutil.which("amqp-publish")
    if publish is None:
        pytest.skip("needs the package amqp-tools")
    for command in (batch("b1", "LAMP", 5), allocate("o1", "LAMP", 2)):
        subprocess.run([publish, "--url", shop.node.url, "-r", shop.commands, "-p", "-b", json.dumps(command)], check=True)
    with running(shop.gateway) as one:
        until(lambda: shop.exchange.written() == 1, 30, one.text, one.process)
    body = subprocess.run(["amqp-get", "--url", shop.node.url, "-q", shop.exchange.queue], check=True, capture_output=True)
    assert json.loads(body.stdout) == {"orderid": "o1", "sku": "LAMP", "qty": 2, "batchref": "b1"}


# ---- TLS ----


def test_a_publisher_logs_in_with_its_certificate(rabbit, shop):
    """The consumer beside it has no TLS."""
    def configure(authority):
        files = {"ca": authority, "cert": "client.crt", "key": "client.key"}
        shop.configure("{plugin: sqlite_repository, path: gangway.db}",
                       "\n    ".join(f"{option}: {rabbit.folder}/{name}" for option, name in files.items()))
        before, _, behind = shop.gateway.config.read_text().rpartition(rabbit.url)
        shop.gateway.write_config(f"{before}amqps://localhost:{rabbit.tls_port}{behind}")
        return shop.gateway.call("check", shop.gateway.config)

    check = configure("other-ca.crt")
    assert check.status == STATUS_FAILED and "certificate" in check.out + check.err, check
    check = configure("ca.crt")
    assert check.status == STATUS_OK, check
    shop.send(batch("b1", "LAMP", 5), allocate("o1", "LAMP", 2))
    with running(shop.gateway) as one:
        (event,) = shop.exchange.await_events(1, one.text, one.process)
        connections = rabbit.control("list_connections", "ssl", "user", "auth_mechanism", "client_properties").splitlines()
    assert dict(event.members)["orderid"] == "o1"
    (line,) = [line for line in connections if "stock/events#0" in line]
    assert line.split()[:3] == ["true", "guest", "EXTERNAL"]


# ---- the files of config ----


@pytest.fixture
def shipped(rabbit, database, gateway):
    """A function that takes the name of a file in config/, whose gateway runs as the file stands."""
    def use(name):
        gateway.write_config((ROOT / "config" / name).read_bytes())
        with channel_of(rabbit) as channel:
            for queue in ("stock_commands", "stock_events"):
                channel.queue_delete(queue)
        return {"GANGWAY_RABBITMQ": rabbit.url, "GANGWAY_DATABASE_URL": database.url}

    return use


def test_config_rabbitmq_works_as_it_stands(rabbit, database, gateway, shipped):
    env = shipped("rabbitmq.yaml")
    exchange = Exchange(rabbit, "stock_events")
    assert gateway.call("check", gateway.config, env=env).status == STATUS_OK
    with running(gateway, env=env) as one:
        until(lambda: exists(rabbit, "stock_commands"), 30, one.text, one.process)
        rabbit_stream.send(rabbit, "stock_commands",
                           [as_bytes(command) for command in (batch("b1", "LAMP", 5), allocate("o1", "LAMP", 2))])
        (event,) = exchange.await_events(1, one.text, one.process)
    assert dict(event.members)["orderid"] == "o1"
    assert [method.routing_key for method, _, _ in exchange.messages] == ["Allocated.LAMP"]


def exists(node, queue):
    import pika

    try:
        rabbit_stream.waiting(node, queue)
        return True
    except pika.exceptions.ChannelClosedByBroker:
        return False


# ---- routing ----


def test_an_event_that_no_queue_takes_is_a_dead_letter_and_is_replayed(shop):
    with channel_of(shop.node) as channel:
        channel.queue_unbind(shop.exchange.queue, shop.exchange.name, "#")
        channel.queue_bind(shop.exchange.queue, shop.exchange.name, "Allocated.*")
    shop.send(batch("b1", "LAMP", 1), allocate("o1", "LAMP", 1), allocate("o2", "LAMP", 1))
    gateway = shop.gateway
    with running(gateway) as one:
        until(lambda: Ledger(gateway.database).rows["dead"], 30, one.text, one.process)
        (row,) = gateway.call("dlq", "list", "--config", gateway.config, "--format", "json").table()
        assert row["kind"] == "delivery" and "312 NO_ROUTE" in row["reason"] and shop.exchange.name in row["reason"]
        with channel_of(shop.node) as channel:
            channel.queue_bind(shop.exchange.queue, shop.exchange.name, "#")
        replay = gateway.call("dlq", "replay", row["id"], "--config", gateway.config)
        assert replay.status == STATUS_OK, replay
        allocated, out_of_stock = shop.exchange.await_events(2, one.text, one.process)
    assert dict(allocated.members)["orderid"] == "o1" and dict(out_of_stock.members)["orderid"] == "o2"


def test_an_event_with_a_key_that_the_file_does_not_allow_is_a_dead_letter(shop):
    shop.configure("{plugin: sqlite_repository, path: gangway.db}", "keys: [LAMP]")
    shop.send(batch("b1", "LAMP", 1), batch("b2", "SOFA", 1), allocate("o1", "SOFA", 1), allocate("o2", "LAMP", 1))
    with running(shop.gateway) as one:
        (event,) = shop.exchange.await_events(1, one.text, one.process)
    assert dict(event.members)["orderid"] == "o2"
    (row,) = shop.gateway.call("dlq", "list", "--config", shop.gateway.config, "--format", "json").table()
    assert "SOFA" in row["reason"] and row["kind"] == "delivery"


def test_the_default_exchange_publishes_to_the_queue_that_the_routing_key_names(rabbit, gateway):
    outlet = Exchange(rabbit)
    shop = Shop(rabbit, gateway, "{plugin: sqlite_repository, path: gangway.db}", f"routing_key: {outlet.queue}")
    text = gateway.config.read_text().replace(f'exchange: "{shop.exchange.name}"', 'exchange: ""')
    gateway.write_config(text)
    check = gateway.call("check", gateway.config)
    assert check.status == STATUS_OK and outlet.queue in check.out, check
    shop.send(batch("b1", "LAMP", 1), allocate("o1", "LAMP", 1))
    with running(gateway) as one:
        until(lambda: rabbit_stream.waiting(rabbit, outlet.queue) == 1, 30, one.text, one.process)
    gateway.write_config(text.replace(f"routing_key: {outlet.queue}", "routing_key: nowhere"))
    check = gateway.call("check", gateway.config)
    assert check.status == STATUS_FAILED and "nowhere" in check.out + check.err, check


def test_a_missing_exchange_is_found_by_check_and_waited_for(rabbit, shop):
    with channel_of(rabbit) as channel:
        channel.exchange_delete(shop.exchange.name)
    check = shop.gateway.call("check", shop.gateway.config)
    assert check.status == STATUS_FAILED and shop.exchange.name in check.out + check.err, check
    shop.send(batch("b1", "LAMP", 1), allocate("o1", "LAMP", 1))
    with running(shop.gateway) as one:
        one.await_code("GW-E201", shop.exchange.name)
        Exchange(rabbit, shop.exchange.name)
        shop.exchange.await_events(1, one.text, one.process)
        one.await_code("GW-I202")
    assert Ledger(shop.gateway.database).rows["dead"] == []


def test_lint_tries_the_routing_key_with_every_event_of_its_routes(shop):
    def findings(options):
        shop.configure("{plugin: sqlite_repository, path: gangway.db}", options)
        result = shop.gateway.lint()
        return result.status, result.out + result.err

    status, text = findings("routing_key: '{batchref}'")
    assert status == STATUS_CONFIG and "OutOfStock" in text and "batchref" in text
    assert findings("routing_key: '{count}'")[0] == STATUS_CONFIG
    status, text = findings("mandatory: false")
    assert status == STATUS_OK and "mandatory" in text
    assert findings("routing_key: a\n    keys: [b]")[0] == STATUS_CONFIG
