# SPDX-License-Identifier: Apache-2.0
"""A RabbitMQ node to measure on, and the bare programs of rabbitmq-c that work with its queues."""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from rabbit_stream import channel_of, declare_queue, unique
from rabbitmq import Rabbit

PREFETCH, TURN = 2000, 1000  # the default of amqp_consumer, and half of it, which a turn takes at most
WINDOW = 1000
PATIENCE_S = 600
# A quorum queue keeps its log in memory up to 512 MB. With the tests' limit the node raises its memory alarm.
SETTINGS = "vm_memory_high_watermark.absolute = 4GB\n"


def measuring_node():
    return Rabbit(settings=SETTINGS)


class Programs:
    """tests: where they are built."""

    def __init__(self, tests, node):
        self.tests, self.node = tests, node

    def run(self, program, verb, *words, lines=None):
        """(seconds, CPU seconds) as the program prints them. lines: a file that it reads."""
        command = [self.tests / program, verb, "127.0.0.1", self.node.port, *words]
        with open(lines or "/dev/null", "rb") as standard_input:
            done = subprocess.run(list(map(str, command)), check=True, stdin=standard_input, stdout=subprocess.PIPE,
                                  text=True, timeout=PATIENCE_S)
        seconds, user, system = map(float, done.stdout.split())
        return seconds, user + system

    def filled_queue(self, lines, kind="quorum"):
        """The name of a new queue with a message for each line of a file."""
        queue = declare_queue(self.node, unique("commands"), kind)
        self.run("bench_rabbit", "produce", queue, lines=lines)
        return queue

    def consume(self, queue, count):
        """Takes the messages with the prefetch of the plugin, and acknowledges as many at once as a turn has."""
        return self.run("bench_rabbit", "consume", queue, PREFETCH, TURN, count)

    def publish(self, exchange, count):
        return self.run("bench_exchange", "bare", exchange, count, WINDOW)

    def delete(self, *queues):
        with channel_of(self.node) as channel:
            for queue in queues:
                channel.queue_delete(queue)
