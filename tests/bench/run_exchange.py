#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""RabbitMQ: amqp_publisher against a bare publisher of the same messages; a whole gateway, from a queue to PostgreSQL to
an exchange, against bare programs that do one part of it each: consume, publish, and write to the database; how long an
order takes; and what a long backlog takes in memory. Broker and database are on the same machine, contestants run in
turn, and medians are compared. README.md says how to read it."""

import argparse
import contextlib
import os
import sys
import tempfile
import time
from pathlib import Path

import rivals
from rabbit_programs import WINDOW, Programs, measuring_node
from rivals import median_of, verdict

import ledger  # beside rivals, in tests/support
import reference
import superstore
from gateway import ROOT
from rabbit_stream import Exchange, channel_of, declare_queue, unique

PATIENCE_S = 600
LOOK_S = 0.005
GOAL, GOAL_P50_MS, GOAL_P99_MS, GOAL_MEMORY = 0.7, 10, 50, 64 * 1024 * 1024
CONFIG = """\
service: bench
repository: {{plugin: postgres_repository, url: {{env: BENCH_DATABASE_URL}}}}
entrypoints:
  commands: {{plugin: amqp_consumer, url: {{env: BENCH_RABBITMQ_URL}}, queues: {{{queue}: auto}}}}
publishers:
  events: {{plugin: amqp_publisher, url: {{env: BENCH_RABBITMQ_URL}}, exchange: {exchange}}}
routes:
  Allocated:   {{publish: [events]}}
  Deallocated: {{publish: [events]}}
  OutOfStock:  {{publish: [events]}}
"""


class Gateway(rivals.RunningGateway):
    """Between a queue and an exchange of its own."""

    def __init__(self, bench, queue, recorder=None):
        name = bench.database()
        self.queue, self.exchange = queue, Exchange(bench.node, kind=bench.kind)
        bench.write_config(bench.url(name, "127.0.0.1", recorder.port) if recorder else bench.url(name), 1, queue,
                           self.exchange.name)
        super().__init__(bench, name, PATIENCE_S)

    def wait_until(self, is_true, seconds=LOOK_S):
        while not is_true():
            self.must_run()
            time.sleep(seconds)  # between two looks

    @contextlib.contextmanager
    def looking(self):
        """A function that reads a queue's state, on one connection."""
        with channel_of(self.bench.node) as channel:
            yield lambda queue: channel.queue_declare(queue, passive=True).method

    def wait_until_begun(self):
        """Until it consumes its queue."""
        with self.looking() as state_of:
            self.wait_until(lambda: state_of(self.queue).consumer_count > 0)
        self.begin()

    def wait_for_events(self, count):
        """(seconds, CPU seconds of the gateway, of the server, of the broker) until the queue of events has so many."""
        with self.looking() as state_of:
            self.wait_until(lambda: state_of(self.exchange.queue).message_count >= count)
            return time.monotonic() - self.begun, *self.cpu_used()

    def wait_until_done(self, count):
        """Until it has taken so many commands and has nothing left to deliver."""
        sql = "SELECT (SELECT count(*) FROM gangway.inbox), (SELECT count(*) FROM gangway.outbox_blocks)"
        self.wait_until(lambda: self.bench.server.psql(sql, database=self.name) == [(count, 0)], seconds=0.1)

    def check_state(self, model, events):
        """The state is the reference model's, and there are so many events."""
        ledger.assert_same_state(ledger.Ledger(self.bench.url(self.name)), model)
        if self.exchange.written() != events:
            self.give_up(f"published {self.exchange.written()} events, not {events}")

    def drop(self):
        super().drop()
        self.bench.programs.delete(self.queue, self.exchange.queue)


class Bench(rivals.Rivals):
    """Rivals, with a broker. Each gateway has a database, a queue of commands and a queue of events of its own."""

    def __init__(self, args, server, node, folder):
        super().__init__(args.build, server, folder)
        self.node, self.kind = node, args.queue_type
        self.programs = Programs(args.build / "tests", node)

    def write_config(self, url, workers=1, queue="none", exchange="none"):
        os.environ |= {"BENCH_DATABASE_URL": url, "BENCH_RABBITMQ_URL": self.node.url}
        self.config.write_text(CONFIG.format(queue=queue, exchange=exchange))

    def cpu_of_broker(self):
        return rivals.cpu_of(self.node.pid)

    def write_commands(self, count):
        path = self.folder / f"commands-{count}.jsonl"
        superstore.write_commands(path, count)
        return path

    # ---- the contestants: (seconds, CPU seconds of its own, of the server, of the broker) ----

    def record(self, commands, model):
        """A run that is not measured, whose applies are noted and whose events are compared with the model's. Returns the
        recording, and what it wrote to the database."""
        recorder = self.recorder()
        gateway = Gateway(self, self.programs.filled_queue(commands, self.kind), recorder)
        gateway.wait_until_begun()
        gateway.wait_until_done(model.outcomes["received"])
        gateway.check_state(model, len(model.events))
        ledger.assert_same_events_by_sku(gateway.exchange.events(), model)
        gateway.stop()
        files = self.write_recordings(recorder, 1)
        written = self.contents(gateway.name)
        gateway.drop()
        return files, written

    def run_gateway(self, commands, model):
        """The peak of its memory comes behind the others."""
        gateway = Gateway(self, self.programs.filled_queue(commands, self.kind))
        gateway.wait_until_begun()
        figures = gateway.wait_for_events(len(model.events))
        gateway.wait_until_done(model.outcomes["received"])
        gateway.check_state(model, len(model.events))
        peak = gateway.stop()
        gateway.drop()
        return *figures, peak

    def with_broker(self, run):
        """The figures of a program that needs no database."""
        before = self.cpu_of_broker()
        seconds, own = run()
        return seconds, own, 0, self.cpu_of_broker() - before

    def run_consumer(self, commands, count):
        queue = self.programs.filled_queue(commands, self.kind)
        figures = self.with_broker(lambda: self.programs.consume(queue, count))
        self.programs.delete(queue)
        return figures

    def run_publisher(self, count):
        exchange = Exchange(self.node, kind=self.kind)
        figures = self.with_broker(lambda: self.programs.publish(exchange.name, count))
        self.programs.delete(exchange.queue)
        return figures

    def run_latency(self, rate, warm_up, seconds):
        """What bench_latency_amqp prints, and the CPU seconds per second of gateway, server and broker."""
        gateway = Gateway(self, declare_queue(self.node, unique("commands"), self.kind))
        gateway.wait_until_begun()
        said = self.run_program("bench_latency_amqp", "127.0.0.1", self.node.port, gateway.queue, gateway.exchange.queue,
                                rate, warm_up, seconds, rivals.PRODUCTS)
        whole = time.monotonic() - gateway.begun
        used = [part / whole for part in gateway.cpu_used()]
        gateway.stop()
        gateway.drop()
        return said, used

    def run_backlog(self, commands, seconds):
        """(the most memory that a gateway held while it read a long backlog, how many commands it took)."""
        gateway = Gateway(self, self.programs.filled_queue(commands, self.kind))
        gateway.wait_until_begun()
        until = time.monotonic() + seconds
        gateway.wait_until(lambda: time.monotonic() > until)
        taken = self.server.psql("SELECT count(*) FROM gangway.inbox", database=gateway.name)[0][0]
        peak = gateway.stop()
        gateway.drop()
        return peak, taken


# ---- the measurements ------------------------------------------------------------------------------------------------


def measure_publisher(bench, args):
    """Everybody publishes to a new exchange with a queue of this kind in each round."""
    contestants = {"bare, window 1000": ("bare", WINDOW)}
    contestants |= {f"amqp_publisher, {skus} SKUs": ("plugin", WINDOW, skus) for skus in args.skus}
    runs = {name: [] for name in contestants}
    for _ in range(args.rounds):
        for name, (kind, *how) in contestants.items():
            exchange = Exchange(bench.node, kind=args.queue_type)
            runs[name].append(bench.programs.run("bench_exchange", kind, exchange.name, args.events, *how))
            bench.programs.delete(exchange.queue)
    medians = {name: median_of(figures) for name, figures in runs.items()}
    bare = medians["bare, window 1000"][0]
    print(f"publishing {args.events} events to a {args.queue_type} queue, {args.rounds} rounds")
    for name, (seconds, cpu) in medians.items():
        print(f"    {name:28} {args.events / seconds:8.0f} events/s  {1e6 * cpu / args.events:5.1f} us of CPU per event"
              f"  {bare / seconds:4.0%} of the bare publisher")
    best = bare / min(seconds for name, (seconds, _) in medians.items() if "publisher" in name)
    print(f"    goal {GOAL:.0%}: {verdict(best >= GOAL)}", flush=True)


def measure_gateway(bench, args):
    """Rounds in which everybody has a turn, and another one is the first."""
    commands, count = bench.write_commands(args.commands), args.commands
    with commands.open("rb") as lines:
        model = reference.Model().feed(lines)
    events = len(model.events)
    files, written = bench.record(commands, model)
    contestants = {
        "gateway, one worker": lambda: bench.run_gateway(commands, model),
        "bare consumer": lambda: bench.run_consumer(commands, count),
        "bare publisher": lambda: bench.run_publisher(events),
        "bare libpq program": lambda: (*bench.measure_bare("settle", files, written), 0),
    }
    names, runs = list(contestants), {name: [] for name in contestants}
    for number in range(args.rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            runs[name].append(contestants[name]())
        print(f"  round {number + 1}: " + ", ".join(f"{name} {count / runs[name][-1][0]:.0f}/s" for name in names), flush=True)
    print(f"queue -> PostgreSQL -> exchange, {count} commands, {events} events, {args.queue_type} queues, {args.rounds} rounds")
    report_gateway(count, {name: median_of(found) for name, found in runs.items()})


def report_gateway(count, medians):
    for name, (seconds, own, server, broker, *_) in medians.items():
        print(f"    {name:20} {count / seconds:8.0f} commands/s; CPU per command {own / count * 1e6:5.1f} us of its own, "
              f"{server / count * 1e6:5.1f} us of the server, {broker / count * 1e6:5.1f} us of the broker")
    gateway, *bare = medians
    slowest = max(bare, key=lambda name: medians[name][0])
    ratio = medians[slowest][0] / medians[gateway][0]
    print(f"    {ratio:.0%} of the slowest of them, the {slowest} (goal {GOAL:.0%}: {verdict(ratio >= GOAL)}); at most "
          f"{medians[gateway][-1] / 2**20:.1f} MiB of memory", flush=True)
    cpu = {name: sum(found[1:4]) / count * 1e6 for name, found in medians.items()}
    print(f"    {cpu[gateway]:.1f} us of CPU per command, the bare programs together {sum(cpu.values()) - cpu[gateway]:.1f} us",
          flush=True)


def measure_latency(bench, args):
    said, cpu = bench.run_latency(args.rate, args.warm_up, args.latency_seconds)
    rivals.tell_latency("1 worker", args.rate, said, cpu, (GOAL_P50_MS, GOAL_P99_MS))


def measure_backlog(bench, args):
    peak, taken = bench.run_backlog(bench.write_commands(args.backlog), args.backlog_seconds)
    print(f"{args.backlog} messages waiting, {taken} taken: at most {peak / 2**20:.1f} MiB of memory "
          f"(goal {GOAL_MEMORY / 2**20:.0f}: {verdict(peak < GOAL_MEMORY)})", flush=True)


MEASUREMENTS = {"publisher": measure_publisher, "gateway": measure_gateway, "latency": measure_latency,
                "backlog": measure_backlog}


def parsed():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=ROOT / os.environ.get("GANGWAY_BUILD_DIR", "build/release"))
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--events", type=int, default=200_000, metavar="N", help="of the publishers alone")
    parser.add_argument("--commands", type=int, default=200_000, metavar="N", help="of the whole gateway")
    parser.add_argument("--skus", type=int, nargs="+", default=[100_000, 1854, 100, 1], metavar="N")
    parser.add_argument("--queue-type", choices=["quorum", "classic"], default="quorum")
    parser.add_argument("--rate", type=int, default=1000, metavar="N", help="commands a second, for the latency")
    parser.add_argument("--warm-up", type=int, default=10, metavar="SECONDS")
    parser.add_argument("--latency-seconds", type=int, default=30, metavar="N")
    parser.add_argument("--backlog", type=int, default=1_000_000, metavar="N", help="messages that wait")
    parser.add_argument("--backlog-seconds", type=int, default=30, metavar="N")
    parser.add_argument("--only", nargs="+", choices=list(MEASUREMENTS), default=list(MEASUREMENTS), metavar="WHAT")
    args = parser.parse_args()
    args.build = args.build.resolve()
    return args


def main():
    args = parsed()
    with tempfile.TemporaryDirectory(prefix="gangway-bench-") as folder, rivals.durable_server() as server, \
            measuring_node() as node:
        bench = Bench(args, server, node, folder)
        for name in args.only:
            MEASUREMENTS[name](bench, args)


if __name__ == "__main__":
    sys.exit(main())
