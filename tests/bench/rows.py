# SPDX-License-Identifier: Apache-2.0
"""What a gateway writes to its database, row by row, so that a program without a gateway can write the same.

Triggers note every change while a gateway runs. Of what one turn does to one row only the outcome is kept: one
statement, which sets only what differs. A turn begins with its products. When relays delete depends on the moment, so
deletions are put where they would come at the earliest, in groups of the relays' own size, of whole blocks.

The file: `S` and a statement, numbered from 0; a statement's number and its values, tab-separated, each with `i`
(number), `t` (text, with U+001E for a line feed) or `n` (null) in front; `C` where a transaction ends.
"""

import sqlite3
from collections import deque

JOURNAL = "journal"
GROUPS = {"console": 500}  # a relay of notices takes so many together, of events GROUP
GROUP = 1000
CHANCE = {("products", "stamp"), ("running_time", "ms"),  # what no two runs have in common
          ("sent_notices", "sent_unix_ms"), ("sent_notices", "event_unix_ms")}


def tables(db):
    """Name -> (columns, the key's columns), of the tables that a gateway writes."""
    found = {}
    for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"):
        columns = db.execute("SELECT name, pk FROM pragma_table_info(?) ORDER BY cid", (name,)).fetchall()
        found[name] = ([column for column, _ in columns], [column for column, key in columns if key])
    return found


def quoted(names):
    return [f'"{name}"' for name in names]


def watch(path):
    """Makes the database note from now on what happens to it: triggers that call no function, which the gateway would
    not trust."""
    db = sqlite3.connect(path)
    watched = tables(db)
    width = max(len(columns) for columns, _ in watched.values())
    noted = {side: [f"{side}{index}" for index in range(width)] for side in ("old", "new")}
    both = ", ".join(noted["old"] + noted["new"])
    db.execute(f"CREATE TABLE {JOURNAL} (number INTEGER PRIMARY KEY, name, kind, {both})")
    for name, (columns, _) in watched.items():
        for kind, sides in {"INSERT": ["new"], "UPDATE": ["old", "new"], "DELETE": ["old"]}.items():
            into = [noted[side][index] for side in sides for index in range(len(columns))]
            values = [f"{side}.{column}" for side in sides for column in quoted(columns)]
            db.execute(f"CREATE TRIGGER {JOURNAL}_{name}_{kind} AFTER {kind} ON {name} BEGIN INSERT INTO {JOURNAL}"
                       f" (name, kind, {', '.join(into)}) VALUES ('{name}', '{kind}', {', '.join(values)}); END")
    db.commit()
    db.close()


def read_journal(db, known):
    """What was noted, in order: (table, the row before, the row after); None where there is none."""
    width = max(len(columns) for columns, _ in known.values())
    for _, name, kind, *values in db.execute(f"SELECT * FROM {JOURNAL} ORDER BY number"):
        columns, _ = known[name]
        old, new = values[: len(columns)], values[width : width + len(columns)]
        yield name, None if kind == "INSERT" else old, None if kind == "DELETE" else new


def tagged(value):
    if value is None:
        return "n"
    return f"i{value}" if isinstance(value, int) else "t" + value.replace("\n", "\x1e")


class Writer:
    """Writes changes as lines, each statement once."""

    def __init__(self, out):
        self.out, self.statements = out, {}

    def write(self, sql, values):
        if sql not in self.statements:
            self.statements[sql] = len(self.statements)
            self.out.write(f"S{sql}\n")
        self.out.write("\t".join([str(self.statements[sql]), *map(tagged, values)]) + "\n")

    def commit(self):
        self.out.write("C\n")


def write_row(writer, name, columns, key, old, new):
    """One row from old to new; None: it is not there."""
    where = " AND ".join(f"{column} = ?" for column in quoted(key))
    if old is None:
        writer.write(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", new)
    elif new is None:
        writer.write(f"DELETE FROM {name} WHERE {where}", [old[columns.index(column)] for column in key])
    elif changed := [column for column in columns if old[columns.index(column)] != new[columns.index(column)]]:
        values = [new[columns.index(column)] for column in [*changed, *key]]
        sets = ", ".join(f"{column} = ?" for column in quoted(changed))
        writer.write(f"UPDATE {name} SET {sets} WHERE {where}", values)


def write_turn(writer, known, turn):
    for (name, *_), (old, new) in turn.items():
        if old is not None or new is not None:
            write_row(writer, name, *known[name], old, new)
    writer.commit()


def delete_groups(writer, waiting, is_last):
    """Deletes what relays would have taken by now: whole groups, and at the end the rest."""
    for destination, blocks in waiting.items():
        size = GROUPS.get(destination, GROUP)
        while blocks and (is_last or sum(count for _, count in blocks) >= size):
            events = 0
            while blocks and events < size:
                number, count = blocks.popleft()
                writer.write('DELETE FROM outbox_blocks WHERE "number" = ?', [number])
                events += count
            writer.commit()


def note(turn, columns, key, name, old, new):
    """Adds a change to what the turn did before to the same row."""
    row = (name, *((new or old)[columns.index(column)] for column in key))
    first, _ = turn.get(row, (old, None))
    turn[row] = (first, new)


def write_changes(path, out):
    """Writes what the database at path noted. Returns how many turns it was."""
    db = sqlite3.connect(path)
    known = tables(db)
    del known[JOURNAL]
    writer, turn, waiting, turns = Writer(out), {}, {}, 0
    before = None
    for name, old, new in read_journal(db, known):
        columns, key = known[name]
        if name == "outbox_blocks" and old is not None:
            continue
        if name == "outbox_blocks":
            block = new[columns.index("number")], new[columns.index("count")]
            waiting.setdefault(new[columns.index("destination")], deque()).append(block)
        if name == "products" and before not in ("products", None):
            write_turn(writer, known, turn)
            delete_groups(writer, waiting, False)
            turn, turns = {}, turns + 1
        note(turn, columns, key, name, old, new)
        before = name
    write_turn(writer, known, turn)
    delete_groups(writer, waiting, True)
    db.close()
    return turns + 1


def contents(path):
    """Every row of every table, for a comparison of databases, without values that are random or depend on the time."""
    db = sqlite3.connect(path)
    found = {}
    for name, (columns, _) in tables(db).items():
        kept = ", ".join(quoted(column for column in columns if (name, column) not in CHANCE))
        found[name] = sorted(map(repr, db.execute(f"SELECT {kept} FROM {name}")))
    db.close()
    return found
