#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A whole gateway, from JSONL to SQLite, against a bare program that writes the same rows: alternating, and the ratio
of medians. With it the most memory that the gateway held, and its time to ready. README.md says how to read it."""

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import rows

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import superstore
from gateway import ROOT

TRIES_TO_READY = 9
PATIENCE_S = 120


class Bench:
    def __init__(self, build, folder):
        self.gangway, self.bare = build / "gangway", build / "tests" / "bench_sqlite"
        self.folder = Path(folder)
        self.config, self.commands, self.database, self.empty, self.changes = (
            self.folder / name for name in
            ("quickstart.yaml", "commands.jsonl", "gangway.db", "empty.db", "changes.tsv"))
        shutil.copy(ROOT / "config" / "quickstart.yaml", self.config)

    def reset(self, database=None):
        for pattern in ("gangway.db*", "events.jsonl*"):
            for path in self.folder.glob(pattern):
                path.unlink()
        if database is not None:
            shutil.copy(database, self.database)

    def migrate(self):
        subprocess.run([self.gangway, "migrate", self.config], check=True, stdout=subprocess.DEVNULL)

    def run_gateway(self):
        """Seconds of the clock and of the CPU."""
        before, start = cpu_seconds(), time.monotonic()
        with (self.folder / "log").open("wb") as log:
            subprocess.run([self.gangway, "run", self.config], check=True, stdout=subprocess.DEVNULL, stderr=log,
                           timeout=PATIENCE_S)
        return time.monotonic() - start, cpu_seconds() - before

    def run_bare(self):
        answer = subprocess.run([self.bare, self.database, self.changes], check=True, capture_output=True, text=True)
        elapsed, user, system = map(float, answer.stdout.split())
        return elapsed, user + system

    def prepare(self, count):
        """Makes the commands, the empty database, and the changes that the commands lead to."""
        count = superstore.write_commands(self.commands, count)
        self.reset()
        self.migrate()
        shutil.copy(self.database, self.empty)
        rows.watch(self.database)
        self.run_gateway()
        with self.changes.open("w", encoding="utf-8", newline="\n") as out:
            turns = rows.write_changes(self.database, out)
        return count, turns

    def peak_bytes(self):
        """The gateway's peak memory during one run over the commands. It is read while the process runs: the value that
        the kernel reports afterwards may be that of the process that forked it."""
        self.reset(self.empty)
        process = subprocess.Popen([self.gangway, "run", self.config], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        peak = 0
        while process.poll() is None:
            status = Path(f"/proc/{process.pid}/status").read_text()
            if found := re.search(r"VmHWM:\s+(\d+) kB", status):
                peak = max(peak, int(found[1]) * 1024)
            time.sleep(0.01)
        return peak

    def seconds_to_ready(self):
        """From the start of the process to the line that says that it runs, on a database that is there already."""
        self.reset(self.empty)
        start = time.monotonic()
        process = subprocess.Popen([self.gangway, "run", self.config], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE)
        for line in process.stderr:
            if re.search(rb"GW-I001", line):
                break
        elapsed = time.monotonic() - start
        process.terminate()
        process.stderr.read()
        process.wait()
        return elapsed


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def compare(bench, rounds):
    """Lists of (seconds, CPU seconds): the gateway's, the bare program's."""
    gateway, bare = [], []
    for number in range(rounds):
        bench.reset(bench.empty)
        gateway.append(bench.run_gateway())
        written = rows.contents(bench.database) if number == 0 else None
        bench.reset(bench.empty)
        bare.append(bench.run_bare())
        if number == 0 and rows.contents(bench.database) != written:
            sys.exit("the bare program did not write what the gateway wrote")
        print(f"  round {number + 1}: gateway {gateway[-1][0]:.2f} s, bare {bare[-1][0]:.2f} s", flush=True)
    return gateway, bare


def report(name, count, results):
    seconds, cpu = (statistics.median(column) for column in zip(*results))
    print(f"{name:8} {seconds:6.2f} s  {count / seconds:8.0f} commands/s  {cpu:5.2f} s of CPU  "
          f"{cpu / count * 1e6:5.1f} us of CPU per command")
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commands", type=int, default=200_000, metavar="N")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--build", type=Path, default=ROOT / os.environ.get("GANGWAY_BUILD_DIR", "build/release"))
    parser.add_argument("--folder", help="where to write: the disk that is measured (default: a temporary one)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gangway-bench-", dir=args.folder) as folder:
        bench = Bench(args.build.resolve(), folder)
        count, turns = bench.prepare(args.commands)
        print(f"{count} commands in {turns} turns, {os.cpu_count()} CPUs")
        gateway, bare = compare(bench, args.rounds)
        ratio = report("bare", count, bare) / report("gateway", count, gateway)
        print(f"the gateway reaches {ratio:.0%} of the bare program")
        print(f"at most {bench.peak_bytes() / 1e6:.1f} MB of memory")
        ready = [bench.seconds_to_ready() for _ in range(TRIES_TO_READY)]
        print(f"ready after {statistics.median(ready) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
