#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the inbox costs over positions: a whole gateway, from JSONL to PostgreSQL, that finds repeats by position alone, or
stores the id of each message as well, as it does for every message of a queue. The same commands, in turn, and the ratios
of medians. Several builds are measured in turn, too. README.md says how to read it."""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from gateway import Gateway, build_folder, wait  # noqa: E402
from postgres import Postgres  # noqa: E402
from run_cache import gateway_seconds, server_seconds  # noqa: E402

GOAL = 0.35
PRODUCTS = 1_000
CONFIG = """\
service: bench
repository: {{plugin: postgres_repository, url: {{env: BENCH_DATABASE_URL}}}}
entrypoints:
  commands: {{plugin: jsonl_reader, path: {file}, dedupe: {dedupe}}}
publishers:
  events: {{plugin: jsonl_writer, path: events.jsonl}}
routes:
  Allocated: {{publish: [events]}}
"""


def envelope(number, command):
    """A CloudEvent: source and id are the message's id."""
    kind = command.pop("type")
    return json.dumps({"specversion": "1.0", "id": f"message-{number}", "source": "/bench", "type": kind, "data": command})


def write(folder, count):
    with (folder / "stock.jsonl").open("w") as lines:
        for number in range(PRODUCTS):
            lines.write(json.dumps({"type": "CreateBatch", "ref": f"batch-{number}", "sku": f"SKU-{number}",
                                    "qty": 1_000_000}) + "\n")
    with (folder / "orders.jsonl").open("w") as lines:
        for number in range(count):
            lines.write(envelope(number, {"type": "Allocate", "orderid": f"order-{number}",
                                          "sku": f"SKU-{number * 7919 % PRODUCTS}", "qty": 1}) + "\n")


def run(gateway, url, file, dedupe):
    gateway.write_config(CONFIG.format(file=file, dedupe=dedupe))
    gateway.events.unlink(missing_ok=True)
    with open(os.devnull, "wb") as nothing, (gateway.folder / "log").open("wb") as log:
        process = gateway.start("run", gateway.config, env={"BENCH_DATABASE_URL": url}, stdout=nothing, stderr=log)
        status, _ = wait(process, 600)
    assert status == 0, (gateway.folder / "log").read_text()[-2000:]


def measure(server, gateway, build, dedupe, count):
    """(seconds, CPU seconds of the gateway, of the server) for the orders, on a database with the stock."""
    os.environ["GANGWAY_BUILD_DIR"] = build
    database = server.database()
    try:
        run(gateway, database.url, "stock.jsonl", "position")
        database.psql("VACUUM ANALYZE")
        began, ours, theirs = time.monotonic(), gateway_seconds(), server_seconds(server)
        run(gateway, database.url, "orders.jsonl", dedupe)
        figures = time.monotonic() - began, gateway_seconds() - ours, server_seconds(server) - theirs
        assert database.psql("SELECT count(*) FROM gangway.inbox") == [(count if dedupe == "id" else 0,)]
        return figures
    finally:
        database.drop()


def report(build, runs, count):
    """What a build needs without ids and with them. Returns the share of the time that the ids cost."""
    medians = {}
    for dedupe, measured in runs.items():
        medians[dedupe] = [statistics.median(figures) for figures in zip(*measured)]
        seconds, ours, theirs = medians[dedupe]
        print(f"{dedupe:8} {count / seconds:8.0f} commands/s  CPU per command: "
              f"{1e6 * ours / count:5.2f} us of the gateway, {1e6 * theirs / count:5.2f} us of the server")
    clock, cpu = (medians["id"][0] / medians["position"][0] - 1,
                  sum(medians["id"][1:]) / sum(medians["position"][1:]) - 1)
    print(f"{build}: the inbox costs {clock:.0%} of the time (goal {GOAL:.0%}), {cpu:.0%} of the CPU")
    return clock


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commands", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--build", action="append", help="a build folder; more than one are compared")
    options = parser.parse_args()
    builds = options.build or [str(build_folder())]
    with Postgres() as server, tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(Path(folder))
        write(gateway.folder, options.commands)
        runs = {build: {"position": [], "id": []} for build in builds}
        for _ in range(options.rounds):
            for dedupe in ("position", "id"):
                for build in builds:
                    runs[build][dedupe].append(measure(server, gateway, build, dedupe, options.commands))
        gateway.close()
    clocks = [report(build, runs[build], options.commands) for build in builds]
    return 0 if clocks[-1] <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
