# SPDX-License-Identifier: Apache-2.0
"""Other people's clients and their conventions: kcat and kafkajs send commands and get events, CloudEvents say what a
message is and who sent it, a trace goes from a command to its events."""

import base64
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import npm_package
import pytest
from gateway import ROOT, STATUS_OK

pytest.importorskip("confluent_kafka")

from kafka_commands import allocate, batch  # noqa: E402  (after that look)
from kafka_stream import running  # noqa: E402

pytestmark = pytest.mark.no_release

KAFKAJS = "2.2.4"
KAFKAJS_SHA512 = "j/YeapB1vfPT2iOIUn/vxdyKEuhuY2PxMBvf5JWux6iSaukAccrMtXEY/Lb7OvavDhOWME589bpLrEdnVHjfjA=="
TRACE = [("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
         ("tracestate", b"shop=t61rcWkgMzE,other=00f067aa0ba902b7")]


def orders(events):
    return [dict(event.members)["orderid"] for event in events]


def taken(stream, folder, messages, consumer=None):
    """What becomes of messages: (the summary of the run, the events)."""
    return taken_by(stream.gateway(folder, consumer=consumer), stream, messages)


def taken_by(gateway, stream, messages):
    stream.produce([batch("b1", "LAMP", 100), *messages])
    with running(gateway) as one:
        stream.await_taken()
        summary = one.stop().summary()
    return summary, stream.all_events()


def dead_letters(gateway):
    return gateway.call("dlq", "list", "--config", gateway.config, "--format", "json").table()


def replay(gateway, letter):
    [row] = gateway.call("dlq", "replay", letter["id"], "--config", gateway.config, "--format", "json").table()
    return row["result"]


# ---- clients ----


def kcat(*arguments, **options):
    if shutil.which("kcat") is None:
        pytest.skip("needs Debian's kcat")
    done = subprocess.run(["kcat", *arguments], capture_output=True, text=True, timeout=60, check=True, **options)
    return done.stdout


def test_kcat_sends_commands_and_prints_events(stream, tmp_path):
    commands = ('LAMP:{"type":"CreateBatch","ref":"b1","sku":"LAMP","qty":5}\n'
                'LAMP:{"type":"Allocate","orderid":"o1","sku":"LAMP","qty":2}\n')
    with running(stream.gateway(tmp_path)):
        kcat("-P", "-b", stream.kafka.url, "-t", stream.commands, "-K:", input=commands)
        stream.await_events(1)
    out = kcat("-C", "-b", stream.kafka.url, "-t", stream.events, "-e", "-q", "-f", "%k|%s|%h\n")
    key, payload, headers = out.rstrip("\n").split("|")
    assert (key, payload) == ("LAMP", '{"orderid": "o1", "sku": "LAMP", "qty": 2, "batchref": "b1"}')
    assert "ce_type=gangway.allocation.Allocated.v1" in headers.split(",")
    assert len(headers.split(",")) == 8  # none of them twice


def test_kafkajs_sends_a_command_and_gets_its_event(stream, tmp_path):
    try:
        modules = npm_package.installed("kafkajs", KAFKAJS, KAFKAJS_SHA512)
    except npm_package.NpmUnreachable as unreachable:
        pytest.skip(f"needs the npm package kafkajs: {unreachable}")
    if shutil.which("node") is None:
        pytest.skip("needs node")
    stream.produce([batch("b1", "LAMP", 5)])
    command = json.dumps({"orderid": "o1", "sku": "LAMP", "qty": 2})
    shop = Path(__file__).with_name("kafkajs_shop.js")
    with running(stream.gateway(tmp_path)):
        done = subprocess.run(["node", shop, stream.kafka.url, stream.commands, stream.events, "LAMP", command],
                              env=os.environ | {"NODE_PATH": str(modules)}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done
    event = json.loads(done.stdout)
    assert json.loads(event["value"])["orderid"] == "o1"
    assert event["headers"]["ce_type"] == "gangway.allocation.Allocated.v1" and event["headers"]["ce_subject"] == "LAMP"


# ---- CloudEvents ----


def cloud_event(orderid, identity, **attributes):
    """In binary mode."""
    attributes = {"specversion": "1.0", "type": "Allocate", "source": "/shop", "id": identity} | attributes
    headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    return "LAMP", json.dumps({"orderid": orderid, "sku": "LAMP", "qty": 1}).encode(), headers


def test_cloud_events_name_their_command_in_binary_and_in_structured_mode(stream, tmp_path):
    structured = {"specversion": "1.0", "type": "Allocate", "source": "/shop", "id": "2", "time": "2026-01-01T00:00:00Z",
                  "data": {"orderid": "o2", "sku": "LAMP", "qty": 1}}
    kind = [("content-type", b"application/cloudevents+json; charset=utf-8")]
    by_header = "LAMP", json.dumps({"orderid": "o3", "sku": "LAMP", "qty": 1}).encode(), [("type", b"Allocate")]
    _, events = taken(stream, tmp_path, [cloud_event("o1", "1"), ("LAMP", json.dumps(structured).encode(), kind),
                                         by_header])
    assert orders(events) == ["o1", "o2", "o3"]


def test_the_type_of_a_cloud_event_overrides_any_other(stream, tmp_path):
    """Deallocating a line that is not allocated is skipped. Allocating it would show in the events."""
    key, payload, headers = cloud_event("o1", "1", type="Deallocate")
    payload = json.dumps(json.loads(payload) | {"type": "Allocate"}).encode()
    summary, events = taken(stream, tmp_path, [(key, payload, [("type", b"Allocate"), *headers])])
    assert events == [] and summary["skipped"] == 1


# The second of each has another order id: what counts is whose id it is.
REPEATS = [cloud_event("o1", "1"), cloud_event("o1", "1"), cloud_event("o2", "1", source="/other-shop")]


def test_a_known_id_is_a_duplicate_with_dedupe_id(stream, tmp_path):
    summary, events = taken(stream, tmp_path, REPEATS, {"dedupe": "id"})
    assert orders(events) == ["o1", "o2"]
    assert (summary["applied"], summary["duplicate"], summary["skipped"]) == (3, 1, 0)


def test_a_known_id_with_another_body_is_a_dead_letter(stream, tmp_path):
    summary, events = taken(stream, tmp_path, [cloud_event("o1", "1"), cloud_event("o2", "1")], {"dedupe": "id"})
    assert orders(events) == ["o1"] and summary["dead"] == 1


def test_another_command_with_the_id_and_bytes_of_a_first_one_is_a_dead_letter(stream, tmp_path):
    summary, events = taken(stream, tmp_path, [cloud_event("o1", "1"), cloud_event("o1", "1", type="Deallocate"),
                                               cloud_event("o1", "1")], {"dedupe": "id"})
    assert [dict(event.members)["type"] for event in events] == ["Allocated"]
    assert (summary["applied"], summary["dead"], summary["duplicate"]) == (2, 1, 1)


def test_data_of_an_envelope_may_be_base64_and_other_data_are_refused_by_name(stream, tmp_path):
    kind = [("content-type", b"application/cloudevents+json; charset=UTF-8")]
    line = json.dumps({"orderid": "o1", "sku": "LAMP", "qty": 1})
    contents = [{"data_base64": base64.b64encode(line.encode()).decode()}, {"data": line}, {}]
    messages = [("LAMP", json.dumps({"specversion": "1.0", "type": "Allocate", "source": "/shop", "id": str(number),
                                     **content}).encode(), kind) for number, content in enumerate(contents)]
    gateway = stream.gateway(tmp_path)
    summary, events = taken_by(gateway, stream, messages)
    assert orders(events) == ["o1"] and summary["dead"] == 2
    reasons = [letter["reason"] for letter in dead_letters(gateway)]
    assert [reason.partition(":")[0] for reason in reasons] == ["data", "data"]
    assert "string" in reasons[0] and "missing" in reasons[1]


def test_a_record_with_two_types_is_a_dead_letter_and_stays_one_when_it_is_replayed(stream, tmp_path):
    key, payload, headers = cloud_event("o1", "1", type="Deallocate")
    gateway = stream.gateway(tmp_path)
    summary, events = taken_by(gateway, stream, [(key, payload, [*headers, ("ce_type", b"Allocate")])])
    assert events == [] and summary["dead"] == 1
    [letter] = dead_letters(gateway)
    assert letter["reason"].startswith("ce_type: ")
    assert replay(gateway, letter) == "rejected"


def test_without_dedupe_id_a_repeat_is_applied_like_any_command(stream, tmp_path):
    summary, events = taken(stream, tmp_path, REPEATS)
    assert orders(events) == ["o1", "o2"]
    assert (summary["applied"], summary["duplicate"], summary["skipped"]) == (3, 0, 1)


# ---- traces ----


def test_a_trace_is_passed_from_a_command_to_its_events(stream, tmp_path):
    stream.produce([batch("b1", "LAMP", 1), allocate("o1", "LAMP", 1, TRACE), allocate("o2", "LAMP", 1, TRACE[:1]),
                    allocate("o3", "LAMP", 1)])
    with running(stream.gateway(tmp_path)):
        stream.await_taken()
    found = [{name: value for name, value in record.headers.items() if name.startswith("trace")}
             for record in stream.records()]
    assert found == [dict(TRACE), dict(TRACE[:1]), {}]


LONG = b"a=" + b"x" * 998


def test_a_trace_is_not_lost_with_a_second_parent_or_a_long_state(stream, tmp_path):
    parents = [("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), TRACE[0]]
    states = [b"a=" + b"x" * 510, LONG]
    stream.produce([batch("b1", "LAMP", 10), allocate("twice", "LAMP", 1, parents),
                    *(allocate(f"state-{number}", "LAMP", 1, [TRACE[0], ("tracestate", state)])
                      for number, state in enumerate(states)),
                    allocate("two-states", "LAMP", 1, [TRACE[0], ("tracestate", b"a=1"), ("tracestate", b"b=2")])])
    with running(stream.gateway(tmp_path)):
        stream.await_taken()
    found = [(record.header("traceparent").encode(), record.headers.get("tracestate")) for record in stream.records()]
    assert found == [(TRACE[0][1], None), (TRACE[0][1], states[0]), (TRACE[0][1], None), (TRACE[0][1], b"a=1,b=2")]


def test_a_replayed_dead_letter_keeps_its_trace(stream, tmp_path):
    stream.produce([allocate("o1", "LAMP", 1, TRACE)])
    gateway = stream.gateway(tmp_path)
    with running(gateway):
        stream.await_taken()
        [letter] = dead_letters(gateway)
        stream.produce([batch("b1", "LAMP", 1)])
        stream.await_taken()
        assert replay(gateway, letter) == "applied"
        stream.await_events(1)
    [record] = stream.records()
    assert {name: record.headers[name] for name, _ in TRACE} == dict(TRACE)


def test_an_invalid_trace_does_no_harm(stream, tmp_path):
    odd = [[("traceparent", b"\xff\0\x01")], [("traceparent", None)], [("traceparent", b"x" * 100_000)], TRACE + TRACE]
    summary, events = taken(stream, tmp_path,
                            [allocate(f"o{number}", "LAMP", 1, headers) for number, headers in enumerate(odd)])
    assert summary["applied"] == 1 + len(odd) and orders(events) == [f"o{number}" for number in range(len(odd))]


def test_each_event_has_an_id_of_its_own_that_rises_with_its_product(stream, tmp_path):
    """Also where one command raises several events of several kinds."""
    shrunk = "LAMP", b'{"type":"ChangeBatchQuantity","ref":"b1","qty":1}'
    messages = [allocate("o1", "LAMP", 1), allocate("o2", "LAMP", 2), allocate("o3", "LAMP", 2), shrunk]
    summary, events = taken(stream, tmp_path, messages)
    assert summary["applied"] == 5
    kinds = [dict(event.members)["type"] for event in events]
    assert kinds == ["Allocated"] * 3 + ["Deallocated"] * 2 + ["OutOfStock"] * 2
    records = stream.records()
    assert len({record.header("ce_id") for record in records}) == len(records)
    sequences = [record.header("ce_sequence") for record in records]
    assert sequences == sorted(set(sequences)), "CloudEvents compares the attribute as a string"
    assert {len(sequence) for sequence in sequences} == {20}


# ---- what people are told to do ----


def shown_commands():
    """What the README shows of kcat, as a script."""
    readme = (ROOT / "README.md").read_text().split("## Kafka in, Kafka out")[1].split("\n## ")[0]
    shown = [line[4:] for line in readme.splitlines() if line.startswith("    ")]
    return "\n".join(shown[shown.index(next(line for line in shown if line.startswith("kcat -P"))) :])


def test_the_bootstrap_file_for_kafka_and_what_the_readme_says_about_it_work(gateway, kafka, database):
    topics = ("stock_commands", "stock_events")
    kafka.delete_topics(*topics)  # another file in config/ has the same ones
    for topic in topics:
        kafka.create_topic(topic, 6)
    gateway.write_config((ROOT / "config" / "kafka.yaml").read_text())
    env = {"GANGWAY_KAFKA": kafka.url, "GANGWAY_DATABASE_URL": database.url}
    for verb in ("lint", "check"):
        result = gateway.call(verb, gateway.config, env=env)
        assert result.status == STATUS_OK and "warning" not in result.err, result
    if shutil.which("kcat") is None:
        pytest.skip("needs Debian's kcat")
    with running(gateway, env=env):
        script = shown_commands().replace("localhost:9092", kafka.url)
        done = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done
    assert re.match('BRASS-LAMP {"orderid": "order-1", .*"batchref": "lamp-ship-june"} ce_specversion=', done.stdout)
