# SPDX-License-Identifier: Apache-2.0
"""Gateways that publish to a RabbitMQ exchange, on one PostgreSQL database, fed by files: at the end the verdict on what
was committed and what is in the exchange's queue."""

import contextlib
import json
import signal

import pika
from ledger import Event
from load import BATCH, Load
from rabbit_stream import Exchange

CONFIG = """\
service: faults
repository: {repository}
entrypoints:
{entrypoints}
publishers:
  events:
    plugin: amqp_publisher
    url: {url}
    exchange: {exchange}
    batch: {batch}
    heartbeat: 2s
    backoff: 100ms
    backoff_max: 1s
    {options}
routes:
  Allocated:   {{publish: [events]}}
  Deallocated: {{publish: [events]}}
  OutOfStock:  {{publish: [events]}}
"""


class ExchangeLoad(Load):
    """A Load whose events go to an exchange of its own."""

    def __init__(self, folder, database, rng, node):
        super().__init__(folder, database, rng)
        self.node, self.exchange = node, Exchange(node)
        self.publisher = ""  # options of it
        self.plugins = None  # a folder of them, instead of the built ones

    def gateway(self, names, repository, follow=False, turn=100):
        entrypoints = "\n".join(
            f"  {name.split('.')[0]}: {{plugin: jsonl_reader, path: {name}, follow: {str(follow).lower()}, turn: {turn}}}"
            for name in names)
        config = CONFIG.format(repository=repository.block, entrypoints=entrypoints, batch=BATCH, url=self.node.url,
                               exchange=self.exchange.name, options=self.publisher)
        return self.add_gateway(config + (f"plugins: {{dir: {self.plugins}}}\n" if self.plugins else ""))

    def delivered(self):
        """Events that are in the queue; 0 also while the node does not answer."""
        with contextlib.suppress(pika.exceptions.AMQPError, OSError):
            return self.exchange.written()
        return 0

    def refused(self):
        """The events that are dead letters, in order."""
        rows = self.database.psql("SELECT identity, type, convert_from(payload, 'UTF8') FROM gangway.dead_letters "
                                  "WHERE kind = 2 ORDER BY id")
        return [Event(identity, [("type", kind), *json.loads(payload, object_pairs_hook=list)])
                for identity, kind, payload in rows]

    def judge(self, is_clean=True):
        """Each event is in the queue, or a dead letter."""
        verdict = self.repository.judge(self.commands, [self.exchange.events() + self.refused()])
        if is_clean:
            verdict.assert_clean()
        return verdict

    def violations(self, *lives):
        for life in lives:
            life.end(signal.SIGKILL)
        return self.judge(is_clean=False).violations
