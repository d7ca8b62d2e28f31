# SPDX-License-Identifier: Apache-2.0
"""Gateways between a queue and an exchange of a RabbitMQ node, on one PostgreSQL database. Each of the two connections
leads through a proxy of its own."""

import contextlib

import pika
from load import BATCH, TURN
from proxy import Proxy
from rabbit_load import PREFETCH, RabbitLoad
from rabbit_stream import Exchange

CONFIG = """\
service: faults
repository: {repository}
entrypoints:
  orders:
    plugin: amqp_consumer
    url: amqp://guest:guest@127.0.0.1:{inlet}
    queues: {{{queue}: auto}}
    turn: {turn}
    prefetch: {prefetch}
    {link}
publishers:
  events:
    plugin: amqp_publisher
    url: amqp://guest:guest@127.0.0.1:{outlet}
    exchange: {exchange}
    batch: {batch}
    backoff: 100ms
    backoff_max: 1s
    {link}
routes:
  Allocated:   {{publish: [events]}}
  Deallocated: {{publish: [events]}}
  OutOfStock:  {{publish: [events]}}
"""


class BridgeLoad(RabbitLoad):
    """A RabbitLoad whose events go to an exchange of its own. inlet, outlet: the proxies of the queue and the exchange."""

    def __init__(self, folder, database, rng, node):
        super().__init__(folder, database, rng, node)
        self.exchange = Exchange(node)
        self.inlet, self.outlet = (Proxy(node.port, is_unread=True) for _ in range(2))
        self.link = "heartbeat: 2s\n    connect_timeout: 1s"  # options of both connections

    @property
    def proxies(self):
        return self.inlet, self.outlet

    def close(self):
        super().close()
        for proxy in self.proxies:
            proxy.close()

    def heal(self):
        for proxy in self.proxies:
            proxy.lead_to(self.node.port)
            proxy.heal()

    def gateway(self, _, repository, **_settings):
        return self.add_gateway(CONFIG.format(
            repository=repository.block, inlet=self.inlet.port, outlet=self.outlet.port, queue=self.queue, turn=TURN,
            prefetch=PREFETCH, exchange=self.exchange.name, batch=BATCH, link=self.link))

    def delivered(self):
        """Events that are in the exchange's queue; 0 also while the node does not answer."""
        with contextlib.suppress(pika.exceptions.AMQPError, OSError):
            return self.exchange.written()
        return 0

    def published(self):
        return [self.exchange.events()]
