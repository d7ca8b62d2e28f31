# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server with an asynchronous standby, and one address in front of them. Replication can be held back, so
that the standby, when it is promoted, lacks the newest commits of the server that it replaces.

    with Pair() as pair:
        database = pair.database()      # its url is that of the address in front
        pair.catch_up()                 # the standby has all of it
        pair.hold_back()                # what is committed from now on is lost
        pair.fail_over()                # the address leads to no server
        pair.open()                     # the promoted server is
        pair.lost                       # the server that was replaced: lost.start(), to see what it had committed
        pair.add_standby()              # the promoted server gets a standby, so that it can fail too
"""

import os

from postgres import ADMINISTRATOR, Database, Postgres
from proxy import Proxy
from waiting import until

# fsync off: a server that is ended keeps what it has written; only replication loses something here.
SETTINGS = {"track_commit_timestamp": "on", "fsync": "off"}
REPLAY_SECONDS = 30


class Standby(Postgres):
    """A copy of a running server, which follows it by a port of the tests' own."""

    def __init__(self, primary, port):
        self.primary_port = port
        super().__init__(settings=primary.settings)

    def make_cluster(self):
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.tool("pg_basebackup", "-h", "127.0.0.1", "-p", self.primary_port, "-U", ADMINISTRATOR, "-D", self.data,
                  "--write-recovery-conf", "--checkpoint=fast", "--no-sync")

    def make_owner(self):
        """The primary's roles are there."""

    def promote(self):
        assert self.psql("SELECT pg_promote(true, 60)") == [(True,)]


class Pair:
    def __init__(self, settings=None):
        self.primary = Postgres(settings=SETTINGS | (settings or {}))
        self.standby = self.link = self.lost = None
        self.is_split = False
        self.servers, self.links, self.databases = [self.primary], [], []
        self.front = Proxy(self.primary.port)
        try:
            self.add_standby()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for proxy in [self.front, *self.links]:
            proxy.close()
        for server in self.servers:
            server.stop("immediate")

    def add_standby(self):
        self.link = Proxy(self.primary.port, is_unread=True)
        self.links.append(self.link)
        self.standby = Standby(self.primary, self.link.port)
        self.servers.append(self.standby)

    def database(self):
        """A fresh database behind the address in front, on whichever server is the primary."""
        database = self.primary.database()
        database.url = self.front.url(database.url)
        self.databases.append(database)
        return database

    def catch_up(self):
        (end,), = self.primary.psql("SELECT pg_current_wal_flush_lsn()")
        until(lambda: self.standby.psql("SELECT pg_last_wal_replay_lsn() >= %s", [end]) == [(True,)], REPLAY_SECONDS)

    def hold_back(self):
        """The standby receives nothing any more, and neither end sees an error. If its connection ends, it cannot open
        another."""
        self.link.lead_to(None)
        self.link.swallow()

    def split(self):
        """The standby is promoted, and the address in front still leads to the primary. A later fail_over() only has to
        end that one."""
        self.standby.promote()
        self.is_split = True

    def fail_over(self):
        """The primary is killed and the standby promoted. The address in front refuses everybody until open()."""
        self.front.lead_to(None)
        self.primary.halt("immediate")
        if not self.is_split:
            self.standby.promote()
        self.is_split = False
        self.primary, self.standby, self.lost = self.standby, None, self.primary
        for database in self.databases:
            database.server = self.primary

    def open(self):
        self.front.lead_to(self.primary.port)

    def lost_database(self, database):
        """A database as it was on the server that was replaced. That server runs again, and no gateway can reach it."""
        self.lost.start()
        return AsItWas(self.lost, database.name)


class AsItWas(Database):
    """A database that is there already."""

    def __init__(self, server, name):
        self.server, self.name, self.url = server, name, server.url(name)
