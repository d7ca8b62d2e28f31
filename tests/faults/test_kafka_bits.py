# SPDX-License-Identifier: Apache-2.0
"""Bits of events flip on the way to a broker, without TLS. Record batches carry a checksum, so nothing wrong enters
the topic, nothing is lost, and nothing becomes a dead letter."""

import ledger
import pytest
import reference
import superstore
from gateway import STATUS_OK, Gateway
from kafka_records import Watcher, event_faults, events_of
from repositories import Sqlite

CONFIG = f"""\
service: bits
repository: {Sqlite.block}
entrypoints:
  commands: {{plugin: jsonl_reader, path: commands.jsonl, turn: 100}}
publishers:
  events: {{plugin: kafka_publisher, brokers: ["%s"], topic: %s, batch: 10, backoff: 50ms}}
routes:
  Allocated:   {{publish: [events]}}
  Deallocated: {{publish: [events]}}
  OutOfStock:  {{publish: [events]}}
"""


@pytest.fixture
def publishing(tmp_path, kafka, superstore_csv):
    kafka.needs_real("records are checked by the broker")
    topic = kafka.topic()
    gateway = Gateway(tmp_path, CONFIG % (kafka.proxied_url, topic))
    superstore.write_commands(gateway.commands, 300, changes=20)
    watcher = Watcher(kafka.url, topic)
    yield gateway, watcher
    watcher.close()
    gateway.close()


def test_flipped_bits_of_events_do_not_enter_a_topic(publishing, kafka, rng, counts):
    gateway, watcher = publishing
    proxy = kafka.nodes[0].proxy
    proxy.flip_behind(b'"orderid"', 2, rng)
    result = gateway.run(timeout=60)
    flips = proxy.flips
    assert result.status == STATUS_OK, result
    assert gateway.dead_letters() == []
    records = watcher.records()
    model = reference.run(gateway.commands)
    assert event_faults(records) == []
    repeats = len(events_of(records)) - len(ledger.first_occurrences(events_of(records)))
    assert sorted(event.members for event in ledger.first_occurrences(events_of(records))) == sorted(
        map(reference.event_members, model.events))
    counts(flips=flips, repeats=repeats)
    assert flips > 0
