#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long a notice takes from the commit to an idle server, and how much memory a gateway needs with a million notices
that wait. README.md says how to read it."""

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from commands import allocate, batch, lines
from gateway import ROOT
from local_server import free_port
from waiting import until
from webhook_server import WebhookServer

CONFIG = """\
service: bench
repository: {plugin: sqlite_repository, path: gangway.db}
entrypoints:
  commands: {plugin: jsonl_reader, path: commands.jsonl, follow: true}
notifiers:
  people: {plugin: %s}
routes:
  OutOfStock: {notify: [people]}
"""
WAITING = """\
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO notices (number, stamp, destination, recipient, event_id, type, sku, payload, headers, sequence,
                     event_unix_ms, queued_unix_ms, group_key, is_open)
SELECT i, i, 'people', 'c@d.example', 'e-' || i, 'OutOfStock', 'LAMP',
       '{"orderid":"o-' || i || '","sku":"LAMP","qty":2}', '[]', i, ?, ?, '', 0 FROM n
"""


class Bench:
    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        self.config, self.commands = folder / "gangway.yaml", folder / "commands.jsonl"
        self.commands.write_text(lines(batch("b1", "LAMP", 1)))

    def write_config(self, notifier):
        self.config.write_text(CONFIG % notifier)

    def start(self):
        return subprocess.Popen([self.build / "gangway", "run", self.config], cwd=self.folder, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def migrate(self):
        subprocess.run([self.build / "gangway", "migrate", self.config], check=True, stdout=subprocess.DEVNULL)

    def order(self, name):
        with self.commands.open("a") as file:
            file.write(json.dumps(allocate(name, "LAMP", 9)) + "\n")


def end(process):
    process.terminate()
    process.wait()


def measure_latency(bench, count):
    """One order at a time, and the server notes when its request is complete. The commit is the time of the event."""
    arrived = {}

    class Clocked(WebhookServer):
        def record(self, request):
            body = request.json()
            arrived[body["data"]["orderid"]] = (time.time(), body["timestamp"])
            return super().record(request)

    with Clocked(bench.folder) as server:
        bench.write_config(f"webhook_notifier, url: '{server.url}', ca: '{server.ca}'")
        process = bench.start()
        for number in range(count):
            name = f"o-{number}"
            bench.order(name)
            until(lambda name=name: name in arrived, 20, process=process)
            time.sleep(0.02)  # the server and the gateway are idle
        end(process)
    took = [1000 * (at - datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp())
            for at, stamp in arrived.values()]
    cuts = statistics.quantiles(took, n=100)
    print(f"from the commit to the server: half within {cuts[49]:.1f} ms, 99 % within {cuts[98]:.1f} ms, all within "
          f"{max(took):.1f} ms")


def measure_memory(bench, count):
    """The server is away, so all of them wait while the gateway tries, opens further ones and reads figures."""
    bench.write_config(f"smtp_notifier, url: 'smtp://127.0.0.1:{free_port()}', tls: off, from: a@b.example, to: [c@d.example]")
    bench.migrate()
    now = int(time.time() * 1000)
    database = sqlite3.connect(bench.folder / "gangway.db")
    with database:
        database.execute(WAITING, [count, now, now])
        database.execute("UPDATE counters SET next = ? WHERE name = 'notices'", [count + 1])
    database.close()
    process = bench.start()
    for number in range(20):
        bench.order(f"w-{number}")
        time.sleep(0.5)
    peak = next(int(line.split()[1]) / 1024 for line in Path(f"/proc/{process.pid}/status").read_text().splitlines()
                if line.startswith("VmHWM"))
    end(process)
    print(f"at most {peak:.1f} MB of memory with {count:,} notices that wait")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notices", type=int, default=500, metavar="N", help="to measure the latency")
    parser.add_argument("--waiting", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--build", type=Path, default=ROOT / os.environ.get("GANGWAY_BUILD_DIR", "build/release"))
    args = parser.parse_args()
    for measure, count in ((measure_latency, args.notices), (measure_memory, args.waiting)):
        with tempfile.TemporaryDirectory(prefix="gangway-bench-") as folder:
            measure(Bench(args.build.resolve(), Path(folder)), count)


if __name__ == "__main__":
    main()
