# SPDX-License-Identifier: Apache-2.0
"""A gateway that is stopped repeatedly in the middle of its work, and the checks after each stop and at the end:
state changes once, events and notices are delivered at least once."""

import ledger
import reference
from gateway import SMALL_STEPS, STATUS_OK, Gateway
from ledger import read_events
from verdict import EVERYTHING_TO_EVENTS


class CrashTest:
    """One folder, one repository, one commands file, many lives. Counts the kills and keeps what every life printed."""

    def __init__(self, folder, repository):
        self.repository = repository
        self.gateway = Gateway(folder)
        self.configure(SMALL_STEPS)
        self.kills = 0
        self.notices = []
        self.model = reference.Model()  # of the lines that were behind the position at the last look
        self.watch()

    def configure(self, text):
        """The bootstrap file: this text, with the test's repository."""
        self.gateway.write_config(self.repository.into(text))
        self.routes = EVERYTHING_TO_EVENTS | ({"OutOfStock": ("events", "console")} if "notify" in text else {})

    def watch(self):
        """Records every change independently of the gateway, where the repository supports that."""
        if self.repository.can_be_watched:
            assert self.gateway.call("migrate", self.gateway.config).status == STATUS_OK
            self.repository.watch()

    def close(self):
        self.gateway.close()

    def start_over(self):
        """As if nothing had run yet."""
        self.repository.clear()
        self.gateway.events.unlink(missing_ok=True)
        self.model = reference.Model()
        self.watch()

    def ended(self, result):
        """Takes in how a life ended. Whether it was killed."""
        assert result.status in (STATUS_OK, -9), result
        self.kills += result.status == -9
        self.notices += result.notices()
        return result.status == -9

    def events(self):
        return read_events(self.gateway.events, torn=self.kills)

    def repeats(self):
        """How many events were delivered again."""
        events = self.events()
        return len(events) - len(ledger.first_occurrences(events))

    def assert_snapshot_is_sound(self):
        """Between two lives: the state is that of the model after as many lines as the position says, and each event
        that this implies is delivered or still in the outbox; no other is."""
        state = self.repository.state()
        lines = self.gateway.commands.read_bytes().splitlines(keepends=True)
        taken = state.lines_taken(self.gateway.commands)
        assert taken >= self.model.lines_read
        self.model.feed(lines[self.model.lines_read : taken])
        ledger.assert_same_state(state, self.model)
        delivered = ledger.first_occurrences(self.events())
        expected = [reference.event_members(event) for event in self.model.events]
        ledger.assert_equal_lists("delivered", [event.members for event in delivered], expected[: len(delivered)])
        pending = state.pending().get("events", 0)
        assert len(expected) - pending <= len(delivered) <= len(expected)

    def assert_whole(self, model):
        """After the last life."""
        state = self.repository.state()
        ledger.assert_same_state(state, model)
        ledger.assert_nothing_waits(state)
        events = self.events()
        ledger.assert_events_at_least_once(events, model)
        assert ledger.count_steps_back(events) <= self.kills
        ledger.assert_notices_at_least_once(self.notices, model)
        ledger.assert_dead_letters(self.gateway.dead_letters(), model)
        if self.repository.can_be_watched:
            commands, out = [self.gateway.commands], [self.gateway.events]
            self.repository.judge(commands, out, self.routes, torn=self.kills).assert_clean()
