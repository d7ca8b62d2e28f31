#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A whole gateway, from a Kafka topic to PostgreSQL to a Kafka topic, with broker and database on the same machine:
against pgbench with a transaction per command, against a bare program that sends the same arrays, and against a bare
consumer; in turn, and the ratios of medians. Then how long an order takes, and what a long backlog takes in memory. With
`--rivals`, against a service written by hand in Go. README.md says how to read it."""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition

import go_rival
import rivals
from rivals import median_of, verdict
import superstore  # beside rivals, in tests/support
from gateway import ROOT
from kafka_broker import Cluster

PARTITIONS = 6
PATIENCE_S = 300
LOOK_S = 0.05  # between two looks at the topic of events; when the last one came, the broker's timestamp says
TURN = 2000  # the default of the core

GOAL_PGBENCH, GOAL_BARE, GOAL_CONSUMER = 3, 0.6, 0.7
GOAL_P50_MS, GOAL_P99_MS, GOAL_MEMORY = 10, 50, 64 * 1024 * 1024

CONFIG = """\
service: bench
repository: {{plugin: postgres_repository, url: {{env: BENCH_DATABASE_URL}}}}
entrypoints:
  commands: {{plugin: kafka_consumer, brokers: [{brokers}], group: {group}, start: earliest, workers: {workers}, topics: {{{source}: auto}}}}
publishers:
  events: {{plugin: kafka_publisher, brokers: [{brokers}], topic: {target}, compression: {compression}}}
routes:
  Allocated:   {{publish: [events]}}
  Deallocated: {{publish: [events]}}
  OutOfStock:  {{publish: [events]}}
"""


class Gateway(rivals.RunningGateway):
    """Between two topics."""

    def __init__(self, bench, source, workers, recorder=None):
        name = bench.database()
        self.workers, self.target = workers, bench.topic("events")
        bench.write_config(bench.url(name, "127.0.0.1", recorder.port) if recorder else bench.url(name),
                           workers, source, self.target)
        super().__init__(bench, name, PATIENCE_S)

    def wait_until_begun(self):
        """Until it has been given its partitions: their beginnings are stored before anything is read."""
        sql = "SELECT count(*) FROM gangway.positions"
        with contextlib.closing(self.bench.server.connect(self.name)) as connection, connection.cursor() as cursor:
            while True:
                cursor.execute(sql)
                if cursor.fetchone()[0] > 0:
                    break
                self.must_run()
                time.sleep(0.002)  # between two looks
        self.begin()

    def wait_for_events(self, count):
        """(seconds, CPU seconds of the gateway, of the server, of the broker) until the topic has so many events."""
        while self.bench.events(self.target) < count:
            self.must_run()
            time.sleep(LOOK_S)
        used = self.cpu_used()
        return (self.bench.last_event_unix(self.target) - self.begun_unix, *used)

    def wait_until_done(self, count):
        """Until it has taken so many commands and has nothing left to deliver."""
        sql = "SELECT (SELECT coalesce(sum(next), 0) FROM gangway.positions), (SELECT count(*) FROM gangway.outbox_blocks)"
        while self.bench.server.psql(sql, database=self.name)[0] != (count, 0):
            self.must_run()
            time.sleep(0.1)  # between two looks


class Bench(rivals.Rivals):
    """Rivals, with a broker. Each gateway has a group, a database and a topic of events of its own."""

    def __init__(self, build, server, cluster, folder):
        super().__init__(build, server, folder)
        self.cluster = cluster
        self.topics = 0
        self.watcher = Consumer({"bootstrap.servers": cluster.url, "group.id": "watcher", "enable.auto.commit": False,
                                 "log_level": 0})

    def write_config(self, url, workers=1, source="none", target="none", group=None, compression="none"):
        os.environ["BENCH_DATABASE_URL"] = url
        self.config.write_text(CONFIG.format(brokers=self.cluster.url, group=group or f"bench-{self.number}",
                                             workers=workers, source=source, target=target,
                                             compression=compression))

    def topic(self, word):
        self.topics += 1
        return self.cluster.create_topic(f"{word}-{self.topics}", PARTITIONS, message_timestamp_type="LogAppendTime")

    def produce(self, topic, count):
        """So many of the superstore's commands, keyed by SKU. Returns the seconds."""
        with subprocess.Popen([self.tests / "bench_kafka", "produce", self.cluster.url, topic], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True, encoding="utf-8") as producer:
            superstore.write(producer.stdin, superstore.template(superstore.fetch()), count)
            producer.stdin.close()
            said = producer.stdout.read()
        if producer.returncode != 0:
            sys.exit("the commands could not be produced")
        return float(said.split()[0])

    def cpu_of_broker(self):
        return sum(rivals.cpu_of(node.process.pid) for node in self.cluster.nodes)

    def ends(self, topic):
        """The offset behind the last record of each partition that the broker has confirmed."""
        return {partition: self.watcher.get_watermark_offsets(TopicPartition(topic, partition))[1]
                for partition in range(PARTITIONS)}

    def events(self, topic):
        """How many the broker has confirmed."""
        return sum(self.ends(topic).values())

    def last_event_unix(self, topic):
        """When the broker took the last one."""
        found = []
        for partition, end in ((partition, end) for partition, end in self.ends(topic).items() if end > 0):
            self.watcher.assign([TopicPartition(topic, partition, end - 1)])
            message = self.watcher.poll(30)
            found.append(message.timestamp()[1] / 1000)
        self.watcher.unassign()
        return max(found)

    # ---- the contestants ----

    def record(self, source, count, workers):
        """A run that is not measured, whose applies are noted. Returns the files, one per worker, what it wrote, and the
        number of events."""
        recorder = self.recorder()
        gateway = Gateway(self, source, workers, recorder)
        gateway.wait_until_done(count)
        gateway.stop()
        files = self.write_recordings(recorder, workers)
        written = self.contents(gateway.name)
        gateway.drop()
        return files, written, self.events(gateway.target)

    def run_gateway(self, source, workers, events):
        """What wait_for_events returns, the seconds until it had its partitions, and its memory."""
        gateway = Gateway(self, source, workers)
        gateway.wait_until_begun()
        figures = gateway.wait_for_events(events)
        peak = gateway.stop()
        gateway.drop()
        return (*figures, gateway.begun - gateway.started, peak)

    def run_bare_consumer(self, topic, how, count):
        """(seconds, CPU seconds)."""
        seconds, user, system = self.run_program("bench_kafka", "consume", self.cluster.url, topic, how, count)
        return seconds, user + system

    def run_consumer(self, topic, count):
        """(seconds, CPU seconds) of the plugin by itself, with decoding."""
        self.topics += 1
        seconds, user, system, _ = self.run_program(
            "bench_entrypoint", "kafka_consumer", count, TURN, f"brokers={self.cluster.url}",
            f"group=alone-{self.topics}", "start=earliest", f"topics.{topic}=auto")
        return seconds, user + system

    def run_latency(self, workers, rate, warm_up, seconds):
        """What bench_latency prints, and the CPU seconds per second of gateway, server and broker."""
        source = self.topic("orders")
        gateway = Gateway(self, source, workers)
        gateway.wait_until_begun()
        said = self.run_program("bench_latency", self.cluster.url, source, gateway.target, rate, warm_up, seconds,
                                rivals.PRODUCTS)
        used = gateway.cpu_used()
        whole = time.monotonic() - gateway.begun
        gateway.stop()
        gateway.drop()
        return said, [part / whole for part in used]

    def run_backlog(self, topic, workers, seconds):
        """(the most memory that a gateway held while it read a long backlog, how many commands it took)."""
        gateway = Gateway(self, topic, workers)
        gateway.wait_until_begun()
        with contextlib.suppress(subprocess.TimeoutExpired):
            gateway.process.wait(seconds)
        gateway.must_run()
        taken = self.server.psql("SELECT sum(next) FROM gangway.positions", database=gateway.name)[0][0]
        peak = gateway.stop()
        gateway.drop()
        return peak, int(taken)


# ---- the measurements ------------------------------------------------------------------------------------------------


def measure_throughput(bench, args):
    """Rounds in which everybody has a turn."""
    source, count = bench.topic("commands"), args.commands
    print(f"{count} commands", flush=True)
    bench.produce(source, count)
    recorded = {workers: bench.record(source, count, workers) for workers in args.workers}
    gateways = {workers: [] for workers in args.workers}
    bare = {workers: [] for workers in args.workers}
    pgbench = {clients: [] for clients in rivals.CLIENTS}
    for number in range(args.rounds):
        for workers, (files, written, events) in recorded.items():
            gateways[workers].append(bench.run_gateway(source, workers, events))
            bare[workers].append(bench.measure_bare("settle", files, written if number == 0 else None))
        for clients, rates in pgbench.items():
            rates.append(bench.run_pgbench(clients, args.pgbench_seconds))
        print(f"  round {number + 1}: " + ", ".join(
            f"{workers} worker(s) {count / gateways[workers][-1][0]:.0f}/s, bare {count / bare[workers][-1][0]:.0f}/s"
            for workers in args.workers), flush=True)
    best = rivals.best_of_pgbench(pgbench)
    for workers in args.workers:
        report_throughput(count, workers, recorded[workers][2], gateways[workers], bare[workers], best)


def report_throughput(count, workers, events, gateways, bare, pgbench):
    seconds, own, server, broker, ready, peak = median_of(gateways)
    bare_seconds, bare_own, bare_server = median_of(bare)
    to_pgbench, to_bare = count / seconds / pgbench, bare_seconds / seconds
    print(f"gateway, {workers} worker(s) {count / seconds:8.0f} commands/s, {events / seconds:.0f} events/s; CPU per command "
          f"{own / count * 1e6:.1f} us of its own, {server / count * 1e6:.1f} us of the server, "
          f"{broker / count * 1e6:.1f} us of the broker")
    print(f"bare, {workers} connection(s) {count / bare_seconds:7.0f} commands/s; CPU per command "
          f"{bare_own / count * 1e6:.1f} us of its own, {bare_server / count * 1e6:.1f} us of the server")
    print(f"  {to_pgbench:.1f} times the best of pgbench (goal {GOAL_PGBENCH}: {verdict(to_pgbench >= GOAL_PGBENCH)}), "
          f"{to_bare:.0%} of the bare program (goal {GOAL_BARE:.0%}: {verdict(to_bare >= GOAL_BARE)}); "
          f"partitions after {ready:.2f} s, at most {peak / 2**20:.1f} MiB of memory", flush=True)


def measure_consumer(bench, args, topic):
    """The bare loop takes messages one by one, as everybody's does; thousands at a time are for comparison."""
    contestants = {
        "bare consumer, one by one": lambda: bench.run_bare_consumer(topic, "polling", args.consumed),
        "bare consumer, in batches": lambda: bench.run_bare_consumer(topic, "batches", args.consumed),
        "kafka_consumer, decoding": lambda: bench.run_consumer(topic, args.consumed),
    }
    runs = {label: [] for label in contestants}
    for _ in range(args.rounds):
        for label, contestant in contestants.items():
            runs[label].append(contestant())
    took = {label: median_of(found) for label, found in runs.items()}
    for label, (seconds, used) in took.items():
        print(f"{label:25} {args.consumed / seconds:8.0f} messages/s, {used / args.consumed * 1e6:.2f} us of CPU each")
    polling, batches, plugin = (seconds for seconds, _ in took.values())
    print(f"  {polling / plugin:.0%} of the bare consumer (goal {GOAL_CONSUMER:.0%}: "
          f"{verdict(polling / plugin >= GOAL_CONSUMER)}), {batches / plugin:.0%} of the one in batches", flush=True)


def measure_latency(bench, args):
    for workers in args.workers:
        said, cpu = bench.run_latency(workers, args.rate, args.warm_up, args.latency_seconds)
        rivals.tell_latency(f"{workers} worker(s)", args.rate, said, cpu, (GOAL_P50_MS, GOAL_P99_MS))


def measure_backlog(bench, args, topic):
    for workers in args.workers:
        peak, taken = bench.run_backlog(topic, workers, args.backlog_seconds)
        print(f"{workers} worker(s), {args.backlog} messages waiting, {taken} taken: at most {peak / 2**20:.1f} MiB of memory "
              f"(goal {GOAL_MEMORY / 2**20:.0f}: {verdict(peak < GOAL_MEMORY)})", flush=True)


def parsed():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commands", type=int, default=200_000, metavar="N", help="of the whole gateway")
    parser.add_argument("--consumed", type=int, default=2_000_000, metavar="N", help="by the consumers alone")
    parser.add_argument("--backlog", type=int, default=5_000_000, metavar="N", help="messages that wait")
    parser.add_argument("--backlog-seconds", type=int, default=30, metavar="N")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], metavar="N")
    parser.add_argument("--pgbench-seconds", type=int, default=3, metavar="N")
    parser.add_argument("--rate", type=int, default=1000, metavar="N", help="commands a second, for the latency")
    parser.add_argument("--warm-up", type=int, default=10, metavar="SECONDS")
    parser.add_argument("--latency-seconds", type=int, default=30, metavar="N")
    parser.add_argument("--rivals", dest="only", action="store_const", const=["rivals"],
                        help="measure the gateway and the Go program, and nothing else")
    parser.add_argument("--rival-commands", type=int, default=100_000, metavar="N", help="of the rivals' throughput")
    parser.add_argument("--rival-rates", type=int, nargs="*", default=[500, 5000], metavar="N",
                        help="commands a second, for the rivals' latency")
    parser.add_argument("--products", type=int, default=1000, metavar="N", help="of the rivals' throughput")
    parser.add_argument("--only", nargs="+", default=["throughput", "consumer", "latency", "backlog"], metavar="WHAT",
                        choices=["throughput", "consumer", "latency", "backlog", "rivals"])
    parser.add_argument("--build", type=Path, default=ROOT / os.environ.get("GANGWAY_BUILD_DIR", "build/release"))
    return parser.parse_args()


def main():
    args = parsed()
    with tempfile.TemporaryDirectory(prefix="gangway-bench-") as folder, rivals.durable_server() as server, \
            Cluster(settings={"group.initial.rebalance.delay.ms": 1000}) as cluster:
        bench = Bench(args.build.resolve(), server, cluster, folder)
        print(f"{PARTITIONS} partitions, {os.cpu_count()} CPUs, fsync and synchronous_commit on", flush=True)
        if "rivals" in args.only:
            go_rival.measure(bench, args)
        if "throughput" in args.only:
            measure_throughput(bench, args)
        if "latency" in args.only:
            measure_latency(bench, args)
        if {"consumer", "backlog"} & set(args.only):
            topic = bench.topic("backlog")
            took = bench.produce(topic, max(args.backlog, args.consumed))
            print(f"{max(args.backlog, args.consumed)} commands produced in {took:.0f} s", flush=True)
        if "consumer" in args.only:
            measure_consumer(bench, args, topic)
        if "backlog" in args.only:
            measure_backlog(bench, args, topic)


if __name__ == "__main__":
    main()
