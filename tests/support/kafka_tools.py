# SPDX-License-Identifier: Apache-2.0
"""Operations on a running Kafka with its own tools, each a Java program of a few seconds, because Debian's Python
client is too old for them. A part of kafka_broker.Cluster."""

import json
import time
import uuid
from waiting import until

SECONDS = 60
GROUPS = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"


class Tools:
    """Of a cluster, which has `url`, `version`, `admin()`, `folder` and `java(arguments)`."""

    def tool(self, name, *arguments):
        return self.java(name, "--bootstrap-server", self.url, *arguments)

    def tool_file(self, content):
        path = self.folder / f"{uuid.uuid4()}.json"
        path.write_text(json.dumps(content))
        path.chmod(0o644)
        return path

    # ---- groups ----

    def describe_group(self, group):
        """What `kafka-consumer-groups --describe` shows of each partition: dicts by its column titles in lower case.
        What it shows as `-` is None, and a number an int."""
        rows = [line.split() for line in self.tool(GROUPS, "--describe", "--group", group).splitlines()]
        titles = next((row for row in rows if row[:1] == ["GROUP"]), [])
        names = [title.lower() for title in titles]
        return [dict(zip(names, map(value_of, row))) for row in rows if len(row) == len(titles) and row != titles]

    def committed(self, group):
        """The offset that a group has committed, by topic and partition."""
        return {(row["topic"], row["partition"]): row["current-offset"] for row in self.describe_group(group)}

    # ---- topics ----

    def delete_topic(self, name):
        """Returns when no node knows it any more."""
        admin = self.admin()  # which must outlive the answer
        admin.delete_topics([name])[name].result(SECONDS)
        until(lambda: all(name not in node.topics() for node in self.running()), SECONDS)

    def delete_records(self, topic, partition, before):
        """Those below an offset are gone, as when their time was over."""
        wanted = {"version": 1, "partitions": [{"topic": topic, "partition": partition, "offset": before}]}
        said = self.tool("org.apache.kafka.tools.DeleteRecordsCommand", "--offset-json-file", self.tool_file(wanted))
        if "error:" in said:
            raise RuntimeError(said)

    def leader(self, topic, partition):
        return self.admin().list_topics(topic, timeout=SECONDS).topics[topic].partitions[partition].leader

    def move_leader(self, topic, partition, number):
        """To another node, in an orderly way; the partition serves all the time."""
        others = [node.number for node in self.nodes if node.number != number]
        one = {"topic": topic, "partition": partition}
        self.tool("org.apache.kafka.tools.reassign.ReassignPartitionsCommand", "--execute", "--reassignment-json-file",
                  self.tool_file({"version": 1, "partitions": [one | {"replicas": [number, *others]}]}))
        self.tool("org.apache.kafka.tools.LeaderElectionCommand", "--election-type", "PREFERRED",
                  "--path-to-json-file", self.tool_file({"partitions": [one]}))
        until(lambda: self.leader(topic, partition) == number, SECONDS)

    # ---- rights ----

    def allow(self, user, operation, topic=None, group=None):
        """Such as allow("guest", "Read", topic="orders"). Of a secure cluster."""
        resource = ["--topic", topic] if topic else ["--group", group]
        package = "kafka.admin" if self.version.startswith("3.") else "org.apache.kafka.tools"
        self.tool(f"{package}.AclCommand", "--add", "--allow-principal", f"User:{user}", "--operation",
                  operation, *resource)


def value_of(text):
    if text == "-":
        return None
    return int(text) if text.isdecimal() else text
