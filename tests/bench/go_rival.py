# SPDX-License-Identifier: Apache-2.0
"""The gateway and a service written by hand in Go, on the same work in the same rounds.

Each contestant gets a database and topics of its own on the same server and broker. It has handled the stock and is idle
when the orders become readable, all at one moment: they are produced in one Kafka transaction, and the time runs from
the commit to the broker's timestamp of the last event. The events, in the order of each product, and the batches are
then compared with the reference model.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import time
from collections import defaultdict
from pathlib import Path

import psycopg2
from confluent_kafka import Producer, TopicPartition

import rivals
import reference  # beside rivals, in tests/support
from local_server import die_with_parent

SOURCES = Path(__file__).with_name("rivals")
PATIENCE_S = 300
SETTLE_S = 1.0  # of the services, before the orders are released
LOOK_S = 0.03  # between two looks at the topic of events
STOP_S = 30
WARM_UP_ORDERS = 2000  # before the clock runs, so that no table is empty when it is analyzed
FIGURES = ("seconds", "own", "server", "broker", "peak")
BATCHES = "SELECT p.sku, b.ref, b.purchased, b.allocated FROM {0}batches b JOIN {0}products p ON p.id = b.product"
LINES = "SELECT b.ref, sum(a.qty) FROM {0}allocations a JOIN {0}batches b ON b.id = a.batch GROUP BY 1"


def build(folder):
    """(The program, None), or (None, why there is none)."""
    if not shutil.which("go"):
        return None, "no Go compiler is installed"
    program = Path(folder) / "rival_batch"
    done = subprocess.run(["go", "build", "-o", program, "./batch"], cwd=SOURCES, capture_output=True, text=True)
    return (program, None) if done.returncode == 0 else (None, f"it does not build: {done.stderr.strip()}")


# ---- the contestants -------------------------------------------------------------------------------------------------


class Gateway:
    schema = "gangway."
    outbox = "gangway.outbox_blocks"

    def __init__(self, bench, workers):
        self.bench, self.workers = bench, workers
        self.name = f"gateway, {workers} worker(s)"

    def command(self, url, group, source, target):
        self.bench.write_config(url, self.workers, source, target, group, compression="lz4")
        return [self.bench.gangway, "run", self.bench.config]


class GoProgram:
    schema = ""
    outbox = "outbox"

    def __init__(self, bench, program, workers):
        self.bench, self.program, self.workers = bench, program, workers
        self.name = f"Go program, {workers} worker(s)"

    def command(self, url, group, source, target):
        url = url.replace("&gssencmode=disable", "")  # pgx knows no GSS, and would send the word to the server
        return [self.program, "-brokers", self.bench.cluster.url, "-database", url, "-group", group, "-source", source,
                "-target", target, "-workers", self.workers, "-cloudevents"]


# ---- the work --------------------------------------------------------------------------------------------------------


class Work:
    """Stock, then orders, as (sku, payload), and what the reference model makes of them. Every product has three
    batches, which together hold nearly all that is asked of it."""

    def __init__(self, products, orders, seed=1):
        rng = random.Random(seed)
        skus = [f"SKU-{number:04}" for number in range(products)]
        asked = orders * 5.5 / products  # of a product, on average
        stock = [(sku, batch) for sku in skus for batch in self.batches_of(sku, asked)]
        self.batch_count = len(stock)
        warm_up = [self.order(rng, skus, f"warm-{number:05}", 1) for number in range(WARM_UP_ORDERS)]
        self.stock = self.encoded(stock + warm_up)
        self.orders = self.encoded(self.order(rng, skus, f"order-{number:07}", 10) for number in range(orders))
        self.model = reference.Model().feed(payload for _, payload in self.stock)
        self.warm_up_events = len(self.model.events)
        self.model.feed(payload for _, payload in self.orders)
        self.event_count = len(self.model.events)
        self.events = defaultdict(list)
        for kind, *values in self.model.events:
            self.events[values[reference.FIELDS[kind].index("sku")]].append((kind, *values))

    @staticmethod
    def batches_of(sku, asked):
        for number, (share, eta) in enumerate(((0.4, None), (0.35, "2027-06-01"), (0.2, "2027-05-01"))):
            command = {"type": "CreateBatch", "ref": f"{sku}/{number}", "sku": sku, "qty": int(asked * share)}
            yield command | ({"eta": eta} if eta else {})

    @staticmethod
    def order(rng, skus, orderid, most):
        sku = rng.choice(skus)
        return sku, {"type": "Allocate", "orderid": orderid, "sku": sku, "qty": rng.randint(1, most)}

    @staticmethod
    def encoded(commands):
        return [(sku, json.dumps(command, separators=(",", ":")).encode()) for sku, command in commands]


# ---- a run of one contestant -----------------------------------------------------------------------------------------


class Run:
    """A contestant's process with a database, a topic of commands and a topic of events of its own."""

    def __init__(self, bench, contestant):
        bench.number += 1
        self.bench, self.contestant = bench, contestant
        self.name = f"rival_{bench.number}"
        bench.server.createdb(self.name)
        self.source, self.target = bench.topic("orders"), bench.topic("events")
        self.process = None

    def start(self):
        command = self.contestant.command(self.bench.url(self.name), self.name, self.source, self.target)
        with self.log().open("ab") as log:
            self.process = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log,
                                            preexec_fn=lambda: die_with_parent(signal.SIGKILL))
        self.deadline = time.monotonic() + PATIENCE_S

    def log(self):
        return self.bench.folder / f"{self.name}.log"

    def sql(self, text):
        return self.bench.server.psql(text.format(self.contestant.schema), database=self.name)

    def must_run(self):
        if self.process.poll() is not None or time.monotonic() > self.deadline:
            raise RuntimeError(f"{self.contestant.name} ended or hangs:\n" + self.log().read_text(errors="replace")[-3000:])

    def wait_for_batches(self, count):
        while self.batch_count() < count:
            self.must_run()
            time.sleep(0.1)  # between two looks

    def batch_count(self):
        with contextlib.suppress(psycopg2.errors.UndefinedTable):
            return self.sql("SELECT count(*) FROM {0}batches")[0][0]
        return 0

    def wait_for_events(self, count):
        while self.bench.events(self.target) < count:
            self.must_run()
            time.sleep(LOOK_S)

    def cpu(self):
        return rivals.cpu_of(self.process.pid), rivals.cpu_of_server(self.bench.server), self.bench.cpu_of_broker()

    def stop(self):
        """Returns the most memory that it held, in bytes."""
        peak = rivals.peak_of(self.process.pid)
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(STOP_S)
        return peak

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def close(self):
        self.kill()
        self.bench.server.dropdb(self.name)


class Contest:
    def __init__(self, bench):
        self.bench = bench

    # ---- throughput ----

    def measure(self, contestant, work):
        """The figures of one run, by name."""
        run = Run(self.bench, contestant)
        try:
            producer = self.prepare(run, work)
            before, begun_unix = run.cpu(), time.time()
            producer.commit_transaction(30)
            run.wait_for_events(work.event_count)
            used = [after - start for after, start in zip(run.cpu(), before)]
            seconds = self.bench.last_event_unix(run.target) - begun_unix
            self.wait_for_empty_outbox(run)
            repeated = self.verify(run, work)
            if repeated:
                raise RuntimeError(f"{contestant.name} sent {repeated} events twice")
            return dict(zip(FIGURES, (seconds, *used, run.stop())))
        finally:
            run.close()

    def prepare(self, run, work):
        """Until the stock is there and the orders are in the topic, but not committed. Returns the producer."""
        self.produce(run.source, work.stock, self.producer())
        run.start()
        run.wait_for_batches(work.batch_count)
        run.wait_for_events(work.warm_up_events)
        producer = self.producer(**{"transactional.id": run.name})
        producer.init_transactions(30)
        producer.begin_transaction()
        self.produce(run.source, work.orders, producer)
        run.sql("ANALYZE")
        run.sql("CHECKPOINT")
        time.sleep(SETTLE_S)
        run.must_run()
        return producer

    def producer(self, **settings):
        return Producer({"bootstrap.servers": self.bench.cluster.url, "enable.idempotence": True, "log_level": 3,
                         "queue.buffering.max.messages": 1_000_000, "linger.ms": 20} | settings)

    @staticmethod
    def produce(topic, messages, producer):
        for number, (key, payload) in enumerate(messages):
            producer.produce(topic, payload, key)
            if number % 1000 == 0:
                producer.poll(0)
        if producer.flush(60):
            raise RuntimeError("the commands were not all produced")

    @staticmethod
    def wait_for_empty_outbox(run):
        while run.sql(f"SELECT count(*) FROM {run.contestant.outbox}")[0][0]:
            run.must_run()
            time.sleep(LOOK_S)

    # ---- a crash ----

    def count_repeats(self, contestant, work):
        """How many events are sent twice when the process is killed after half of them and started again."""
        run = Run(self.bench, contestant)
        try:
            self.prepare(run, work).commit_transaction(30)
            run.wait_for_events(work.event_count // 2)
            run.kill()
            run.start()
            run.wait_for_events(work.event_count)
            self.wait_for_empty_outbox(run)
            return self.verify(run, work)
        finally:
            run.close()

    # ---- what came out ----

    def verify(self, run, work):
        """Raises RuntimeError when the result is not the reference model's. Returns the number of repeated events."""
        events, repeated = self.read_events(run.target)
        different = [sku for sku in work.events | events if work.events.get(sku) != events.get(sku)]
        states = {ref: (sku, purchased, allocated) for sku, ref, purchased, allocated in run.sql(BATCHES)}
        held = {ref: int(qty) for ref, qty in run.sql(LINES)}
        if different:
            raise RuntimeError(f"{run.contestant.name}: the events of {len(different)} products are wrong, as of {min(different)}")
        if states != {ref: state[:3] for ref, state in work.model.batch_states().items()}:
            raise RuntimeError(f"{run.contestant.name}: the batches are wrong")
        if held != {ref: allocated for ref, (_, _, allocated) in states.items() if allocated}:
            raise RuntimeError(f"{run.contestant.name}: the lines do not add up to what is allocated")
        return repeated

    def read_events(self, topic):
        """(The events of each product, the number of repeated ones)."""
        ends = self.bench.ends(topic)
        left = sum(ends.values())
        events, seen = defaultdict(list), set()
        self.bench.watcher.assign([TopicPartition(topic, partition, 0) for partition in ends])
        while left > 0:
            for message in self.bench.watcher.consume(min(left, 10_000), 30):
                left -= 1
                headers = {name: value.decode() for name, value in message.headers()}
                if headers["ce_id"] in seen:
                    continue
                seen.add(headers["ce_id"])
                kind, fields = headers["ce_type"].split(".")[-2], json.loads(message.value())
                events[fields["sku"]].append((kind, *(fields[name] for name in reference.FIELDS[kind])))
        self.bench.watcher.unassign()
        return events, sum(ends.values()) - len(seen)

    # ---- latency ----

    def measure_latency(self, contestant, rate, warm_up, seconds):
        """What bench_latency prints, and the CPU seconds per second of the contestant, of the server and of the broker."""
        run = Run(self.bench, contestant)
        try:
            self.produce(run.source, Work.encoded([("WARM", {"type": "CreateBatch", "ref": "W", "sku": "WARM", "qty": 1})]),
                         self.producer())
            run.start()
            run.wait_for_batches(1)
            time.sleep(SETTLE_S)
            before, begun = run.cpu(), time.monotonic()
            said = self.bench.run_program("bench_latency", self.bench.cluster.url, run.source, run.target, rate, warm_up,
                                          seconds, rivals.PRODUCTS)
            used = [(after - start) / (time.monotonic() - begun) for after, start in zip(run.cpu(), before)]
            return said, used
        finally:
            run.close()


# ---- the rounds ------------------------------------------------------------------------------------------------------


def median_of(runs):
    return {name: statistics.median(run[name] for run in runs) for name in FIGURES}


def tell(name, count, figures):
    print(f"{name:24} {count / figures['seconds']:8.0f} commands/s; CPU per command "
          f"{figures['own'] / count * 1e6:.1f} us of its own, {figures['server'] / count * 1e6:.1f} us of the server, "
          f"{figures['broker'] / count * 1e6:.1f} us of the broker; at most {figures['peak'] / 2**20:.0f} MiB", flush=True)


def rounds(contest, contestants, work, count):
    """Every contestant runs in every round, and another one begins each. Returns the runs by contestant."""
    runs = {contestant: [] for contestant in contestants}
    for number in range(count):
        first = number % len(contestants)
        for contestant in contestants[first:] + contestants[:first]:
            runs[contestant].append(contest.measure(contestant, work))
        print(f"  round {number + 1}: " + ", ".join(
            f"{contestant.name} {len(work.orders) / found[-1]['seconds']:.0f}/s" for contestant, found in runs.items()), flush=True)
    return runs


def measure(bench, args):
    program, reason = build(bench.folder)
    if program is None:
        print(f"skipped the Go program: {reason}", flush=True)
        return
    contest, work = Contest(bench), Work(args.products, args.rival_commands)
    pairs = [(Gateway(bench, workers), GoProgram(bench, program, workers)) for workers in args.workers]
    contestants = [contestant for pair in pairs for contestant in pair]
    print(f"{len(work.orders)} commands over {args.products} products, load {os.getloadavg()[0]:.2f}", flush=True)
    runs = rounds(contest, contestants, work, args.rounds)
    for ours, theirs in pairs:
        report(len(work.orders), ours, median_of(runs[ours]), theirs, median_of(runs[theirs]))
    for contestant in contestants:
        print(f"{contestant.name:24} killed in the middle: {contest.count_repeats(contestant, work)} events sent twice", flush=True)
    for rate in args.rival_rates:
        for contestant in contestants:
            tell_latency(contestant, rate, *contest.measure_latency(contestant, rate, args.warm_up, args.latency_seconds))


def report(count, ours, our_figures, theirs, their_figures):
    tell(ours.name, count, our_figures)
    tell(theirs.name, count, their_figures)
    cpu = [figures["own"] + figures["server"] + figures["broker"] for figures in (our_figures, their_figures)]
    print(f"  {their_figures['seconds'] / our_figures['seconds']:.2f} times the Go program; of its CPU: "
          f"{our_figures['server'] / their_figures['server']:.2f} of the server's, {cpu[0] / cpu[1]:.2f} of all three; "
          f"{our_figures['peak'] / their_figures['peak']:.2f} of its memory", flush=True)


def tell_latency(contestant, rate, said, cpu):
    orders, missing, p50, p90, p99, p999, longest, late = said
    print(f"{contestant.name:24} {rate}/s: p50 {p50:.1f} ms, p90 {p90:.1f}, p99 {p99:.1f}, p99.9 {p999:.1f}, at most "
          f"{longest:.0f}; {missing:.0f} of {orders:.0f} without an event; producer late by at most {late:.1f} ms; CPU per "
          f"command {cpu[0] / rate * 1e6:.0f} us of its own, {cpu[1] / rate * 1e6:.0f} us of the server, "
          f"{cpu[2] / rate * 1e6:.0f} us of the broker", flush=True)
