# SPDX-License-Identifier: Apache-2.0
"""Selects the Kafka of the tests: the real broker, or librdkafka's mock if the broker cannot be downloaded or
GANGWAY_KAFKA=mock is set. As a program it downloads the broker and prints the choice; status 3: the mock."""

import os
import sys
import unittest

import kafka_jars
import kafka_mock

ASKED = "GANGWAY_KAFKA asks for it"


def reason_for_mock():
    """Why the tests cannot use the real broker; None when they can. GANGWAY_KAFKA_REASON is the reason of the caller
    that chose the mock."""
    if os.environ.get("GANGWAY_KAFKA") == "mock":
        return os.environ.get("GANGWAY_KAFKA_REASON", ASKED)
    try:
        kafka_jars.fetch_jars()
    except kafka_jars.KafkaUnavailable as unavailable:
        return str(unavailable)
    return None


def describe(reason):
    return f"Kafka: librdkafka's mock cluster, because {reason}" if reason else f"Kafka: {kafka_jars.NEWEST}"


def start(nodes=1, **options):
    """A cluster of either kind. Options are the real one's: who needs one of them is skipped without it."""
    reason = reason_for_mock()
    if reason is None:
        return start_real(nodes, options)
    if options:
        raise unittest.SkipTest(f"needs a real Kafka: {reason}")
    return kafka_mock.MockCluster(nodes, reason)


def start_real(nodes, options):
    try:
        import kafka_broker  # which needs a module that Debian has in a package of its own
        return kafka_broker.Cluster(nodes, **options)
    except (ModuleNotFoundError, kafka_jars.KafkaUnavailable) as failure:
        raise unittest.SkipTest(f"needs a real Kafka: {failure}") from failure


if __name__ == "__main__":
    found = reason_for_mock()
    print(describe(found))
    sys.exit(3 if found else 0)
