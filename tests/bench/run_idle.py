#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A gateway without work between Kafka and PostgreSQL that has every entrypoint, publisher and notifier: how often its
threads wake up, and how much memory it has. README.md says how to read it."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from admin_client import ask
from gateway import ROOT
from kafka_broker import Cluster
from postgres import Postgres

PATIENCE_S = 60
GOAL_WAKE_UPS, GOAL_MEMORY_MB = 3, 20

CONFIG = """\
service: bench
repository: {{plugin: postgres_repository, url: "{database}"}}
entrypoints:
  commands: {{plugin: kafka_consumer, brokers: [{brokers}], group: idle, start: earliest, topics: {{{source}: auto}}}}
{more_entrypoints}publishers:
  events: {{plugin: kafka_publisher, brokers: [{brokers}], topic: {target}}}
{more_publishers}notifiers:
  console: {{plugin: console_notifier}}
routes:
  Allocated:  {{publish: [events]}}
  OutOfStock: {{publish: [events], notify: [console]}}
admin: {{socket: {socket}}}
"""
FILES = {
    "more_entrypoints": """\
  lines: {plugin: jsonl_reader, path: commands.jsonl, follow: true}
  sheet: {plugin: csv_reader, path: commands.csv, command: CreateBatch, paused: true}
""",
    "more_publishers": "  file: {plugin: jsonl_writer, path: events.jsonl}\n",
}


class Gateway:
    def __init__(self, binary, folder, config):
        self.folder, self.socket = folder, str(folder / "admin.sock")
        (folder / "commands.jsonl").touch()
        (folder / "commands.csv").write_text("ref,sku,qty,eta\n")
        file = folder / "gangway.yaml"
        file.write_text(config.replace("SOCKET", self.socket))
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen([binary, "run", file], stdout=subprocess.DEVNULL, stderr=log)
        end = time.monotonic() + PATIENCE_S
        while not self.is_ready():
            if time.monotonic() > end or self.process.poll() is not None:
                sys.exit((folder / "log").read_text())
            time.sleep(0.05)

    def is_ready(self):
        try:
            return ask(self.socket, "/readyz")[0] == 200
        except OSError:
            return False

    def wake_ups(self):
        """Of each thread so far: how often it gave up its CPU by itself, because it waited."""
        found = {}
        for task in (Path("/proc") / str(self.process.pid) / "task").iterdir():
            fields = dict(line.split(":", 1) for line in (task / "status").read_text().splitlines())
            found[task.name] = (fields["Name"].strip(), int(fields["voluntary_ctxt_switches"]))
        return found

    def memory_mb(self):
        fields = dict(line.split(":", 1) for line in (Path("/proc") / str(self.process.pid) / "status").open())
        return int(fields["VmRSS"].split()[0]) / 1024

    def end(self):
        self.process.terminate()
        return self.process.wait(PATIENCE_S)


def is_foreign(name):
    return name.startswith("rdk:")


def measure(gateway, seconds, settle):
    time.sleep(settle)  # the group's first rebalance, the first reading of figures
    before, begin = gateway.wake_ups(), time.monotonic()
    time.sleep(seconds)
    after, took = gateway.wake_ups(), time.monotonic() - begin
    return {task: (name, (count - before.get(task, (name, 0))[1]) / took) for task, (name, count) in after.items()}


def report(title, gateway, threads):
    main = threads.pop(str(gateway.process.pid))[1]
    ours = sum(rate for name, rate in threads.values() if not is_foreign(name))
    foreign = sum(rate for name, rate in threads.values() if is_foreign(name))
    print(f"{title}: {gateway.memory_mb():.1f} MB (goal {GOAL_MEMORY_MB})")
    for name, rate in sorted(threads.values(), key=lambda item: -item[1]):
        print(f"    {name:16} {rate:6.2f} wake-ups a second")
    print(f"    main thread {main:.2f}, all of ours {main + ours:.2f} (goal {GOAL_WAKE_UPS}), librdkafka's {foreign:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--settle", type=float, default=10)
    parser.add_argument("--build", type=Path, default=ROOT / os.environ.get("GANGWAY_BUILD_DIR", "build/release"))
    args = parser.parse_args()
    binary = args.build.resolve() / "gangway"
    with Postgres() as server, Cluster() as broker:
        for title, files in (("Kafka and PostgreSQL", dict.fromkeys(FILES, "")), ("every plugin", FILES)):
            with tempfile.TemporaryDirectory(prefix="gangway-bench-") as folder:
                config = CONFIG.format(brokers=broker.url, database=server.url(server.database().name),
                                       source=broker.topic(6), target=broker.topic(6), socket="SOCKET", **files)
                gateway = Gateway(binary, Path(folder), config)
                report(title, gateway, measure(gateway, args.seconds, args.settle))
                if gateway.end() != 0:
                    sys.exit((Path(folder) / "log").read_text())


if __name__ == "__main__":
    main()
