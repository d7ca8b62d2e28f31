#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the product cache of an entrypoint is worth: a whole gateway, from JSONL to PostgreSQL, on a stock of so many
products, each allocated from at random, with caches of several sizes. README.md says how to read it."""

import argparse
import json
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from gateway import Gateway, wait  # noqa: E402
from postgres import Postgres  # noqa: E402

CONFIG = """\
service: bench
repository: {{plugin: postgres_repository, url: {{env: BENCH_DATABASE_URL}}}}
entrypoints:
  commands: {{plugin: jsonl_reader, path: {file}{cache}}}
publishers:
  events: {{plugin: jsonl_writer, path: events.jsonl}}
routes:
  Allocated: {{publish: [events]}}
"""
BATCHES, PURCHASED = 4, 1_000_000


def write_stock(path, products):
    with path.open("w") as lines:
        for batch in range(BATCHES):
            for number in range(products):
                lines.write(json.dumps({"type": "CreateBatch", "ref": f"batch-{number}-{batch}",
                                        "sku": f"SMALL-TABLE-{number}", "qty": PURCHASED}) + "\n")


def write_orders(path, products, count):
    rng = random.Random(products)
    with path.open("w") as lines:
        for number in range(count):
            lines.write(json.dumps({"type": "Allocate", "orderid": f"order-{number}",
                                    "sku": f"SMALL-TABLE-{rng.randrange(products)}", "qty": 1}) + "\n")


def run(gateway, url, file, cache):
    """The most memory of a run over this file, in MiB."""
    gateway.write_config(CONFIG.format(file=file, cache="" if cache == "default" else f", cache: {cache}"))
    gateway.events.unlink(missing_ok=True)
    with open(os.devnull, "wb") as nothing, (gateway.folder / "log").open("wb") as log:
        process = gateway.start("run", gateway.config, env={"BENCH_DATABASE_URL": url}, stdout=nothing, stderr=log)
        status, peak = wait(process, 600)
    assert status == 0, (gateway.folder / "log").read_text()[-2000:]
    return peak / 2**20


def gateway_seconds():
    """CPU time of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def has_sessions(server):
    """Whether a process of the server still serves a gateway, or has ended and was not counted yet."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == server.process.pid:
                words = (process / "cmdline").read_bytes()
                if not words or b"gangway" in words:  # without words it is ending
                    return True
        except OSError:  # it has ended meanwhile
            pass
    return False


def server_seconds(server):
    """CPU time of all sessions, once they have ended: the fields cutime and cstime of the server's process."""
    while has_sessions(server):
        time.sleep(0.01)  # between two looks
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def measure(server, gateway, cache):
    """The orders, on a fresh database with the stock: (seconds, of the gateway's CPU, of the server's CPU, MiB)."""
    database = server.database()
    try:
        run(gateway, database.url, "stock.jsonl", "default")
        database.psql("VACUUM ANALYZE")
        began, ours, theirs = time.monotonic(), gateway_seconds(), server_seconds(server)
        peak = run(gateway, database.url, "orders.jsonl", cache)
        return time.monotonic() - began, gateway_seconds() - ours, server_seconds(server) - theirs, peak
    finally:
        database.drop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", nargs="+", type=int, default=[1_000, 10_000, 100_000])
    parser.add_argument("--caches", nargs="+", default=["off", "8MiB", "64MiB"],
                        help="sizes, off, or default: the key is left out")
    parser.add_argument("--commands", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with Postgres() as server, tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(Path(folder))
        for products in options.products:
            write_stock(gateway.folder / "stock.jsonl", products)
            write_orders(gateway.folder / "orders.jsonl", products, options.commands)
            for cache in options.caches:
                runs = [measure(server, gateway, cache) for _ in range(options.rounds)]
                seconds, ours, theirs, peak = (statistics.median(figures) for figures in zip(*runs))
                print(f"{products:7} products  cache {cache:>7}  {options.commands / seconds:8.0f} commands/s  "
                      f"CPU per command: {1e6 * ours / options.commands:5.1f} us of the gateway, "
                      f"{1e6 * theirs / options.commands:5.1f} us of the server  {peak:6.1f} MiB", flush=True)
        gateway.close()


if __name__ == "__main__":
    main()
