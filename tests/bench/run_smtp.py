#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A whole gateway that sends a mail for each out-of-stock order, against a bare loop of libcurl that sends the same mail
to the same server through one connection: alternating, and the ratio of medians. README.md says how to read it."""

import argparse
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from commands import lines
from gateway import ROOT
from local_server import free_port
from mail_server import MailServer
from waiting import until

SINK = "/usr/sbin/smtp-sink"  # of Debian's postfix
SENDER, RECIPIENT = "stock@example.com", "buyers@example.com"
CONFIG = """\
service: bench
repository: {%(repository)s}
entrypoints:
  commands: {plugin: jsonl_reader, path: commands.jsonl}
notifiers:
  mail:
    plugin: smtp_notifier
    url: %(url)s
    tls: off
    from: Stock <stock@example.com>
    to: [buyers@example.com]
    subject: "{sku} is out of stock"
    text: "There is no stock of {sku} for order {orderid} ({qty} pieces)."
routes:
  OutOfStock: {notify: [mail]}
"""
REPOSITORIES = {"memory": "plugin: memory_repository", "sqlite": "plugin: sqlite_repository, path: gangway.db"}


class Bench:
    def __init__(self, build, folder, repository):
        self.build, self.folder, self.repository = build, folder, repository
        self.config, self.commands = folder / "gangway.yaml", folder / "commands.jsonl"

    def write(self, url, count):
        self.config.write_text(CONFIG % {"url": url, "repository": REPOSITORIES[self.repository]})
        batch = {"type": "CreateBatch", "ref": "b1", "sku": "LAMP", "qty": 1}
        orders = ({"type": "Allocate", "orderid": f"order-{n}", "sku": "LAMP", "qty": 5} for n in range(count))
        self.commands.write_text(lines(batch, *orders))
        for path in self.folder.glob("gangway.db*"):
            path.unlink()

    def run_gateway(self, url, count):
        self.write(url, count)
        return timed(lambda: subprocess.run([self.build / "gangway", "run", self.config], check=True,
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def run_bare(self, url, count):
        return timed(lambda: subprocess.run([self.build / "tests/bench_smtp", url, SENDER, RECIPIENT, self.folder / "mail",
                                             str(count)], check=True, stdout=subprocess.DEVNULL))

    def keep_a_mail(self):
        """The bytes that the bare program repeats."""
        with MailServer() as server:
            self.run_gateway(server.url, 1)
            (self.folder / "mail").write_bytes(server.mails[0].content)


def is_listening(port):
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def timed(run):
    """Seconds of the clock and of the CPU."""
    before, start = cpu_seconds(), time.monotonic()
    run()
    return time.monotonic() - start, cpu_seconds() - before


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=20_000, metavar="N")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--repository", choices=REPOSITORIES, default="sqlite")
    parser.add_argument("--build", type=Path, default=ROOT / os.environ.get("GANGWAY_BUILD_DIR", "build/release"))
    args = parser.parse_args()
    if shutil.which(SINK) is None:
        sys.exit(f"needs {SINK}, which Debian's package postfix has")
    with tempfile.TemporaryDirectory(prefix="gangway-bench-") as folder:
        bench = Bench(args.build.resolve(), Path(folder), args.repository)
        bench.keep_a_mail()
        port = free_port()
        identity = ["-u", "nobody"] if os.geteuid() == 0 else []
        sink = subprocess.Popen([SINK, *identity, f"127.0.0.1:{port}", "100"])
        try:
            until(lambda: is_listening(port), 10, process=sink)
            compare(bench, f"smtp://127.0.0.1:{port}", args.mails, args.rounds)
        finally:
            sink.terminate()
            sink.wait()


def compare(bench, url, count, rounds):
    bench.run_bare(url, 100)  # warms up
    gateway, bare = [], []
    for number in range(rounds):
        gateway.append(bench.run_gateway(url, count))
        bare.append(bench.run_bare(url, count))
        print(f"  round {number + 1}: gateway {gateway[-1][0]:.2f} s, bare {bare[-1][0]:.2f} s", flush=True)
    medians = {}
    for name, results in (("bare", bare), ("gateway", gateway)):
        medians[name], cpu = (statistics.median(column) for column in zip(*results))
        print(f"{name:8} {medians[name]:6.2f} s  {count / medians[name]:7.0f} mails/s  {cpu / count * 1e6:6.1f} us of CPU "
              "per mail")
    print(f"the gateway reaches {medians['bare'] / medians['gateway']:.0%} of the bare loop")


if __name__ == "__main__":
    main()
