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
import tempfile
import time
from pathlib import Path

from rabbit_programs import PREFETCH, TURN, Programs, measuring_node
from gateway import ROOT  # beside it, in tests/support

GOAL = 0.7


def write_commands(path, count):
    with path.open("w") as lines:
        for number in range(count):
            lines.write(json.dumps({"type": "Allocate", "orderid": f"order-{number}", "sku": f"SKU-{number % 1000}",
                                    "qty": 2}) + "\n")


class Bench:
    def __init__(self, programs, commands, count):
        self.programs, self.commands, self.count = programs, commands, count

    def measure(self, run):
        """(messages per second, CPU microseconds per message) of a program on a full queue."""
        queue = self.programs.filled_queue(self.commands)
        clock, cpu = run(queue)
        self.programs.delete(queue)
        return self.count / clock, cpu / self.count * 1e6

    def plugin(self):
        return self.measure(self.run_plugin)

    def run_plugin(self, queue):
        done = subprocess.run([self.programs.tests / "bench_entrypoint", "amqp_consumer", str(self.count), str(TURN),
                               f"url={self.programs.node.url}", f"queues.{queue}=auto", f"prefetch={PREFETCH}"],
                              check=True, capture_output=True, text=True)
        clock, user, system = map(float, done.stdout.split()[:3])
        return clock, user + system

    def bare(self):
        return self.measure(lambda queue: self.programs.consume(queue, self.count))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    options = parser.parse_args()
    with measuring_node() as node, tempfile.TemporaryDirectory() as folder:
        commands = Path(folder) / "commands.jsonl"
        write_commands(commands, options.messages)
        bench = Bench(Programs(options.build.resolve() / "tests", node), commands, options.messages)
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
