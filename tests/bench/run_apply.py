#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A gateway under load whose publisher is replaced again and again: how long an apply takes, and how long no command is
taken meanwhile, beside the longest such gap in as many moments without an apply. README.md says how to read it."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import superstore
from admin_client import ask
from gateway import ROOT

SAMPLE_S = 0.005
FEED_S = 0.005
WINDOW_S = 0.3  # how long the gaps are looked for after an apply was asked for
PATIENCE_S = 30


class Load(threading.Thread):
    """Appends commands at a rate, evenly."""

    def __init__(self, lines, path, rate):
        super().__init__(daemon=True)
        self.lines, self.path, self.rate, self.ends = lines, path, rate, threading.Event()

    def run(self):
        start, done = time.monotonic(), 0
        with self.path.open("ab", buffering=0) as file:
            while not self.ends.is_set() and done < len(self.lines):
                due = min(int((time.monotonic() - start) * self.rate), len(self.lines))
                file.write(b"".join(self.lines[done:due]))
                done = due
                time.sleep(FEED_S)


class Gateway:
    def __init__(self, binary, folder):
        self.folder, self.socket, self.number = folder, str(folder / "admin.sock"), 0
        self.config, self.commands = folder / "gangway.yaml", folder / "commands.jsonl"
        self.commands.touch()
        self.write_config()
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen([binary, "run", self.config], stdout=subprocess.DEVNULL, stderr=log)
        end = time.monotonic() + PATIENCE_S
        while not self.is_ready():
            if time.monotonic() > end:
                sys.exit((folder / "log").read_text())
            time.sleep(0.01)

    def write_config(self):
        self.number += 1
        text = (ROOT / "config" / "quickstart.yaml").read_text()
        text = text.replace("path: commands.jsonl", "path: commands.jsonl, follow: true")
        text = text.replace("path: events.jsonl", f"path: events-{self.number % 2}.jsonl")
        self.config.write_text(f"{text}\nadmin: {{socket: {self.socket}}}\n")

    def is_ready(self):
        try:
            return ask(self.socket, "/readyz")[0] == 200
        except OSError:
            return False

    def received(self):
        return json.loads(ask(self.socket, "/api/v1/status")[1])["components"]["commands"]["received"]

    def apply(self):
        """Asks for it; returns the number of the order."""
        self.write_config()
        status, text = ask(self.socket, "/api/v1/apply", method="POST", body=json.dumps({"file": str(self.config)}))
        if status != 202:
            sys.exit(f"refused: {text}")
        return json.loads(text)["order"]

    def verdict(self, order):
        return json.loads(ask(self.socket, f"/api/v1/order?number={order}")[1])["verdict"]

    def end(self):
        self.process.terminate()
        return self.process.wait(PATIENCE_S)


def watch(gateway, order):
    """The longest time without a command during a window, and when the order was over (None: no order)."""
    begin = last_time = time.monotonic()
    last, gap, took = gateway.received(), 0.0, None
    while (now := time.monotonic()) - begin < WINDOW_S or (order and took is None):
        count = gateway.received()
        now = time.monotonic()
        if count != last:
            gap, last, last_time = max(gap, now - last_time), count, now
        if order and took is None and (verdict := gateway.verdict(order)) != "running":
            if verdict != "applied":
                sys.exit(f"the verdict is {verdict}\n{(gateway.folder / 'log').read_text()}")
            took = time.monotonic() - begin
        time.sleep(SAMPLE_S)
    return max(gap, time.monotonic() - last_time), took


def report(name, values):
    values = [value * 1000 for value in values]
    print(f"{name:34} median {statistics.median(values):6.1f} ms, at most {max(values):6.1f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applies", type=int, default=50, metavar="N")
    parser.add_argument("--rate", type=int, default=20_000, metavar="COMMANDS/S")
    parser.add_argument("--build", type=Path, default=ROOT / os.environ.get("GANGWAY_BUILD_DIR", "build/release"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gangway-bench-") as folder:
        folder = Path(folder)
        all_commands = folder / "all.jsonl"
        superstore.write_commands(all_commands, int(args.rate * (args.applies * 2 * WINDOW_S * 2 + 5)))
        gateway = Gateway(args.build.resolve() / "gangway", folder)
        load = Load(all_commands.read_bytes().splitlines(keepends=True), gateway.commands, args.rate)
        load.start()
        time.sleep(1)
        quiet, applied, times = [], [], []
        begin, first = time.monotonic(), gateway.received()
        for _ in range(args.applies):
            quiet.append(watch(gateway, None)[0])
            gap, took = watch(gateway, gateway.apply())
            applied.append(gap)
            times.append(took)
        rate = (gateway.received() - first) / (time.monotonic() - begin)
        load.ends.set()
        load.join()
        if gateway.end() != 0:
            sys.exit((folder / "log").read_text())
    print(f"{args.applies} applies at {rate:.0f} commands/s, {os.cpu_count()} CPUs")
    report("an apply, asked for until it is up", times)
    report("no command taken, with an apply", applied)
    report("no command taken, without one", quiet)


if __name__ == "__main__":
    main()
