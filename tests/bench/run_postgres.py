#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A whole gateway, from JSONL to PostgreSQL, against pgbench with a transaction per command and against a bare program
that sends the same arrays: in turn, on one durable server of its own, and the ratios of medians. README.md says how to
read it."""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
import zlib
from pathlib import Path

import rivals
import superstore  # beside rivals, in tests/support
from gateway import ROOT

PATIENCE_S = 600
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


class Bench(rivals.Rivals):
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

    def run_gateway(self, name, workers, port=None):
        host = "127.0.0.1" if port else None
        self.write_config(self.url(name, host, port), workers)
        (self.folder / "events.jsonl").unlink(missing_ok=True)
        with (self.folder / "log").open("wb") as log:
            subprocess.run([self.gangway, "run", self.config], check=True, stdout=subprocess.DEVNULL, stderr=log,
                           timeout=PATIENCE_S)

    def record(self, workers):
        """A run that is not measured, whose applies are noted. Returns the files, one per worker, and what it wrote."""
        recorder = self.recorder()
        name = self.database()
        self.run_gateway(name, workers, recorder.port)
        files = self.write_recordings(recorder, workers)
        written = self.contents(name)
        self.server.dropdb(name)  # else autovacuum comes for it while others are measured
        return files, written

    def peak_bytes(self, workers):
        """The most memory that a gateway held while it went through the commands."""
        self.write_config(self.url(self.database()), workers)
        (self.folder / "events.jsonl").unlink(missing_ok=True)
        process = subprocess.Popen([self.gangway, "run", self.config], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        peak = 0
        while process.poll() is None:
            peak = max(peak, rivals.peak_of(process.pid))
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
            to_compare = written if number == 0 and mode == "settle" else None
            results[label].append(bench.measure_bare(mode, recordings, to_compare))
        print(f"  round {number + 1}: " + ", ".join(f"{label} {count / runs[-1][0]:.0f}/s"
                                                      for label, runs in results.items()), flush=True)
    return results


def measure_pgbench(bench, rounds, seconds):
    """The best median over the numbers of clients."""
    return rivals.best_of_pgbench(
        {clients: [bench.run_pgbench(clients, seconds) for _ in range(rounds)] for clients in rivals.CLIENTS})


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
            rivals.durable_server() as server:
        bench = Bench(args.build.resolve(), server, folder)
        print(f"{args.commands} commands, {os.cpu_count()} CPUs, fsync and synchronous_commit on")
        pgbench = measure_pgbench(bench, args.rounds, args.pgbench_seconds)
        for workers in args.workers:
            count = bench.write_commands(args.commands, workers)
            report(count, workers, measure(bench, count, workers, args.rounds), pgbench)
            print(f"at most {bench.peak_bytes(workers) / 1e6:.1f} MB of memory")


if __name__ == "__main__":
    main()
