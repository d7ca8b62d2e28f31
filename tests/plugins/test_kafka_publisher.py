# SPDX-License-Identifier: Apache-2.0
"""What kafka_publisher leaves in a topic when brokers and connections fail: every event that it confirmed is there, the
first deliveries of a SKU's events are in order, and only the event that deserves it is rejected.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from kafka_records import Watcher, event_faults
from outlet import Outlet, expected, first_seen, numbers


@contextmanager
def outlet_to(cluster, partitions=3, url=None, topic=None, **options):
    """An outlet and a watcher of its topic."""
    config = options.pop("config", {})
    topic = topic or cluster.topic(partitions, **config)
    watcher = Watcher(cluster.url, topic)
    try:
        with Outlet(url or cluster.url, topic, **options) as outlet:
            assert outlet.opened.status == "ok"
            yield outlet, watcher
    finally:
        watcher.close()


@contextmanager
def meanwhile(action):
    """Its failure is the test's."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(action)
        yield future
        future.result()


def test_an_event_is_a_cloud_event_keyed_by_its_sku(kafka):
    with outlet_to(kafka) as (outlet, watcher):
        assert outlet.publish(0, 50).statuses() == ["ok"] * 50
        records = watcher.records()
        assert event_faults(records) == []
        assert numbers(records) == expected(0, 50)
        [record] = [record for of_one in records.values() for record in of_one if record.header("ce_id") == "event-8"]
        assert record.value == b'{"number": 8, "sku": "SKU-1", "pad": ""}'
        assert record.headers == {
            "ce_specversion": b"1.0", "ce_id": b"event-8", "ce_source": b"/gangway/stock%20allocation",
            "ce_type": b"gangway.allocation.Allocated.v1", "ce_time": b"2026-01-01T00:00:00.131Z",
            "ce_subject": b"SKU-1", "ce_sequence": b"00000000000000000009", "content-type": b"application/json",
            "traceparent": b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        }


@pytest.mark.parametrize("compression", ["gzip", "snappy", "lz4", "zstd"])
def test_compressed_events_are_the_same_to_a_reader(kafka, compression):
    with outlet_to(kafka, compression=compression) as (outlet, watcher):
        assert outlet.publish(0, 200, big=0, size=1000).statuses() == ["ok"] * 200
        assert numbers(watcher.records()) == expected(0, 200)


def test_a_sku_has_the_partition_that_javas_clients_give_it(kafka):
    """murmur2 of SKU-0 to SKU-6 over 5 partitions, as org.apache.kafka.common.utils.Utils.murmur2 has it."""
    with outlet_to(kafka, partitions=5) as (outlet, watcher):
        outlet.deliver(0, 7)
        found = {record.key.decode(): record.partition for of_one in watcher.records().values() for record in of_one}
        assert found == {f"SKU-{n}": (murmur2(f"SKU-{n}".encode()) & 0x7FFFFFFF) % 5 for n in range(7)}


def murmur2(data):
    """By the reference of 2008, with Kafka's seed."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    h = 0x9747B28C ^ len(data)
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at:at + 4], "little") * m & mask
        h = h * m & mask ^ (k ^ k >> 24) * m & mask
    if data[whole:]:
        h = (h ^ int.from_bytes(data[whole:], "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def test_a_group_larger_than_the_queue_of_the_client_goes_through_it(kafka):
    """30 MB, where 16 MiB fit."""
    kafka.needs_real("the mock keeps 5 MiB of a partition")
    with outlet_to(kafka, partitions=1) as (outlet, watcher):
        assert outlet.publish(0, 10_000, within=60, big=0, size=3000).statuses() == ["ok"] * 10_000
        assert numbers(watcher.records()) == expected(0, 10_000)


# ---- refusals -------------------------------------------------------------------------------------------------------


def test_only_the_refused_record_of_a_refused_batch_is_given_up(kafka):
    """One partition, so that all are in one batch, and those behind it follow closely."""
    with outlet_to(kafka, partitions=1, config={"max_message_bytes": 20_000}) as (outlet, watcher):
        for first, big in ((0, 31), (100, 100), (200, 299)):
            published = outlet.publish(first, 100, within=30, big=big, size=30_000)
            refused = [first + at for at, status in enumerate(published.statuses()) if status != "ok"]
            assert published.status == "ok" and refused == [big]
            assert published.verdicts[big - first].status == "permanent"
            assert published.verdicts[big - first].answer == "Broker: Message size too large"
        assert numbers(watcher.records()) == expected(0, 300, without=(31, 100, 299))
        assert outlet.log() == []


def test_no_batch_overtakes_one_that_was_refused(kafka):
    """Of batches of ten, the fourth is refused while others are on their way behind it."""
    tune = {"batch.num.messages": 10}
    with outlet_to(kafka, partitions=1, config={"max_message_bytes": 20_000}, librdkafka=tune) as (outlet, watcher):
        for first in range(0, 2000, 400):
            statuses = outlet.publish(first, 400, within=30, big=first + 31, size=30_000).statuses()
            assert [at for at, status in enumerate(statuses) if status != "ok"] == [31]
        refused = range(31, 2000, 400)
        assert first_seen(numbers(watcher.records())) == expected(0, 2000, without=refused)


def test_a_refusal_without_time_left_is_found_in_the_next_round(kafka):
    with outlet_to(kafka, partitions=1, config={"max_message_bytes": 20_000}) as (outlet, watcher):
        first, end, rounds, refused = 0, 400, 0, []
        while first < end:
            rounds += 1
            assert rounds < 200
            for status in outlet.publish(first, end - first, within=0.3, big=380, size=30_000).statuses():
                if status == "transient":
                    break
                refused += [first] if status == "permanent" else []
                first += 1
        assert refused == [380]
        assert first_seen(numbers(watcher.records())) == expected(0, 400, without=(380,))


def test_a_record_that_the_client_may_not_send_is_given_up_alone(kafka):
    with outlet_to(kafka, librdkafka={"message.max.bytes": 20_000}) as (outlet, watcher):
        published = outlet.publish(0, 20, big=7, size=30_000)
        assert [at for at, status in enumerate(published.statuses()) if status != "ok"] == [7]
        assert "message.max.bytes" in published.verdicts[7].answer
        assert numbers(watcher.records()) == expected(0, 20, without=(7,))


def test_the_publisher_waits_for_a_missing_topic_and_writes_once_it_exists(kafka):
    topic = kafka.topic()
    kafka.delete_topic(topic)
    with Outlet(kafka.url, topic) as outlet:
        for _ in range(2):
            published = outlet.publish(0, 10, within=20)
            assert published.status == "configuration" and published.ms < 10_000
            assert published.text == f"publishing to {topic}: there is no such topic"
        kafka.create_topic(topic)
        outlet.deliver(0, 10)
        watcher = Watcher(kafka.url, topic)
        assert numbers(watcher.records()) == expected(0, 10)
        watcher.close()


def test_a_topic_deleted_between_two_groups_is_reported(kafka):
    with outlet_to(kafka) as (outlet, watcher):
        outlet.deliver(0, 10)
        kafka.delete_topic(watcher.topic)
        published = outlet.publish(10, 10, within=30)
        assert "there is no such topic" in (published.text or published.verdicts[0].answer)
        assert set(published.statuses()) <= {"transient"}
        kafka.create_topic(watcher.topic, 3)
        outlet.deliver(10, 10)
        assert first_seen(numbers(watcher.records())) == expected(10, 10)


# ---- brokers and ways that fail -------------------------------------------------------------------------------------


def test_a_killed_broker_costs_no_event_and_no_order(kafka):
    with outlet_to(kafka) as (outlet, watcher):
        outlet.deliver(0, 10)

        def kill_and_start():
            for pause in (0.05, 0.3):
                time.sleep(pause)  # into the middle of what is published
                kafka.restart()

        first = 10
        with meanwhile(kill_and_start) as disaster:
            while not disaster.done():
                outlet.deliver(first, 500, within=120, attempt=3)
                first += 500
        outlet.deliver(first, 500)
        assert first_seen(numbers(watcher.records())) == expected(0, first + 500)


def test_a_broker_of_three_that_is_killed_is_replaced_within_the_attempt(kafka_cluster):
    """The client continues with the new leader, as the same producer, and repeats nothing."""
    with outlet_to(kafka_cluster, partitions=6) as (outlet, watcher):
        outlet.deliver(0, 10)
        first = 10
        with meanwhile(lambda: kafka_cluster.kill(kafka_cluster.leader(watcher.topic, 0))) as disaster:
            while not disaster.done():
                assert set(outlet.publish(first, 200, within=60).statuses()) == {"ok"}
                first += 200
        assert set(outlet.publish(first, 200, within=60).statuses()) == {"ok"}
        assert numbers(watcher.records()) == expected(0, first + 200)


def test_connections_that_are_reset_cost_no_event_and_no_order(kafka):
    proxy = kafka.nodes[0].proxy
    with outlet_to(kafka, url=kafka.proxied_url) as (outlet, watcher):
        over = threading.Event()

        def reset():
            while not over.wait(0.05):
                proxy.reset()

        with meanwhile(reset):
            try:
                for first in range(0, 4000, 400):
                    outlet.deliver(first, 400, within=120)
            finally:
                over.set()
        assert first_seen(numbers(watcher.records())) == expected(0, 4000)


def test_an_unanswered_connection_is_given_up_in_time(kafka):
    proxy = kafka.nodes[0].proxy
    with outlet_to(kafka, url=kafka.proxied_url) as (outlet, watcher):
        outlet.deliver(0, 100)
        proxy.swallow()
        begun = time.monotonic()
        published = outlet.publish(100, 100, within=1)
        assert time.monotonic() - begun < 3
        assert published.statuses() == ["transient"] * 100
        assert "confirmed nothing in time" in published.verdicts[0].answer
        proxy.heal()
        outlet.deliver(100, 100)
        assert first_seen(numbers(watcher.records())) == expected(0, 200)


def test_a_suspended_broker_delays_and_loses_nothing(kafka):
    with outlet_to(kafka) as (outlet, watcher):
        outlet.deliver(0, 100)
        kafka.hold()
        assert set(outlet.publish(100, 100, within=1).statuses()) == {"transient"}
        kafka.release()
        outlet.deliver(100, 100)
        assert first_seen(numbers(watcher.records())) == expected(0, 200)
