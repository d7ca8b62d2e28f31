# SPDX-License-Identifier: Apache-2.0
"""An Apache Kafka cluster for the tests: the real broker, from Maven Central's jars, with one node or three, each of
them controller and broker. Its data is in a temporary folder, and its ports are below the ephemeral range on 127.0.0.1.
It runs as an ordinary user, and is ended by its pids. With three nodes a message is confirmed when two of them have it
(min.insync.replicas). kafka_listeners.py has its listeners, kafka_tools.py the tools that change it.
"""

import concurrent.futures
import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

import kafka_listeners
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic
from kafka_jars import NEWEST, fetch_jars
from kafka_tools import Tools
from local_server import die_with_parent, free_port, identity, ordinary_user
from npm_package import cache_folder
from proxy import Proxy
from suspended_process import resume, suspend
from waiting import until

CLUSTER = "Z2FuZ3dheS10ZXN0cy0wMQ"  # 16 bytes in base64, as KRaft wants its cluster's id
JAVA = ["java", "-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", "jars/*"]
START_SECONDS = 120
STOP_SECONDS = 60


class Cluster(Tools):
    """Running brokers. Use it as a context, or call close(). Nodes are numbered from 0."""

    is_real = True

    def __init__(self, nodes=1, settings=None, is_secure=False, version=NEWEST):
        jars = fetch_jars(version)
        self.folder = Path(tempfile.mkdtemp(prefix="gwkafka-", dir="/tmp"))
        self.user = ordinary_user()
        self.settings = settings or {}
        self.is_secure, self.version = is_secure, version
        self.certificates = self.folder / "certificates"
        self.nodes = []
        # One thread that lives as long as the cluster, because the kernel ends a node with the thread that began it.
        self.starter = concurrent.futures.ThreadPoolExecutor(1)
        try:
            if is_secure:
                kafka_listeners.make_certificates(self.certificates)
            self.place(jars)
            self.start_first(nodes)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def needs_real(self, why):
        """Where this is the mock (kafka_mock.py), the test is skipped here."""

    @property
    def pid(self):
        """Of the first node."""
        return self.nodes[0].process.pid

    # ---- its life ----

    def place(self, jars):
        """The jars go where the user who runs the brokers can read them: the cache may be in root's home."""
        copy = self.folder / "jars"
        try:
            shutil.copytree(jars, copy, copy_function=os.link)
        except (OSError, shutil.Error):
            shutil.copytree(jars, copy, dirs_exist_ok=True)
        for path in [self.folder, *self.certificates.glob("broker.*")]:
            if self.user:
                os.chown(path, self.user.pw_uid, self.user.pw_gid)
        copy.chmod(0o755)

    def start_first(self, count):
        """Starts the first nodes. If another process has taken one of their ports, every node gets a new port, because
        each node is configured with the ports of all."""
        for attempt in range(3):
            self.nodes = [Node(self, number) for number in range(count)]
            for node in self.nodes:
                node.write_settings()
            with concurrent.futures.ThreadPoolExecutor() as pool:
                list(pool.map(Node.format, self.nodes))
            try:
                self.start()
                return
            except RuntimeError:
                self.kill()
                self.close_proxies()
                if attempt == 2 or not any("already in use" in node.complaints() for node in self.nodes):
                    raise

    def chosen(self, number):
        return self.nodes if number is None else [self.nodes[number]]

    def start(self, number=None):
        """Starts a node, or all, and waits until each that runs is known to the cluster and serves its partitions."""
        for node in self.chosen(number):
            if not node.is_running():
                node.process = self.starter.submit(node.spawn).result()
        self.wait_until_ready()

    def stop(self, number=None):
        """Asks a node, or all, for an orderly shutdown. Nodes that run alone cannot hand their leadership over: those
        are ended as by kill()."""
        chosen = self.chosen(number)
        if 2 * (len(self.running()) - len(chosen)) <= len(self.nodes):
            self.kill(number)
            return
        for node in chosen:
            node.end(signal.SIGTERM)

    def kill(self, number=None):
        """Ends a node, or all, without a chance to do anything."""
        for node in self.chosen(number):
            node.end(signal.SIGKILL)

    def restart(self, number=None):
        self.kill(number)
        self.start(number)

    def hold(self, number=None):
        """Suspends a node, or all, without a loss: for less than six seconds the other nodes consider it alive."""
        for node in self.chosen(number):
            node.hold()

    def release(self, number=None):
        for node in self.chosen(number):
            node.release()

    def heal(self):
        """Undoes every fault: all nodes run and serve, and so do the proxies."""
        for node in self.nodes:
            node.proxy.heal()
        self.release()
        self.start()

    def close(self):
        """Ends everything and removes it."""
        try:
            self.kill()
            self.close_proxies()
        finally:
            self.starter.shutdown()
            shutil.rmtree(self.folder, ignore_errors=True)

    def close_proxies(self):
        for node in self.nodes:
            node.proxy.close()

    def running(self):
        return [node for node in self.nodes if node.is_running()]

    def wait_until_ready(self):
        running = self.running()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            for node in running:
                if not node.is_running():
                    raise RuntimeError(f"a Kafka node ended with {node.process.returncode}:\n{node.complaints()}")
            if all(node.knows(running) for node in running):
                return
            time.sleep(0.1)  # between two looks; what counts is what the nodes answer
        raise RuntimeError("Kafka did not come up:\n" + self.complaints())

    def complaints(self):
        """The ends of the logs."""
        return "\n".join(f"node {node.number}, {'running' if node.is_running() else 'ended'}:\n{node.complaints()}"
                         for node in self.nodes)

    # ---- talking to it ----

    @property
    def url(self):
        """For `brokers` and bootstrap.servers: all nodes, with commas between."""
        return ",".join(node.address for node in self.nodes)

    @property
    def proxied_url(self):
        """The same through proxies, node.proxy, where who comes in stays."""
        return ",".join(f"127.0.0.1:{node.proxy.port}" for node in self.nodes)

    def secure_url(self, listener):
        """By one of kafka_listeners.SECURE."""
        return ",".join(f"localhost:{node.ports[listener]}" for node in self.nodes)

    def java(self, *arguments):
        """What a program of Kafka's own prints."""
        user = identity(self.user, self.folder)
        done = subprocess.run([*JAVA, *arguments], capture_output=True, text=True, timeout=START_SECONDS, **user)
        if done.returncode != 0:
            said = (done.stdout + done.stderr)[:2000]  # behind it a page of help
            raise RuntimeError(f"{arguments[0]}: status {done.returncode}\n{said}")
        return done.stdout

    def admin(self):
        return AdminClient({"bootstrap.servers": self.url, "log_level": 0})

    def topic(self, partitions=1, **config):
        """A new topic with a name of its own. Returns the name."""
        return self.create_topic(f"topic-{uuid.uuid4()}", partitions, **config)

    def delete_topics(self, *names):
        """Deletes those of these topics that exist, and returns when they are gone."""
        admin = self.admin()
        found = [name for name in names if name in admin.list_topics(timeout=10).topics]
        for future in admin.delete_topics(found).values() if found else ():
            future.result(30)
        until(lambda: not set(found) & set(admin.list_topics(timeout=10).topics), 30)

    def create_topic(self, name, partitions=1, **config):
        """Creates it on every node, and returns when each partition has its leader. Config: in snake case."""
        config = {key.replace("_", "."): str(value) for key, value in config.items()}
        topic = NewTopic(name, num_partitions=partitions, replication_factor=len(self.nodes), config=config)
        admin = self.admin()
        admin.create_topics([topic])[name].result(30)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            found = admin.list_topics(timeout=10).topics.get(name)
            if found and len(found.partitions) == partitions and all(p.leader >= 0 for p in found.partitions.values()):
                return name
            time.sleep(0.05)  # between two looks
        raise RuntimeError(f"no leader for every partition of {name}")


def keep(folder, template):
    """Copies a folder to the cache, where it is whole or not there."""
    template.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=template.parent) as scratch:
        shutil.copytree(folder, Path(scratch) / "copy")
        with contextlib.suppress(OSError):  # another process was first
            os.replace(Path(scratch) / "copy", template)


class Node:
    def __init__(self, cluster, number):
        self.cluster, self.number = cluster, number
        self.ports = {listener: free_port() for listener in kafka_listeners.protocols(cluster.is_secure)}
        self.port, self.controller_port = self.ports["PLAINTEXT"], free_port()
        self.proxy = Proxy(self.ports["PROXIED"], is_unread=True)
        self.folder = cluster.folder / f"node{number}"
        self.properties, self.log = self.folder / "server.properties", self.folder / "log"
        self.process = None

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def write_settings(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        lines = [f"{key}={value}" for key, value in self.settings().items()]
        self.properties.write_text("\n".join(lines) + "\n")
        self.log.touch()
        if self.cluster.user:
            os.chown(self.folder, self.cluster.user.pw_uid, self.cluster.user.pw_gid)

    def settings(self):
        """The controllers' names are fixed, as static voters. Internal topics are as safe as the others, and small."""
        nodes = self.cluster.nodes
        copies, in_sync = len(nodes), 2 if len(nodes) > 1 else 1
        return {
            "process.roles": "broker,controller",
            "node.id": self.number,
            "controller.quorum.voters": ",".join(f"{n.number}@127.0.0.1:{n.controller_port}" for n in nodes),
            "log.dirs": self.folder / "data",
            "auto.create.topics.enable": "false",
            "default.replication.factor": copies,
            "min.insync.replicas": in_sync,
            "offsets.topic.num.partitions": 4,
            "offsets.topic.replication.factor": copies,
            "transaction.state.log.num.partitions": 2,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": in_sync,
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 1000,  # a test that kills a member does not want to wait for long
            "broker.heartbeat.interval.ms": 1000,
            "broker.session.timeout.ms": 6000,
            "log.cleaner.dedupe.buffer.size": 4 << 20,
            "num.network.threads": 2,
            "num.io.threads": 2,
        } | kafka_listeners.settings(self) | self.cluster.settings

    def format(self):
        """Storage of a version, a number and its users is always the same, so it is made once, by a Java program that takes
        seconds, and copied."""
        data, users = self.folder / "data", kafka_listeners.format_arguments(self.cluster.is_secure)
        kind = hashlib.sha256(repr((CLUSTER, users)).encode()).hexdigest()[:16]
        template = cache_folder() / f"kafka-storage-{self.cluster.version}-{kind}-{self.number}"
        if not template.is_dir():
            self.cluster.java("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", self.properties, *users)
            keep(data, template)
            return
        shutil.copytree(template, data)
        if self.cluster.user:
            for path in (data, *data.rglob("*")):
                os.chown(path, self.cluster.user.pw_uid, self.cluster.user.pw_gid)

    def spawn(self):
        user = identity(self.cluster.user, self.cluster.folder)
        with self.log.open("ab") as log:
            return subprocess.Popen([*JAVA, "kafka.Kafka", self.properties], stdin=subprocess.DEVNULL, stdout=log,
                                    stderr=log, preexec_fn=lambda: die_with_parent(signal.SIGKILL), **user)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def end(self, number):
        if self.is_running():
            self.process.send_signal(number)
            self.process.wait(STOP_SECONDS)

    def hold(self):
        suspend(self.process.pid)

    def release(self):
        if self.is_running():
            resume(self.process.pid)

    def knows(self, running):
        """Whether this very node answers, knows just those that run, and a leader of every partition that has one of
        them among its replicas."""
        admin = AdminClient({"bootstrap.servers": self.address, "log_level": 0})
        with contextlib.suppress(KafkaException):
            seen = admin.list_topics(timeout=2)
            numbers = {node.number for node in running}
            partitions = [p for topic in seen.topics.values() for p in topic.partitions.values()]
            return set(seen.brokers) == numbers and all(p.leader in numbers for p in partitions)
        return False

    def topics(self):
        """That this very node knows."""
        return set(AdminClient({"bootstrap.servers": self.address, "log_level": 0}).list_topics(timeout=10).topics)

    def complaints(self):
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""
