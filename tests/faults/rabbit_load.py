# SPDX-License-Identifier: Apache-2.0
"""Gateways that read a queue of RabbitMQ, on one PostgreSQL database, under load: a sender with its own log, and at the
end the verdict on what was confirmed, committed and delivered."""

import contextlib
import uuid

import pika
import psycopg2
import superstore
from load import BATCH, MIXED, RECOVERY_SECONDS, TURN, Life, Load
from rabbit_sender import RabbitSender
from repositories import Postgres
from sources import QueueSource

CONFIG = """\
service: faults
{plugins}repository: {repository}
entrypoints:
  orders:
    plugin: amqp_consumer
    url: {url}
    queues: {{{queue}: auto}}
    turn: {turn}
    heartbeat: 2s
    {options}
publishers:
  events: {{plugin: jsonl_writer, path: events.jsonl, batch: {batch}}}
routes:
  Allocated:   {{publish: [events]}}
  Deallocated: {{publish: [events]}}
  OutOfStock:  {{publish: [events]}}
"""
PREFETCH = 2 * TURN


class RabbitLoad(Load):
    """A Load whose commands are in a queue of its own."""

    def __init__(self, folder, database, rng, node):
        super().__init__(folder, database, rng)
        self.node = node
        self.queue = f"commands_{uuid.uuid4().hex[:8]}"
        self.senders = []
        self.plugins = None  # another folder of plugins
        self.given_up = 0  # how many of the first messages an operator has removed from the broker

    def close(self):
        for sender in self.senders:
            sender.stop()
        super().close()

    # ---- the queue ----

    def look(self):
        """Messages that wait in the queue, without those that are delivered and not acknowledged; None: there is no such
        queue, or no broker."""
        with contextlib.suppress(pika.exceptions.AMQPError, OSError):
            connection = pika.BlockingConnection(pika.URLParameters(self.node.url))
            with contextlib.closing(connection):
                return connection.channel().queue_declare(self.queue, passive=True).method.message_count
        return None

    def declare(self, kind="quorum", **arguments):
        connection = pika.BlockingConnection(pika.URLParameters(self.node.url))
        with contextlib.closing(connection):
            connection.channel().queue_declare(self.queue, durable=True, arguments={"x-queue-type": kind, **arguments})

    def delete(self):
        connection = pika.BlockingConnection(pika.URLParameters(self.node.url))
        with contextlib.closing(connection):
            connection.channel().queue_delete(self.queue)

    def send(self, seconds=0, count=3_000):
        """Commands that are sent over so many seconds from now on, or at once."""
        path = self.folder / f"commands-{len(self.senders)}.jsonl"
        superstore.write_commands(path, count, seed=self.rng.randrange(1 << 30), **MIXED)
        self.senders.append(RabbitSender(self.node, self.queue, path.read_bytes().splitlines(), seconds, path.stem))
        return self.senders[-1]

    # ---- lives ----

    def start(self, url=None, broker=None, options="", env=None, **settings):
        """A gateway begins to run. url: of the database; broker: of RabbitMQ."""
        self.prepare()
        gateway = self.gateway((), Postgres(self.database, url), broker=broker, options=options, **settings)
        self.lives.append(Life(gateway, self.folder / f"log-{len(self.lives)}", env))
        return self.lives[-1]

    def gateway(self, _, repository, broker=None, options="", turn=TURN, prefetch=PREFETCH):
        return self.add_gateway(CONFIG.format(
            plugins=f"plugins: {{dir: {self.plugins}}}\n" if self.plugins else "", repository=repository.block, url=broker or self.node.url, queue=self.queue, turn=turn, batch=BATCH,
            options=f"prefetch: {prefetch}\n    {options}"))

    # ---- how far it is ----

    def taken(self):
        return self.database.psql("SELECT count(*) FROM gangway.inbox")[0][0]

    def confirmed(self):
        return sum(sender.confirmed for sender in self.senders)

    def is_drained(self):
        if any(sender.is_alive() for sender in self.senders):
            return False
        with contextlib.suppress(psycopg2.OperationalError):  # the server may be down: the tests cause that
            return self.taken() >= self.confirmed() - self.given_up and self.pending() == 0 and self.look() == 0
        return False

    def wait_until_drained(self, seconds=RECOVERY_SECONDS):
        for sender in self.senders:
            sender.join()
        super().wait_until_drained(seconds)

    # ---- the end ----

    def published(self):
        """What was published, per publisher."""
        return [self.events]

    def judge(self, is_clean=True):
        messages = [message for sender in self.senders for message in sender.messages()]
        messages = [(identity, payload, is_due and number >= self.given_up)
                    for number, (identity, payload, is_due) in enumerate(messages)]
        torn = sum(life.status == -9 for life in self.lives)
        verdict = self.repository.judge([QueueSource("orders", self.queue, messages)], self.published(), torn=torn)
        if is_clean:
            verdict.assert_clean()
            assert self.look() == 0  # nothing is left unacknowledged
        return verdict


@contextlib.contextmanager
def held(load):
    """Somebody else has a table, so that no turn commits."""
    connection = load.database.connect()
    with connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE gangway.products IN ACCESS EXCLUSIVE MODE")
        yield
    connection.close()
