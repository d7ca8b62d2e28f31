#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""amqp_consumer alone, as a worker runs it and without a database, against a bare consumer of rabbitmq-c with the same
prefetch and as many messages per basic.ack; alternating, on a quorum queue of the same contents, and the ratios of
medians. README.md says how to read it."""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import pika
from gateway import ROOT
from rabbitmq import Rabbit

GOAL = 0.7
PREFETCH, TURN = 2000, 1000  # the defaults of plugin and core


def command(number):
    return json.dumps({"type": "Allocate", "orderid": f"order-{number}", "sku": f"SKU-{number % 1000}", "qty": 2}).encode()


class Filler:
    """Publishes commands on an asynchronous connection and waits for the confirms, which comes in order or `multiple`."""

    def __init__(self, url, queue, count):
        self.queue, self.count, self.confirmed = queue, count, 0
        self.connection = pika.SelectConnection(pika.URLParameters(url), on_open_callback=lambda connection:
                                                connection.channel(on_open_callback=self.opened),
                                                on_close_callback=lambda connection, _: connection.ioloop.stop())
        self.connection.ioloop.start()
        assert self.confirmed == count

    def opened(self, channel):
        channel.queue_declare(self.queue, durable=True, arguments={"x-queue-type": "quorum"})
        channel.confirm_delivery(self.on_confirm, lambda _: self.publish(channel))

    def publish(self, channel):
        for number in range(self.count):
            channel.basic_publish("", self.queue, command(number),
                                  pika.BasicProperties(delivery_mode=2, message_id=f"id-{number}"))

    def on_confirm(self, frame):
        self.confirmed = max(self.confirmed, frame.method.delivery_tag)
        if self.confirmed == self.count:
            self.connection.close()


class Bench:
    def __init__(self, node, build, count):
        self.node, self.tests, self.count = node, build / "tests", count
        self.number = 0

    def fill(self):
        self.number += 1
        Filler(self.node.url, f"bench_{self.number}", self.count)
        return f"bench_{self.number}"

    def measure(self, words):
        """(messages per second, CPU microseconds per message) of a program on a full queue."""
        clock, user, system = map(float, subprocess.run(words(self.fill()), check=True, capture_output=True,
                                                        text=True).stdout.split()[:3])
        return self.count / clock, (user + system) / self.count * 1e6

    def plugin(self):
        return self.measure(lambda queue: [
            self.tests / "bench_entrypoint", "amqp_consumer", str(self.count), str(TURN), f"url={self.node.url}",
            f"queues.{queue}=auto", f"prefetch={PREFETCH}"])

    def bare(self):
        return self.measure(lambda queue: [self.tests / "bench_rabbit", "consume", "127.0.0.1", str(self.node.port), queue,
                                           str(PREFETCH), str(TURN), str(self.count)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    options = parser.parse_args()
    with Rabbit() as node:
        bench = Bench(node, options.build.resolve(), options.messages)
        plugin, bare = [], []
        for _ in range(options.rounds):
            plugin.append(bench.plugin())
            bare.append(bench.bare())
            print("plugin {:.0f}/s {:.2f} us of CPU, bare {:.0f}/s {:.2f} us of CPU".format(*plugin[-1], *bare[-1]),
                  flush=True)
        ratio = statistics.median(one for one, _ in plugin) / statistics.median(one for one, _ in bare)
        cpu = statistics.median(one for _, one in plugin) / statistics.median(one for _, one in bare)
    print(f"{time.strftime('%F')}: messages per second {ratio:.2f} of the bare consumer (goal {GOAL}), CPU {cpu:.2f} times")
    return 0 if ratio >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
