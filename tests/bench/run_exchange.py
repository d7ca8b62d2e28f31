#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""RabbitMQ: amqp_publisher against a bare rabbitmq-c publisher of the same messages, in turn; and a whole gateway, from a
queue to PostgreSQL to an exchange, with broker and database on the same machine. README.md says how to read it."""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import rabbit_stream  # noqa: E402  (found on the path that the line above adds)
import reference  # noqa: E402
import superstore  # noqa: E402
from gateway import ROOT  # noqa: E402
from postgres import Postgres  # noqa: E402
from rabbit_stream import Exchange, declare_queue, unique  # noqa: E402
from rabbitmq import Rabbit  # noqa: E402

GOAL = 0.7
PATIENCE_S = 300
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


def run_program(build, node, *arguments):
    words = [str(build / "tests" / "bench_exchange"), arguments[0], "127.0.0.1", str(node.port), *map(str, arguments[1:])]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, timeout=PATIENCE_S)
    seconds, user, system = map(float, done.stdout.split())
    return seconds, user + system


def measure_publisher(node, args):
    """Everybody publishes to a new exchange with a queue of this kind in each round."""
    contestants = {"bare, window 1000": ("bare", 1000)}
    contestants |= {f"amqp_publisher, {skus} SKUs": ("plugin", 1000, skus) for skus in args.skus}
    runs = {name: [] for name in contestants}
    for _ in range(args.rounds):
        for name, (kind, *how) in contestants.items():
            exchange = Exchange(node, kind=args.queue_type)
            runs[name].append(run_program(args.build, node, kind, exchange.name, args.events, *how))
            with rabbit_stream.channel_of(node) as channel:
                channel.queue_delete(exchange.queue)
    medians = {name: [statistics.median(column) for column in zip(*figures)] for name, figures in runs.items()}
    bare = medians["bare, window 1000"][0]
    print(f"publishing {args.events} events to a {args.queue_type} queue, {args.rounds} rounds")
    for name, (seconds, cpu) in medians.items():
        print(f"    {name:28} {args.events / seconds:8.0f} events/s  {1e6 * cpu / args.events:5.1f} us of CPU per event"
              f"  {bare / seconds:4.0%} of the bare publisher")
    best = bare / min(seconds for name, (seconds, _) in medians.items() if "publisher" in name)
    print(f"    goal {GOAL:.0%}: {'reached' if best >= GOAL else 'MISSED'}", flush=True)


def measure_gateway(node, server, args):
    """From a queue that is full to an exchange: commands per second until the last event is in its queue."""
    lines = [line.encode() for line in commands(args.commands)]
    events = len(reference.Model().feed(lines).events)
    rates = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(args.rounds):
            queue, exchange = declare_queue(node, unique("commands"), args.queue_type), Exchange(node, kind=args.queue_type)
            rabbit_stream.send(node, queue, lines)
            rates.append(len(lines) / run_gateway(node, server, args, Path(folder), queue, exchange, events))
            with rabbit_stream.channel_of(node) as channel:
                channel.queue_delete(exchange.queue)
    print(f"queue -> PostgreSQL -> exchange, {args.commands} commands, {events} events, {args.rounds} rounds")
    print(f"    gateway, one worker          {statistics.median(rates):8.0f} commands/s")


def commands(count):
    path = Path(tempfile.mkstemp()[1])
    superstore.write_commands(path, count)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.unlink()
    return lines


def run_gateway(node, server, args, folder, queue, exchange, events):
    database = server.database()
    config = folder / "gangway.yaml"
    config.write_text(CONFIG.format(queue=queue, exchange=exchange.name))
    environment = os.environ | {"BENCH_DATABASE_URL": database.url, "BENCH_RABBITMQ_URL": node.url}
    subprocess.run([args.build / "gangway", "migrate", config], check=True, env=environment, stderr=subprocess.DEVNULL)
    begun = time.monotonic()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([args.build / "gangway", "run", config], env=environment, stdout=log, stderr=log)
    while exchange.written() < events:
        if process.poll() is not None or time.monotonic() > begun + PATIENCE_S:
            process.kill()
            sys.exit((folder / "log").read_text(errors="replace")[-4000:])
        time.sleep(0.02)  # between two looks
    seconds = time.monotonic() - begun
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    database.drop()
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--commands", type=int, default=100_000)
    parser.add_argument("--skus", type=int, nargs="+", default=[100_000, 1854, 100, 1])
    parser.add_argument("--queue-type", choices=["quorum", "classic"], default="quorum")
    parser.add_argument("--only", nargs="+", choices=["publisher", "gateway"], default=["publisher", "gateway"])
    args = parser.parse_args()
    with Rabbit() as node:
        if "publisher" in args.only:
            measure_publisher(node, args)
        if "gateway" in args.only:
            with Postgres() as server:
                measure_gateway(node, server, args)


if __name__ == "__main__":
    main()
