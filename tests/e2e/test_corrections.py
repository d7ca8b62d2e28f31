# SPDX-License-Identifier: Apache-2.0
"""An operator changes rows by hand in the repository of a running gateway, as the repository's page describes. The
gateway decides by the new values from then on, and keeps them."""

import contextlib
import json
import re
import signal
import sqlite3
import subprocess
import time
from functools import partial

import pytest
import repositories
from commands import lines
from gateway import QUICKSTART, ROOT, STATUS_OK

FOLLOWING = QUICKSTART.replace("path: commands.jsonl", "path: commands.jsonl, follow: true")
SECONDS = 30


class Running:
    """A gateway that follows its commands."""

    def __init__(self, gateway):
        self.gateway = gateway
        gateway.commands.write_bytes(b"")
        self.process = gateway.start("run", gateway.config, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def send(self, *commands):
        with self.gateway.commands.open("a") as file:
            file.write(lines(*commands))

    def allocated(self, orderid, qty=1):
        """Orders LAMP, and waits for the event: the batch that serves it."""
        self.send({"type": "Allocate", "orderid": orderid, "sku": "LAMP", "qty": qty})
        deadline = time.monotonic() + SECONDS
        while True:
            for line in self.gateway.events.read_text().splitlines() if self.gateway.events.exists() else []:
                if event_of(line).get("orderid") == orderid:
                    return event_of(line).get("batchref")
            assert self.process.poll() is None and time.monotonic() < deadline, f"no event of {orderid}"
            time.sleep(0.02)  # between two looks

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(SECONDS) == STATUS_OK


def event_of(line):
    with contextlib.suppress(ValueError):
        event = json.loads(line)
        return event.get("data", event)
    return {}  # half a line


def correction_of_the_page(plugin):
    """The transaction that the plugin's page shows."""
    page = (ROOT / "plugins" / plugin / "README.md").read_text()
    (sql,) = re.findall(r"^    BEGIN.*;\n(?:    .*\n)*?    COMMIT;\n", page, re.MULTILINE)
    return sql


def correct_sqlite(gateway):
    with contextlib.closing(sqlite3.connect(gateway.database, timeout=SECONDS, isolation_level=None)) as database:
        database.executescript(correction_of_the_page("sqlite_repository"))


def correct_csv(gateway):
    path = gateway.folder / "stock" / "batches.csv"
    new = path.with_suffix(".new")
    new.write_text(path.read_text().replace("b1,LAMP,100,\n", "b1,LAMP,100,2031-01-31\n"))
    new.rename(path)


@pytest.fixture(params=["sqlite", "postgres", "csv"])
def correct(request, gateway, tmp_path):
    if request.param == "sqlite":
        chosen, by_hand = repositories.Sqlite(tmp_path), partial(correct_sqlite, gateway)
    elif request.param == "postgres":
        database = request.getfixturevalue("database")
        chosen = repositories.Postgres(database)
        by_hand = partial(database.psql, correction_of_the_page("postgres_repository"))
    else:
        chosen, by_hand = repositories.Csv(tmp_path), partial(correct_csv, gateway)
    gateway.write_config(chosen.into(FOLLOWING))
    yield by_hand
    etas = {ref: state[-1] for ref, state in chosen.state().batch_states().items()}
    assert etas == {"b1": "2031-01-31", "b2": "2030-01-31"}


def test_a_running_gateway_uses_and_keeps_a_correction(gateway, correct):
    """b1 is in the warehouse at first. The correction says that it is still at sea, and arrives later than b2."""
    running = Running(gateway)
    running.send({"type": "CreateBatch", "ref": "b1", "sku": "LAMP", "qty": 100},
                 {"type": "CreateBatch", "ref": "b2", "sku": "LAMP", "qty": 100, "eta": "2030-01-31"})
    assert [running.allocated("o1"), running.allocated("o2")] == ["b1", "b1"]
    correct()
    assert [running.allocated("o3"), running.allocated("o4")] == ["b2", "b2"]
    running.stop()
