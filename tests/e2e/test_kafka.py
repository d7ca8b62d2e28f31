# SPDX-License-Identifier: Apache-2.0
"""Topics in, PostgreSQL, topics out, on a real broker: one gateway and three end where the reference model ends, what
they send is whole, in order and there once, and the broker's tools see how far they are."""

import json

import ledger
import pytest
import reference
from ledger import Ledger

pytest.importorskip("confluent_kafka", reason="needs the package python3-confluent-kafka")

import kafka_stream  # noqa: E402  (after the look whether its module is there)
from kafka_commands import allocate, batch, keyed  # noqa: E402
from kafka_stream import assert_same_events_per_product, running  # noqa: E402
from log_records import CODE  # noqa: E402

MIXED = {"changes": 20, "faulty": 5, "repeats": 5}


def assert_as_in_the_model(stream, model):
    state = Ledger(stream.database.url)
    ledger.assert_same_state(state, model)
    ledger.assert_nothing_waits(state)
    assert_same_events_per_product(stream.records(), model)


def assert_counted(results, model):
    """Every message was counted once, by whichever gateway decided it. One may have been received by several, who gave
    it back."""
    summaries = [result.summary() for result in results]
    for word in ("applied", "skipped", "duplicate", "dead"):
        assert sum(summary[word] for summary in summaries) == model.outcomes[word], word


# ---- the whole ----


@pytest.mark.parametrize("gateways, options", [(1, MIXED), (3, {"seed": 2, **MIXED})], ids=["one", "three"])
def test_the_superstore_ends_as_the_model_says(stream, tmp_path, superstore_commands, gateways, options):
    path = superstore_commands(**options)
    messages = keyed(path.read_bytes().splitlines())
    half = len(messages) // 2
    places = stream.produce(messages[:half])
    workers = {"workers": 2} if gateways > 1 else {}
    with running(*(stream.gateway(tmp_path / f"gateway-{number}", consumer=workers)
                   for number in range(gateways))) as started:
        started = [started] if gateways == 1 else started
        places += stream.produce(messages[half:])
        stream.await_taken()
        results = [one.stop() for one in started]
    model = reference.run(path)
    assert_as_in_the_model(stream, model)
    assert_dead_letters(started[0].gateway, model, places)
    assert stream.positions() == stream.ends()
    assert_counted(results, model)
    assert_told_to_the_broker(stream)


def assert_dead_letters(gateway, model, places):
    """Each where it was produced to, with a reason that fits."""
    rows = gateway.call("dlq", "list", "--config", gateway.config, "--format", "json").table()
    found = {(kafka_stream.place_of(row["source"])[1], row["offset"]): row["reason"] for row in rows}
    expected = {places[letter.line - 1]: letter.rejection for letter in model.dead_letters}
    assert len(rows) == len(found) and found.keys() == expected.keys()
    for place, rejection in expected.items():
        assert ledger.reason_fits(found[place], rejection), (place, found[place], rejection)


def assert_told_to_the_broker(stream):
    """What Kafka's own tool says of the group: how far it is, and that nothing is left."""
    rows = {(row["topic"], row["partition"]): row for row in stream.kafka.describe_group(stream.group)}
    ends = {place: end for place, end in stream.ends().items() if end > 0}
    assert {place: row["current-offset"] for place, row in rows.items()} == ends
    assert {row["lag"] for row in rows.values()} == {0}


def test_topics_of_one_command_each_need_no_type_in_the_message(new_stream, tmp_path, superstore_commands):
    """Batches first, then the orders: between topics there is no order."""
    batches, orders = kafka_stream.unique("create_batch"), kafka_stream.unique("allocate")
    stream = new_stream(topics={batches: "CreateBatch", orders: "Allocate"})
    lines = superstore_commands(2000).read_bytes().splitlines()
    creating = [line for line in lines if b'"CreateBatch"' in line]
    ordering = [line for line in lines if b'"Allocate"' in line]
    model = reference.Model().feed(creating).feed(ordering)
    with running(stream.gateway(tmp_path)):
        for topic, chosen in ((batches, creating), (orders, ordering)):
            stream.produce([(key, without_type(payload)) for key, payload in keyed(chosen)], topic)
            stream.await_taken()
    assert_as_in_the_model(stream, model)
    assert stream.positions() == stream.ends()


def without_type(payload):
    return json.dumps({name: value for name, value in json.loads(payload).items() if name != "type"}).encode()


def test_a_restarted_gateway_continues_where_it_stopped(stream, tmp_path):
    gateway = stream.gateway(tmp_path)
    stream.produce([batch("b1", "LAMP", 10), *(allocate(f"o{number}", "LAMP", 1) for number in range(3))])
    with running(gateway) as one:
        stream.await_taken()
        assert one.stop().summary()["received"] == 4
    stream.produce([allocate("o3", "LAMP", 1)])
    with running(gateway) as one:
        stream.await_taken()
        assert one.stop().summary()["received"] == 1
    assert [dict(event.members)["orderid"] for event in stream.all_events()] == ["o0", "o1", "o2", "o3"]


def test_a_static_member_that_restarts_does_not_disturb_the_others(stream, tmp_path):
    """Its partitions wait for it as long as its session lasts."""
    stream.produce([batch(f"b{number}", f"SKU-{number}", 1) for number in range(50)])
    first, second = (stream.gateway(tmp_path / name, consumer={"instance_id": name, "session_timeout": "30s"})
                     for name in ("first", "second"))
    with running(first, second) as (one, other):
        stream.await_taken()
        stream.await_members(2)
        shared = {row["partition"]: row["consumer-id"] for row in stream.kafka.describe_group(stream.group)}
        before = len(other.logged(CODE.SOURCE_STARTED))
        one.stop()
        with running(first):
            stream.produce([batch(f"c{number}", f"SKU-{number}", 1) for number in range(50)])
            stream.await_taken()
        assert len(other.logged(CODE.SOURCE_STARTED)) == before
        now = {row["partition"]: row["consumer-id"] for row in stream.kafka.describe_group(stream.group)}
        assert {number for number in shared if "second" in shared[number]} == {
            number for number in now if "second" in (now[number] or "")}
