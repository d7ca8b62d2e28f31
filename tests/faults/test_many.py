# SPDX-License-Identifier: Apache-2.0
"""Many at once: workers on one product, gateways on one database, and one too many on a SQLite file."""

import json
import signal

import gateway as harness
from log_records import CODE, logged
from waiting import until

WORKERS, LINES = 32, 60


def one_product(path, number, rng):
    """Lines of one product that come, go, and are moved when a batch changes."""
    with path.open("w") as file:
        for index in range(LINES):
            order = {"orderid": f"order-{number}-{rng.randrange(index + 1)}", "sku": "LAMP", "qty": rng.randint(1, 3)}
            kind = rng.choices(("Allocate", "Deallocate", "ChangeBatchQuantity"), (8, 2, 1))[0]
            command = {"ref": f"batch-{rng.randrange(4)}", "qty": rng.randint(0, 900)} if kind[0] == "C" else order
            file.write(json.dumps({"type": kind, **command}) + "\n")


def test_workers_that_contend_for_one_product_all_succeed(load, tmp_path, rng, counts):
    stock = tmp_path / "stock.jsonl"
    stock.write_text("".join(
        json.dumps({"type": "CreateBatch", "ref": f"batch-{number}", "sku": "LAMP", "qty": 800}) + "\n"
        for number in range(4)))
    load.commands.append(stock)
    assert load.start(follow=False).join() == 0
    for number in range(WORKERS):
        load.commands.append(tmp_path / f"orders_{number}.jsonl")
        one_product(load.commands[-1], number, rng)
    life = load.start(files=[path.name for path in load.commands[1:]], follow=False, turn=10)
    assert life.join(120) == 0, life.said()
    verdict = load.judge()
    counts(transactions=verdict.transactions, repeats=verdict.repeats)
    assert verdict.repeats == 0
    assert verdict.model.outcomes["received"] == WORKERS * LINES + 4


def test_two_gateways_with_one_outbox_deliver_each_event_once(load, counts):
    """Each has its own file and the same destinations; both work on the same products."""
    load.feed(6, "left.jsonl")
    load.feed(6, "right.jsonl")
    left, right = load.start(["left.jsonl"]), load.start(["right.jsonl"])
    verdict = load.end()
    counts(transactions=verdict.transactions, deliveries=verdict.deliveries_made, repeats=verdict.repeats)
    assert verdict.repeats == 0
    assert left.status == right.status == 0


def test_another_gateway_delivers_the_events_of_one_that_ended(load, counts):
    load.write("left.jsonl", 5_000)
    load.write("right.jsonl", 5_000)
    right = load.start(["right.jsonl"])
    until(lambda: load.delivered() > 0, 30, load.tell)
    left = load.start(["left.jsonl"], follow=False)
    assert left.join() == 0, left.said()
    verdict = load.end()
    counts(repeats=verdict.repeats)
    assert verdict.repeats == 0 and right.status == 0


def test_a_second_gateway_on_one_sqlite_file_is_refused(gateway):
    gateway.commands.write_text('{"type": "CreateBatch", "ref": "b", "sku": "S", "qty": 1}\n')
    gateway.write_config(harness.QUICKSTART.replace("path: commands.jsonl", "path: commands.jsonl, follow: true"))
    log = gateway.folder / "log"
    with log.open("wb") as out:
        first = gateway.start("run", gateway.config, stdout=out, stderr=out)
    until(lambda: logged(log.read_text(), CODE.GATEWAY_STARTED), 20)
    second = gateway.run(timeout=20)
    assert second.status != harness.STATUS_OK
    assert str(first.pid) in second.err, second
    first.send_signal(signal.SIGTERM)
    assert harness.wait(first, 20)[0] == harness.STATUS_OK
