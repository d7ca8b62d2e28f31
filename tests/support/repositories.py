# SPDX-License-Identifier: Apache-2.0
"""The repositories for tests of the whole gateway: how the bootstrap file names each, how a test reads its contents
without the gateway, and how it empties it."""

import shutil

import audit
import verdict
from ledger import Ledger

QUICKSTARTS = "{plugin: sqlite_repository, path: gangway.db}"


class Repository:
    block = QUICKSTARTS
    can_be_watched = False  # whether commits can be recorded independently of the gateway

    def into(self, text):
        """A bootstrap file with this repository in the place of the quickstart's."""
        assert QUICKSTARTS in text
        return text.replace(QUICKSTARTS, self.block)


class Sqlite(Repository):
    """A file in the gateway's folder."""

    def __init__(self, folder):
        self.folder = folder

    def state(self):
        return Ledger(self.folder / "gangway.db")

    def clear(self):
        for leftover in self.folder.glob("gangway.db*"):
            leftover.unlink()


class Csv(Repository):
    """A folder of CSV files in the gateway's folder."""

    block = "{plugin: csv_repository, path: stock}"

    def __init__(self, folder):
        self.folder = folder / "stock"
        self.folder.mkdir()

    def state(self):
        return Ledger(self.folder)

    def clear(self):
        shutil.rmtree(self.folder)
        self.folder.mkdir()


class Postgres(Repository):
    """A database of its own on the tests' server. url: another way to it, through a proxy."""

    can_be_watched = True

    def __init__(self, database, url=None, options=""):
        self.database = database
        self.block = f'{{plugin: postgres_repository, url: "{url or database.url}"{options}}}'

    def state(self):
        return Ledger(self.database.url)

    def clear(self):
        self.database.psql("DROP SCHEMA IF EXISTS gangway CASCADE")
        self.database.psql("DROP SCHEMA IF EXISTS audit CASCADE")

    def watch(self):
        """From now on every change is written down; the tables are there and empty."""
        audit.install(self.database)

    def judge(self, commands, events, routes=verdict.EVERYTHING_TO_EVENTS, torn=0):
        """Everything that was committed since watch, against what went in and what came out: a verdict.Verdict."""
        connection = self.database.connect()
        try:
            return audit.judge(connection, commands, events, routes, torn)
        finally:
            connection.close()
