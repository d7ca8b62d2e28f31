#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A whole gateway, from JSONL to PostgreSQL, against pgbench with a transaction per command and against a bare program
that sends the same arrays: in turn, on one durable server of its own, and the ratios of medians. README.md says how to
read it."""

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import record

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import superstore
from gateway import ROOT
from postgres import Postgres

PATIENCE_S = 600
CLIENTS = (1, 4, 16)
PRODUCTS = 1862
TICKS = os.sysconf("SC_CLK_TCK")

CONFIG = """\
service: bench
repository: {{plugin: postgres_repository, url: {{env: BENCH_DATABASE_URL}}}}
entrypoints:
{entrypoints}
publishers:
  events: {{plugin: jsonl_writer, path: events.jsonl}}
routes:
  Allocated:   {{publish: [events]}}
  Deallocated: {{publish: [events]}}
  OutOfStock:  {{publish: [events]}}
"""

# What pgbench works on: as many products as the commands have, with stock for ever.
STOCK = f"""
INSERT INTO products (sku, version) SELECT 'SKU-' || n, 4 FROM generate_series(1, {PRODUCTS}) n;
INSERT INTO batches (product, ref, purchased, allocated, eta, created)
  SELECT p.id, 'batch-' || p.id || '-' || n, 2147483647, 0, CASE WHEN n > 1 THEN date '2027-01-01' + n END, n
  FROM products p, generate_series(1, 4) n;
ANALYZE;
"""


def cpu_seconds(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def ticks_of(path):
    fields = path.read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))  # user and system, its own and of the children that it has buried


class Bench:
    def __init__(self, build, server, folder):
        self.gangway, self.bare = build / "gangway", build / "tests" / "bench_postgres"
        self.server, self.folder = server, Path(folder)
        self.config = self.folder / "bench.yaml"
        self.number = 0

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

    def write_config(self, url, workers=1):
        os.environ["BENCH_DATABASE_URL"] = url
        entrypoints = "\n".join(
            f"  commands{worker}: {{plugin: jsonl_reader, path: commands-{workers}-{worker}.jsonl}}"
            for worker in range(workers))
        self.config.write_text(CONFIG.format(entrypoints=entrypoints))

    def write_commands(self, count, workers):
        """One file per worker, each with products of its own."""
        whole = self.folder / "commands.jsonl"
        count = superstore.write_commands(whole, count)
        files = [(self.folder / f"commands-{workers}-{worker}.jsonl").open("wb") for worker in range(workers)]
        with whole.open("rb") as lines:
            for line in lines:
                files[zlib.crc32(json.loads(line)["sku"].encode()) % workers].write(line)
        for file in files:
            file.close()
        return count

    # ---- the contestants: each returns (seconds, CPU seconds of its own, CPU seconds of the server) ----

    def timed(self, work):
        server, own, start = self.server_cpu(), cpu_seconds(resource.RUSAGE_CHILDREN), time.monotonic()
        answer = work()
        return (time.monotonic() - start, cpu_seconds(resource.RUSAGE_CHILDREN) - own, self.server_cpu() - server), answer

    def server_cpu(self):
        """Of the server, its backends and its children that are gone."""
        postmaster = self.server.process.pid
        total = ticks_of(Path(f"/proc/{postmaster}/stat"))
        for child in Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split():
            try:
                total += ticks_of(Path(f"/proc/{child}/stat"))
            except FileNotFoundError:
                pass  # buried in this moment
        return total / TICKS

    def run_gateway(self, name, workers, port=None):
        host = "127.0.0.1" if port else None
        self.write_config(self.url(name, host, port), workers)
        (self.folder / "events.jsonl").unlink(missing_ok=True)
        with (self.folder / "log").open("wb") as log:
            subprocess.run([self.gangway, "run", self.config], check=True, stdout=subprocess.DEVNULL, stderr=log,
                           timeout=PATIENCE_S)

    def run_bare(self, name, mode, recordings):
        answer = subprocess.run([self.bare, self.url(name), "gangway", mode, *recordings], check=True,
                                capture_output=True, text=True)
        return float(answer.stdout.split()[0])

    def run_pgbench(self, name, clients, seconds):
        script = Path(__file__).with_name("command_txn.sql")
        answer = subprocess.run(
            [self.server.bin / "pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, 2)),
             "-T", str(seconds), "-D", f"products={PRODUCTS}", "-f", script, "-h", self.server.folder,
             "-p", str(self.server.port), "-U", "gangway", name],
            check=True, capture_output=True, text=True, env=os.environ | {"PGOPTIONS": "-c search_path=gangway"})
        return float(re.search(r"tps = ([\d.]+)", answer.stdout)[1])

    def record(self, workers):
        """A run that is not measured, whose applies are noted. Returns the files, one per worker."""
        recorder = record.Recorder(f"{self.server.folder}/.s.PGSQL.{self.server.port}")
        name = self.database()
        self.run_gateway(name, workers, recorder.port)
        recorder.close()
        files = []
        for index, recording in enumerate(recorder.recordings()):
            files.append(self.folder / f"recording-{workers}-{index}")
            files[-1].write_bytes(recording)
        if len(files) != workers:
            sys.exit(f"{len(files)} connections applied something, {workers} workers were expected")
        written = self.contents(name)
        self.server.dropdb(name)  # else autovacuum comes for it while others are measured
        return files, written

    def contents(self, name):
        """What must be the same, whoever wrote it."""
        return [self.server.psql(f"SET search_path = gangway; {sql}", database=name) for sql in (
            "SELECT sku, version FROM products ORDER BY sku",
            "SELECT ref, purchased, allocated FROM batches ORDER BY ref",
            "SELECT orderid, sku, qty, seq FROM allocations a JOIN products p ON p.id = a.product ORDER BY 1, 2, 3",
            "SELECT count(*) FROM outbox")]

    def peak_bytes(self, workers):
        """The most memory that a gateway held while it went through the commands."""
        self.write_config(self.url(self.database()), workers)
        (self.folder / "events.jsonl").unlink(missing_ok=True)
        process = subprocess.Popen([self.gangway, "run", self.config], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        peak = 0
        while process.poll() is None:
            if found := re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text()):
                peak = max(peak, int(found[1]) * 1024)
            time.sleep(0.01)
        return peak


def measure(bench, count, workers, rounds):
    """Name -> the figures of its rounds. Recordings are compared with what the gateway wrote, once."""
    recordings, written = bench.record(workers)
    results = {"gateway": [], "bare": [], "bare, outbox kept": []}
    for number in range(rounds):
        name = bench.database()
        results["gateway"].append(bench.timed(lambda: bench.run_gateway(name, workers))[0])
        bench.server.dropdb(name)
        for label, mode in (("bare", "settle"), ("bare, outbox kept", "keep")):
            name = bench.database()
            (_, own, server), wall = bench.timed(lambda: bench.run_bare(name, mode, recordings))
            results[label].append((wall, own, server))
            if number == 0 and mode == "settle" and bench.contents(name) != written:
                sys.exit("the bare program did not write what the gateway wrote")
            bench.server.dropdb(name)
        print(f"  round {number + 1}: " + ", ".join(f"{label} {count / runs[-1][0]:.0f}/s"
                                                      for label, runs in results.items()), flush=True)
    return results


def measure_pgbench(bench, rounds, seconds):
    """The best median over the numbers of clients."""
    best = 0
    for clients in CLIENTS:
        rates = []
        for _ in range(rounds):
            name = bench.database()
            bench.server.psql(f"SET search_path = gangway; {STOCK}", database=name)
            rates.append(bench.run_pgbench(name, clients, seconds))
            bench.server.dropdb(name)
        rate = statistics.median(rates)
        print(f"pgbench, {clients:2} clients: {rate:8.0f} transactions/s", flush=True)
        best = max(best, rate)
    return best


def report(count, workers, results, pgbench):
    rates = {}
    for label, runs in results.items():
        seconds, own, server = (statistics.median(column) for column in zip(*runs))
        rates[label] = count / seconds
        print(f"{label:18} {count / seconds:8.0f} commands/s, CPU per command {own / count * 1e6:5.1f} us of its own, "
              f"{server / count * 1e6:5.1f} us of the server")
    print(f"{workers} worker(s): {rates['gateway'] / pgbench:.1f} times the best of pgbench, "
          f"{rates['gateway'] / rates['bare']:.0%} of the bare program, "
          f"{rates['gateway'] / rates['bare, outbox kept']:.0%} of one that leaves the outbox alone", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commands", type=int, default=200_000, metavar="N")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--pgbench-seconds", type=int, default=5, metavar="N")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], metavar="N")
    parser.add_argument("--build", type=Path, default=ROOT / os.environ.get("GANGWAY_BUILD_DIR", "build/release"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gangway-bench-") as folder, \
            Postgres(settings={"shared_buffers": "1GB", "max_wal_size": "8GB"}) as server:
        bench = Bench(args.build.resolve(), server, folder)
        print(f"{args.commands} commands, {os.cpu_count()} CPUs, fsync and synchronous_commit on")
        pgbench = measure_pgbench(bench, args.rounds, args.pgbench_seconds)
        for workers in args.workers:
            count = bench.write_commands(args.commands, workers)
            report(count, workers, measure(bench, count, workers, args.rounds), pgbench)
            print(f"at most {bench.peak_bytes(workers) / 1e6:.1f} MB of memory")


if __name__ == "__main__":
    main()
