# SPDX-License-Identifier: Apache-2.0
"""What a gateway on PostgreSQL is measured against, on one durable server: pgbench with a transaction per command, and
a bare program that sends the very arrays that the gateway sent. And how CPU and memory are taken, of all of them.
"""

import os
import re
import resource
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import record

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from local_server import die_with_parent
from postgres import Postgres

CLIENTS = (1, 4, 16)
PROGRAM_S = 300  # at most for a program that measures
PRODUCTS = 1862
TICKS = os.sysconf("SC_CLK_TCK")

# What pgbench works on: as many products as the commands have, with stock for ever.
STOCK = f"""
INSERT INTO products (sku, version) SELECT 'SKU-' || n, 4 FROM generate_series(1, {PRODUCTS}) n;
INSERT INTO batches (product, ref, purchased, allocated, eta, created)
  SELECT p.id, 'batch-' || p.id || '-' || n, 2147483647, 0, CASE WHEN n > 1 THEN date '2027-01-01' + n END, n
  FROM products p, generate_series(1, 4) n;
ANALYZE;
"""


def durable_server():
    return Postgres(settings={"shared_buffers": "1GB", "max_wal_size": "8GB"})


# ---- CPU and memory --------------------------------------------------------------------------------------------------


def cpu_seconds(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def ticks_of(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))  # user and system, its own and of the children that it has buried


def cpu_of(pid):
    """Of a process and its threads."""
    return ticks_of(pid) / TICKS


def cpu_of_server(server):
    """Of a PostgreSQL server, its backends and its children that are gone."""
    postmaster = server.process.pid
    total = ticks_of(postmaster)
    for child in Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split():
        try:
            total += ticks_of(child)
        except FileNotFoundError:
            pass  # buried in this moment
    return total / TICKS


def peak_of(pid):
    """The most memory that a running process held so far, in bytes; 0 when it is gone."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except FileNotFoundError:
        return 0
    return int(found[1]) * 1024 if found else 0


# ---- the rivals ------------------------------------------------------------------------------------------------------


class RunningGateway:
    """A gateway with the bench's configuration on a database, and the CPU time that all processes had used before."""

    def __init__(self, bench, name, patience_s):
        self.bench, self.name, self.patience_s = bench, name, patience_s
        with self.log().open("wb") as log:
            self.process = subprocess.Popen([bench.gangway, "run", bench.config], stdout=log, stderr=log,
                                            preexec_fn=lambda: die_with_parent(signal.SIGKILL))
        self.started = time.monotonic()
        self.begun = self.begun_unix = self.cpu_before = None

    def log(self):
        return self.bench.folder / "log"

    def cpu(self):
        return cpu_of(self.process.pid), cpu_of_server(self.bench.server), self.bench.cpu_of_broker()

    def begin(self):
        self.begun, self.begun_unix, self.cpu_before = time.monotonic(), time.time(), self.cpu()

    def cpu_used(self):
        """CPU seconds since begin: of the gateway, of the server, of the broker."""
        return [after - before for before, after in zip(self.cpu_before, self.cpu())]

    def must_run(self):
        if self.process.poll() is not None or time.monotonic() > self.started + self.patience_s:
            self.give_up("ended" if self.process.poll() is not None else "does not come to an end")

    def give_up(self, why):
        self.process.kill()
        self.process.wait()
        sys.exit(f"the gateway {why}:\n" + self.log().read_text(errors="replace")[-4000:])

    def stop(self):
        """Ends it; returns the most memory that it held."""
        peak = peak_of(self.process.pid)
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(60) != 0:
            self.give_up(f"ended with status {self.process.returncode}")
        if dead := self.bench.server.psql("SELECT count(*) FROM gangway.dead_letters", database=self.name)[0][0]:
            self.give_up(f"made {dead} dead letters")
        return peak

    def drop(self):
        self.bench.server.dropdb(self.name)


class Rivals:
    """A server, a folder, and who competes on it. A gateway belongs to a heir, which says how it is configured."""

    def __init__(self, build, server, folder):
        self.gangway, self.tests = build / "gangway", build / "tests"
        self.bare = self.tests / "bench_postgres"
        self.server, self.folder = server, Path(folder)
        self.config = self.folder / "bench.yaml"
        self.number = 0

    def write_config(self, url, workers=1):
        raise NotImplementedError

    def database(self):
        """An empty database with the gateway's schema, after a checkpoint, so that no run pays for another's pages."""
        self.number += 1
        name = f"bench_{self.number}"
        self.server.createdb(name)
        self.write_config(self.url(name))
        subprocess.run([self.gangway, "migrate", self.config], check=True, stdout=subprocess.DEVNULL)
        self.server.execute("CHECKPOINT")
        return name

    def url(self, name, host=None, port=None):
        """By the server's own socket, or in plain text to a port of ours."""
        return (f"postgresql://gangway@/{name}?host={host or self.server.folder}&port={port or self.server.port}"
                "&sslmode=disable&gssencmode=disable")

    def timed(self, work):
        """(seconds, CPU seconds of this process's children, CPU seconds of the server), and the result of the work."""
        server, own, start = cpu_of_server(self.server), cpu_seconds(resource.RUSAGE_CHILDREN), time.monotonic()
        answer = work()
        return (time.monotonic() - start, cpu_seconds(resource.RUSAGE_CHILDREN) - own,
                cpu_of_server(self.server) - server), answer

    def run_bare(self, name, mode, recordings):
        """The seconds that bench_postgres says, on an empty database."""
        answer = subprocess.run([self.bare, self.url(name), "gangway", mode, *recordings], check=True,
                                capture_output=True, text=True)
        return float(answer.stdout.split()[0])

    def measure_bare(self, mode, recordings, written=None):
        """As timed, by the program's own clock. Compares what it wrote with what the gateway wrote."""
        name = self.database()
        (_, own, server), wall = self.timed(lambda: self.run_bare(name, mode, recordings))
        if written is not None and self.contents(name) != written:
            sys.exit("the bare program did not write what the gateway wrote")
        self.server.dropdb(name)
        return wall, own, server

    def run_pgbench(self, clients, seconds):
        """Transactions a second, on a database of its own."""
        name = self.database()
        self.server.psql(f"SET search_path = gangway; {STOCK}", database=name)
        script = Path(__file__).with_name("command_txn.sql")
        answer = subprocess.run(
            [self.server.bin / "pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, 2)),
             "-T", str(seconds), "-D", f"products={PRODUCTS}", "-f", script, "-h", self.server.folder,
             "-p", str(self.server.port), "-U", "gangway", name],
            check=True, capture_output=True, text=True, env=os.environ | {"PGOPTIONS": "-c search_path=gangway"})
        self.server.dropdb(name)
        return float(re.search(r"tps = ([\d.]+)", answer.stdout)[1])

    def run_program(self, program, *words):
        """The numbers that a program of tests/bench prints."""
        done = subprocess.run([str(word) for word in (self.tests / program, *words)], check=True, stdout=subprocess.PIPE,
                              text=True, timeout=PROGRAM_S)
        return [float(word) for word in done.stdout.split()]

    def recorder(self):
        return record.Recorder(f"{self.server.folder}/.s.PGSQL.{self.server.port}")

    def write_recordings(self, recorder, workers):
        """The recorder's conversations as files, one per worker."""
        recorder.close()
        files = []
        for index, recording in enumerate(recorder.recordings()):
            files.append(self.folder / f"recording-{workers}-{index}")
            files[-1].write_bytes(recording)
        if len(files) != workers:
            sys.exit(f"{len(files)} connections applied something, {workers} workers were expected")
        return files

    def contents(self, name):
        """The contents of the tables that must be equal for all writers."""
        return [self.server.psql(f"SET search_path = gangway; {sql}", database=name) for sql in (
            "SELECT sku, version FROM products ORDER BY sku",
            "SELECT ref, purchased, allocated FROM batches ORDER BY ref",
            "SELECT orderid, sku, qty, seq FROM allocations a JOIN products p ON p.id = a.product ORDER BY 1, 2, 3",
            "SELECT count(*) FROM inbox",
            "SELECT coalesce(sum(count), 0) FROM outbox_blocks")]


def verdict(is_reached):
    return "reached" if is_reached else "MISSED"


def median_of(runs):
    """The medians of the columns."""
    return [statistics.median(column) for column in zip(*runs)]


def tell_latency(who, rate, said, cpu, goals):
    """Prints what bench_latency said. cpu: CPU seconds per second of gateway, server and broker. goals: p50 and p99."""
    count, missing, p50, p90, p99, p999, longest, late = said
    is_reached = missing == 0 and p50 < goals[0] and p99 < goals[1]
    print(f"{who}, {rate} commands/s, {count:.0f} orders, {missing:.0f} without an event: "
          f"p50 {p50:.1f} ms, p90 {p90:.1f}, p99 {p99:.1f}, p99.9 {p999:.1f}, at most {longest:.0f} "
          f"(goal {goals[0]} and {goals[1]}: {verdict(is_reached)}); producer late by at most {late:.1f} ms; "
          f"CPU {cpu[0]:.0%} gateway, {cpu[1]:.0%} server, {cpu[2]:.0%} broker", flush=True)


def best_of_pgbench(rates):
    """Prints the median for each number of clients, and returns the best. rates: clients -> transactions a second."""
    medians = {clients: statistics.median(found) for clients, found in rates.items()}
    for clients, rate in medians.items():
        print(f"pgbench, {clients:2} clients: {rate:8.0f} transactions/s", flush=True)
    return max(medians.values())
