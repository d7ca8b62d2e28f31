# SPDX-License-Identifier: Apache-2.0
"""Gateways between two topics on one PostgreSQL database, under load: commands keyed by SKU over six partitions, a
sender with its own log, and at the end the verdict on what was sent, accepted, committed and delivered."""

import contextlib
import random
import re
import signal
import uuid

import psycopg2
import superstore
from confluent_kafka import KafkaException
from gateway import STATUS_OK
from kafka_records import Watcher, event_faults, events_of
from kafka_sender import Sender
from load import BATCH, MIXED, RECOVERY_SECONDS, TURN, Life, Load
from repositories import Postgres
from sources import PartitionSource

PARTITIONS = 6
SESSION_SECONDS = 2  # after which a member that says nothing is out of its group

CONFIG = """\
service: faults
repository: {repository}
entrypoints:
  orders:
    plugin: kafka_consumer
    brokers: [{brokers}]
    group: {group}
    topics: {{{topics}}}
    workers: {workers}
    turn: {turn}
    dedupe: {dedupe}
    cache: {cache}
    session_timeout: {session}s
{static}    librdkafka: {{{tuning}}}
publishers:
  events: {{plugin: kafka_publisher, brokers: [{brokers}], topic: {out}, batch: {batch}}}
routes:
  Allocated:   {{publish: [events]}}
  Deallocated: {{publish: [events]}}
  OutOfStock:  {{publish: [events]}}
"""


class KafkaLoad(Load):
    """A Load whose commands and events are in topics of its own. A source is a pair here, (topic, partition)."""

    def __init__(self, folder, database, rng, cluster):
        cluster.needs_real("the mock crashes when a node of three goes down, and its groups assign no partition for 30 s")
        super().__init__(folder, database, rng)
        self.cluster = cluster
        self.group = f"group_{uuid.uuid4().hex[:8]}"
        self.senders, self.topics = [], {}  # topic -> its watcher
        self.topic = self.add_topic()
        self.out = self.create_topic("events")
        self.events_topic = Watcher(cluster.url, self.out)
        self.uses_ids = False
        self.earlier, self.moves = {}, []  # source -> records that it had before they were deleted; operator's moves

    def close(self):
        for sender in self.senders:
            sender.stop()
        super().close()
        for watcher in (self.events_topic, *self.topics.values()):
            watcher.close()

    def create_topic(self, kind):
        return self.cluster.create_topic(f"{kind}_{uuid.uuid4().hex[:8]}", PARTITIONS)

    def add_topic(self):
        """One more topic of commands, for the lives to come. Its name."""
        name = self.create_topic("commands")
        self.topics[name] = Watcher(self.cluster.url, name)
        return name

    # ---- what goes in ----

    def send(self, seconds=0, count=8_000, topic=None, mark=b"", **options):
        """Commands that are sent over so many seconds from now on, or at once. mark: begins the SKUs, so that what two
        topics are about is not the same."""
        path = self.folder / f"commands-{len(self.senders)}.jsonl"
        superstore.write_commands(path, count, seed=self.rng.randrange(1 << 30), **MIXED)
        commands = re.sub(rb"\b(FUR|OFF|TEC)-", mark + rb"\1-", path.read_bytes()).splitlines()
        sender = Sender(self.cluster.url, topic or self.topic, commands, seconds, path.with_suffix(".log"),
                        random.Random(self.rng.random()), **options)
        self.senders.append(sender)
        return sender

    # ---- lives ----

    def start(self, url=None, options="", env=None, **settings):
        """A gateway begins to run. options: of the repository; settings: of `gateway`."""
        self.prepare()
        gateway = self.gateway((), Postgres(self.database, url, options), **settings)
        self.lives.append(Life(gateway, self.folder / f"log-{len(self.lives)}", env))
        return self.lives[-1]

    def gateway(self, _, repository, workers=1, turn=TURN, dedupe="position", cache="8MiB", tuning="", static=None):
        """One with a bootstrap file of its own. static: the instance_id of its members."""
        return self.add_gateway(CONFIG.format(
            repository=repository.block, brokers=self.cluster.url.replace(",", ", "), group=self.group, dedupe=dedupe,
            cache=cache,
            topics=", ".join(f"{topic}: auto" for topic in self.topics), out=self.out, workers=workers, turn=turn,
            batch=BATCH, session=SESSION_SECONDS, tuning=tuning,
            static=f"    instance_id: {static}\n" if static else ""))

    # ---- how far it is ----

    def named_positions(self):
        return dict(self.database.psql("SELECT source, next FROM gangway.positions"))

    def positions(self):
        """source -> its position, of those that have one"""
        return {source_of(name): offset for name, offset in self.named_positions().items()}

    def taken(self):
        """Records that are behind the positions."""
        return sum(self.positions().values())

    def delivered(self):
        return self.events_topic.written()

    def has_delivered(self, count=1):
        """Whether the topic of events has so many. False, too, if the cluster does not answer in time."""
        with contextlib.suppress(KafkaException):
            return self.delivered() >= count
        return False

    def ends(self):
        """source -> the offset behind its last record"""
        return {(topic, number): end for topic, watcher in self.topics.items()
                for number, (_, end) in watcher.ends().items()}

    def is_drained(self):
        if any(sender.is_alive() for sender in self.senders):
            return False
        with contextlib.suppress(psycopg2.OperationalError, KafkaException):  # either may be unreachable
            return self.behind() == {} and self.pending() == 0
        return False

    def behind(self):
        """source -> how many of its records wait"""
        positions = self.positions()
        return {source: end - positions.get(source, 0) for source, end in self.ends().items()
                if end != positions.get(source, 0)}

    def wait_until_drained(self, seconds=RECOVERY_SECONDS):
        for sender in self.senders:
            sender.join()
        super().wait_until_drained(seconds)

    # ---- what an operator does ----

    def keep(self, topic):
        """Keeps the records of a topic for the verdict, because they will be deleted by then."""
        for number, records in self.topics[topic].records().items():
            self.earlier[topic, number] = records

    def set_position(self, source, offset):
        """An operator moves a source, with the gateway's own command; what it had and no position passed is given up."""
        (name,) = (name for name in self.named_positions() if source_of(name) == source)
        before = self.positions()[source]
        config = self.gateways[0].config
        done = self.gateways[0].call("positions", config, "--set", name, offset)
        assert done.status == STATUS_OK, done
        self.moves.append((source, before, self.positions()[source]))

    # ---- the end ----

    def source(self, topic, number, records):
        return PartitionSource(topic, number, self.given(records))

    def given(self, records):
        """As the verdict wants them."""
        return [(record.offset, record.value, record.timestamp, record.header("message-id") if self.uses_ids else None)
                for record in records]

    def judged_sources(self, came_in):
        sources = {source: self.source(*source, self.earlier.get(source, records))
                   for source, records in came_in.items()}
        for source, before, after in self.moves:
            sources[source].expect_move(before, after, self.given(came_in[source]))
        return list(sources.values())

    def came_in(self):
        """source -> its records"""
        return {(topic, number): records for topic, watcher in self.topics.items()
                for number, records in watcher.records().items()}

    def judge(self, is_clean=True, came_in=None, came_out=None):
        """came_in, came_out: what the topics have, or what a test says that they had."""
        came_in, came_out = came_in or self.came_in(), came_out or self.events_topic.records()
        verdict = self.repository.judge(self.judged_sources(came_in), [events_of(came_out)])
        for fault in self.sending_faults(came_in) + event_faults(came_out):
            verdict.violation(fault)
        if is_clean:
            verdict.assert_clean()
        return verdict

    def sending_faults(self, came_in):
        found = []
        for sender in self.senders:
            records = [record for of_all in (self.earlier, came_in) for (topic, _), of_one in of_all.items()
                       for record in of_one if topic == sender.topic]
            found += sender.faults(records)
        return found

    def kills(self):
        return sum(life.status == -signal.SIGKILL for life in self.lives)

    def tell(self):
        return f"{super().tell()}\n--- the cluster\n{self.cluster.complaints()}"

    def progress(self):
        """The report of a failed wait needs the logs all the more when the cluster does not answer."""
        with contextlib.suppress(KafkaException):
            return f"behind: {self.behind()}\n{super().progress()}"
        return f"taken {self.taken()}, pending {self.pending()}; the cluster does not answer"


def source_of(name):
    """(topic, partition) of a source that the gateway names."""
    topic, number = re.search(r"([^/:]+)[/:](\d+)$", name).groups()
    return topic, int(number)
