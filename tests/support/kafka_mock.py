# SPDX-License-Identifier: Apache-2.0
"""librdkafka's mock of a Kafka cluster, in a process of its own (kafka_mock.c), for machines without the real
broker. It keeps records in memory, drops those beyond 5 MiB or 100,000 of a partition, creates a requested topic,
and has no TLS, logins, rights, proxies or tools: tests that need one of these are skipped."""

import os
import signal
import subprocess
import threading
import unittest
import uuid
from pathlib import Path

from local_server import die_with_parent
from suspended_process import resume, suspend

ROOT = Path(__file__).resolve().parent.parent.parent


def program():
    return (ROOT / os.environ.get("GANGWAY_BUILD_DIR", "build/debug") / "tests/kafka_mock").resolve()


class MockCluster:
    """What kafka_broker.Cluster is, as far as the mock goes. Nodes are numbered from 0."""

    is_real = False

    def __init__(self, nodes=1, reason=""):
        self.reason = reason
        self.count = nodes
        self.lock = threading.Lock()
        self.process = subprocess.Popen([program(), str(nodes)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, preexec_fn=lambda: die_with_parent(signal.SIGKILL))
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError(f"{program()} ended with {self.process.wait()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __getattr__(self, name):
        raise unittest.SkipTest(f"needs a real Kafka, because the mock has no `{name}`")

    def needs_real(self, why):
        raise unittest.SkipTest(f"needs a real Kafka: {why}")

    def complaints(self):
        return "the mock has no log"

    def ask(self, command):
        with self.lock:
            self.process.stdin.write(command + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline().strip()
        if answer != "ok":
            raise RuntimeError(f"{command}: {answer}")

    @property
    def pid(self):
        return self.process.pid

    # ---- topics ----

    def topic(self, partitions=1, **config):
        return self.create_topic(f"topic-{uuid.uuid4()}", partitions, **config)

    def create_topic(self, name, partitions=1, **config):
        if config:
            self.needs_real(f"a topic with {', '.join(config)}")
        self.ask(f"topic {name} {partitions} {self.count}")
        return name

    def move_leader(self, topic, partition, number):
        self.ask(f"leader {topic} {partition} {number + 1}")

    # ---- its life ----

    def chosen(self, number):
        return range(self.count) if number is None else [number]

    def start(self, number=None):
        for each in self.chosen(number):
            self.ask(f"up {each + 1}")

    def kill(self, number=None):
        for each in self.chosen(number):
            self.ask(f"down {each + 1}")

    stop = kill

    def restart(self, number=None):
        self.kill(number)
        self.start(number)

    def hold(self, number=None):
        if number is not None and self.count > 1:
            self.needs_real("one of its nodes is held")
        suspend(self.process.pid)

    def release(self, _=None):
        resume(self.process.pid)

    def heal(self):
        self.release()
        self.start()

    def close(self):
        self.release()
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()
