# SPDX-License-Identifier: Apache-2.0
"""A gateway under load on a SQLite file. One gateway at a time and one file of commands, so that the state and the events
of the whole run are those of the reference model."""

import contextlib
import signal
import sqlite3
from types import SimpleNamespace

import ledger
import reference
from load import TURN, Life, Load
from repositories import Sqlite


class SqliteLoad(Load):
    """A Load whose repository is a file in the folder."""

    def __init__(self, folder, rng):
        super().__init__(folder, None, rng, Sqlite(folder))

    def prepare(self):
        """Nothing is recorded: the end is compared with the model."""

    def start(self, env=None):
        gateway = self.gateway([path.name for path in self.commands], self.repository, follow=True, turn=TURN)
        self.lives.append(Life(gateway, self.folder / f"log-{len(self.lives)}", env))
        return self.lives[-1]

    def number(self, query):
        """The only number of a query; 0 before the tables are there."""
        with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(
                sqlite3.connect(f"file:{self.folder / 'gangway.db'}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchone()[0]
        return 0

    def taken(self):
        return self.number("SELECT coalesce(sum(next), 0) FROM positions")

    def pending(self):
        return self.number("SELECT count(*) FROM outbox_events")

    def tell(self):
        logs = "\n".join(f"--- {life.log.name}\n{life.said()[-1500:]}" for life in self.lives[-3:])
        return f"{self.progress()}\n{logs}"

    def judge(self, is_clean=True):
        """The state and the events are those of the model. How many events came more than once."""
        (commands,) = self.commands
        model, state = reference.run(commands), self.repository.state()
        ledger.assert_same_state(state, model)
        ledger.assert_nothing_waits(state)
        events = ledger.read_events(self.events, torn=sum(life.status == -signal.SIGKILL for life in self.lives))
        firsts = ledger.first_occurrences(events)
        ledger.assert_same_events_by_sku(firsts, model)
        return SimpleNamespace(repeats=len(events) - len(firsts))
