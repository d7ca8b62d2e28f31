# SPDX-License-Identifier: Apache-2.0
"""The wall clock is set forward or back by a month, or jumps, while gateways run. No message id and no dead letter
expires early, notices are retried when they are due by elapsed time, and runs end."""

import contextlib
import json
import signal

import pytest
import reference
import repositories
from channels import Channels
from commands import allocate, batch, lines
from gateway import QUICKSTART, SMALL_STEPS, STATUS_OK, Gateway, Result
from ledger import assert_nothing_waits, assert_same_events, assert_same_state, read_events
from load import Life
from moved_clock import DAY, MovedClock
from postgres import Postgres
from waiting import until

MONTH = 30 * DAY
JUMPS = {"forward": MONTH, "back": -MONTH}
SECONDS = 20  # in which everything is done, however busy the machine is


@pytest.fixture
def clock():
    with MovedClock() as clock:
        yield clock


@pytest.fixture(params=["sqlite", "csv", "postgres"])
def repository(request, tmp_path, clock):
    """Each repository by the moved clock; a server has the times, so it runs by it too."""
    if request.param == "csv":
        yield repositories.Csv(tmp_path)
    elif request.param == "sqlite":
        yield repositories.Sqlite(tmp_path)
    else:
        with Postgres(settings={"fsync": "off"}, env=clock.environment) as server:
            yield repositories.Postgres(server.database())


@pytest.fixture
def moved(tmp_path, clock, repository):
    """A gateway by the moved clock, and its lives."""
    moved = Moved(tmp_path, clock, repository)
    yield moved
    moved.gateway.close()


class Moved:
    """The clock is where it was at the end of a life when the next begins."""

    def __init__(self, folder, clock, repository):
        self.clock, self.repository = clock, repository
        self.gateway = Gateway(folder)
        self.lives = 0

    def configure(self, text):
        self.gateway.write_config(self.repository.into(text))

    def start(self):
        self.lives += 1
        return Life(self.gateway, self.gateway.folder / f"log-{self.lives}", self.clock.environment)

    @contextlib.contextmanager
    def running(self):
        life = self.start()
        until(life.has_begun, SECONDS, life.said)
        yield life
        assert life.end(signal.SIGTERM) == STATUS_OK, life.said()

    def say(self, *lines):
        with self.gateway.commands.open("a") as file:
            file.writelines(line + "\n" for line in lines)

    def wait_until_taken(self):
        size = self.gateway.commands.stat().st_size
        until(lambda: self.repository.state().position() == size, SECONDS)


def message(identity, kind, **fields):
    """A command with an id."""
    return json.dumps({"specversion": "1.0", "id": identity, "source": "/shop", "type": kind, "data": fields})


WITH_IDS = QUICKSTART.replace("path: commands.jsonl}", "path: commands.jsonl, follow: true, dedupe: id}")
ORDER = {"orderid": "o1", "sku": "LAMP", "qty": 4}
MESSAGES = [message("m1", "CreateBatch", ref="b1", sku="LAMP", qty=10), message("m2", "Allocate", **ORDER),
            message("m3", "Deallocate", **ORDER)]


@pytest.mark.parametrize("jump", [*JUMPS, "strobing"])
def test_ids_and_dead_letters_are_kept(moved, clock, jump):
    """An order is allocated and deallocated. If its first message were applied again, the order would be allocated
    again. A gateway deletes expired ids when it starts, so there are several runs. An id is kept for ten minutes,
    longer than a run takes."""
    moved.configure(WITH_IDS + "inbox: {keep: 1s}\n")
    with moved.running():
        moved.say(*MESSAGES, "this is no command")
        moved.wait_until_taken()
    for number in range(1, 4):
        with moved.running() as life:
            if jump == "strobing":
                with clock.strobing(MONTH):
                    moved.say(*MESSAGES)
                    moved.wait_until_taken()
            else:
                clock.move(number * JUMPS[jump])
                moved.say(*MESSAGES)
                moved.wait_until_taken()
        assert Result(life.status, life.said(), "").summary()["duplicate"] == 3
        assert not moved.repository.state().lines_by_batch()
    assert [line for line, _ in moved.gateway.dead_letters()] == [4]


NOTIFYING = """\
service: clock
plugins: {dir: plugins}
repository: {plugin: sqlite_repository, path: gangway.db}
entrypoints:
  commands: {plugin: jsonl_reader, path: commands.jsonl}
notifiers:
  buyers: {plugin: refusing_notifier, to: [buyer], answer: fail, until: heard, backoff: 1s, backoff_max: 1s}
routes:
  OutOfStock: {notify: [buyers]}
"""


@pytest.mark.parametrize("jump", JUMPS)
def test_a_notice_is_retried_after_the_clock_was_set(moved, clock, jump):
    """The notice's age and the time of its next retry were written before the clock was set. It is retried within
    seconds. It is not given up before its fifth try, though it seems older than a day (give_up). The run ends when it
    was delivered."""
    moved.gateway.copy_plugins()
    moved.configure(NOTIFYING)
    moved.say(json.dumps({"type": "CreateBatch", "ref": "b1", "sku": "LAMP", "qty": 1}),
              json.dumps({"type": "Allocate", "orderid": "o1", "sku": "LAMP", "qty": 9}))
    life = moved.start()

    def has_attempts(count):
        return any(attempts >= count for attempts in moved.repository.state().attempts())

    until(lambda: has_attempts(2), SECONDS, life.said)
    clock.move(JUMPS[jump])
    until(lambda: has_attempts(3), SECONDS, life.said)
    (moved.gateway.folder / "heard").touch()
    assert life.join(SECONDS) == STATUS_OK, life.said()
    assert_nothing_waits(moved.repository.state())
    assert moved.gateway.dead_letters() == []


def test_a_run_ends_although_the_clock_jumps(moved, clock, superstore_commands):
    model = reference.run(superstore_commands(1_000, changes=20, faulty=2, repeats=2))
    moved.configure(SMALL_STEPS)
    with clock.strobing(MONTH):
        result = moved.gateway.run(env=clock.environment)
    assert result.status == STATUS_OK, result
    assert_same_state(moved.repository.state(), model)
    assert_same_events(read_events(moved.gateway.events), model)
    assert_nothing_waits(moved.repository.state())


HOUR = 3600
NEARLY_AN_HOUR = 59 * 60
MAILS = """\
service: clock
repository: {plugin: sqlite_repository, path: gangway.db}
entrypoints:
  commands: {plugin: jsonl_reader, path: commands.jsonl, follow: true}
notifiers:
  buyers: %s
routes:
  OutOfStock: {notify: [buyers]}
"""
LONG_WAITS = "  Allocated: {notify: [buyers], group: {by: [sku], wait: 2h}, repeat: 4h}\n"
WHOLE_RUN = 1_000_000  # answers
WAITING = ", give_up: 10m, backoff: 300ms, backoff_max: 1s"


AGAIN, AWAY = "451 4.7.1 greylisted", "421 4.3.2 closing down"


@pytest.mark.parametrize(("answer", "jumps"), [
    pytest.param(AGAIN, [-1], id="again-back"), pytest.param(AWAY, [-1], id="away-back"),
    pytest.param(AGAIN, [1, -1, 0], id="again-both", marks=pytest.mark.long),
    pytest.param(AGAIN, [1], id="again-forward", marks=pytest.mark.long),
    pytest.param(AWAY, [1, -1, 0], id="away-both", marks=pytest.mark.long),
    pytest.param(AWAY, [1], id="away-forward", marks=pytest.mark.long)])
def test_mails_that_wait_are_each_sent_once_although_the_clock_jumps(moved, clock, tmp_path, answer, jumps):
    """So long is more than give_up and than any wait of these mails, and less than a pause that a server could ask for and
    than the waits that the file allows for other mails of the same server."""
    with Channels(tmp_path) as channels:
        keeps_notices = not isinstance(moved.repository, repositories.Csv)
        moved.configure(MAILS % channels.block("mail", "buyers", WAITING) + LONG_WAITS * keeps_notices)
        command, answers = ("MAIL", 1) if answer == AWAY else ("RCPT", 21)  # each was refused, and one a second time
        channels.mail.answer(command, answer, times=WHOLE_RUN)
        with moved.running() as life:
            moved.say(*lines(batch("b1", "LAMP", 1), *[allocate(f"o{n}", "LAMP", 2) for n in range(20)]).splitlines())
            until(lambda: channels.mail.handler.answers[command][1] <= WHOLE_RUN - answers, SECONDS, life.said)
            for jump in jumps:
                clock.move(jump * NEARLY_AN_HOUR)
                moved.say(json.dumps(allocate(f"p{jump}", "LAMP", 2)))
                moved.wait_until_taken()
            channels.mail.handler.answers.clear()
            expected = sorted([*(f"o{n}" for n in range(20)), *(f"p{jump}" for jump in jumps)])
            until(lambda: sorted(arrival.order for arrival in channels.arrived()) == expected, SECONDS,
                  lambda: f"{life.said()}{[arrival.order for arrival in channels.arrived()]}")
        assert sorted(arrival.order for arrival in channels.arrived()) == expected
        assert moved.gateway.dead_letters() == []


GROUPED = """\
service: clock
repository: {plugin: sqlite_repository, path: gangway.db}
entrypoints:
  commands: {plugin: jsonl_reader, path: commands.jsonl, follow: true}
notifiers:
  buyers: %s
routes:
  OutOfStock: {notify: [buyers], group: {by: [sku], wait: 90m}, repeat: 3h}
  Allocated: {notify: [buyers]}
"""


@pytest.mark.parametrize("repository", ["sqlite", pytest.param("postgres", marks=pytest.mark.long)], indirect=True)
def test_groups_and_repeats_wait_for_their_time_although_the_clock_jumps(moved, clock, tmp_path):
    """Orders for which there is stock have notices of their own at once. Those about what is out of stock wait. When the
    clock is set back, the rest of the wait is longer than any that the file allows, so the notice is due."""
    with Channels(tmp_path) as channels:
        moved.configure(GROUPED % channels.block("mail", "buyers", WAITING))

        def arrived():
            return [arrival.order for arrival in channels.arrived()]

        def order(name, quantity):
            moved.say(json.dumps(allocate(name, "LAMP", quantity)))
            moved.wait_until_taken()

        def is_told(name):
            order(name, 1)
            until(lambda: name in arrived(), SECONDS, life.said)

        with moved.running() as life:
            moved.say(json.dumps(batch("b1", "LAMP", 9)))
            order("waits", 99)
            clock.move(HOUR)
            is_told("a1")
            assert arrived() == ["a1"]
            clock.move(2 * HOUR)
            until(lambda: arrived() == ["a1", "waits"], SECONDS, life.said)
            order("repeated", 99)
            clock.move(4 * HOUR)
            is_told("a2")
            assert arrived() == ["a1", "waits", "a2"]
            clock.move(6 * HOUR)
            until(lambda: arrived()[3:] == ["repeated"], SECONDS, life.said)
            order("early", 99)
            clock.move(5 * HOUR)
            until(lambda: arrived()[4:] == ["early"], SECONDS, life.said)
            is_told("a3")
        assert arrived() == ["a1", "waits", "a2", "repeated", "early", "a3"]
        assert moved.gateway.dead_letters() == []
