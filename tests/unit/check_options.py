#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the documents with the option tables of plugins and core: the README.md of each plugin has the table that
`gangway describe NAME --format markdown` prints, and the table of the core's settings in docs/operations.md has each
option with its component and default, but `plugin`, which every component has.

check_options.py SOURCE_DIR GANGWAY           names each document that differs, and its first row that does
check_options.py SOURCE_DIR GANGWAY --write   writes the tables of the plugins
check_options.py --self-test                  proves on planted mistakes that they are found, and only they
"""

import itertools
import json
import re
import subprocess
import sys
from pathlib import Path

HEADING = "| option | type | default | help |"
CORE_HEADING = "| component | option | default | meaning |"
QUOTED = re.compile(r"`([^`]+)`")


def called(gangway, *words):
    return subprocess.run([gangway, *words], check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def rows_from(lines, heading):
    """The rows of the table with this heading; none where there is no such table."""
    rest = itertools.dropwhile(lambda line: line != heading, lines)
    return list(itertools.takewhile(lambda line: line.startswith("|"), rest))


# ---- plugins ----


def first_difference(expected, found):
    """None, or (what should be there, what is)."""
    for pair in itertools.zip_longest(expected, found):
        if pair[0] != pair[1]:
            return pair
    return None


def is_without_options(table):
    return len(table) <= 2


def plugin_problems(root, name, table):
    readme = root / "plugins" / name / "README.md"
    if is_without_options(table) and not readme.exists():
        return
    if not readme.exists():
        yield f"{readme}: does not exist"
        return
    found = rows_from(readme.read_text(encoding="utf-8").splitlines(), HEADING)
    difference = first_difference([] if is_without_options(table) else table, found)
    if difference:
        yield f"{readme}: expected {difference[0]!r}, found {difference[1]!r}"


def write(root, name, table):
    """Puts the table in place of the first table of the page that lists options."""
    readme = root / "plugins" / name / "README.md"
    if is_without_options(table):
        return
    lines = readme.read_text(encoding="utf-8").splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("| option |"))
    end = begin + len(list(itertools.takewhile(lambda line: line.startswith("|"), lines[begin:])))
    readme.write_text("\n".join(lines[:begin] + table + lines[end:]) + "\n", encoding="utf-8")


# ---- the core ----


def documented(lines):
    """(component, option, default) of each row; a row without a component has that of the row above, and a row may have
    several of each."""
    components = []
    for row in rows_from(lines, CORE_HEADING)[2:]:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        components = cells[0].split(", ") if cells[0] else components
        names, defaults = QUOTED.findall(cells[1]), cells[2].split(", ")
        for component, (name, default) in itertools.product(components, itertools.zip_longest(names, defaults)):
            yield component, name, default


def core_problems(document, options):
    """options: (component, option, default) as the core has them."""
    found = set(documented(document.read_text(encoding="utf-8").splitlines()))
    for name in sorted(options - found, key=str):
        yield f"{document}: expected the row {name}"
    for name in sorted(found - options, key=str):
        yield f"{document}: has the row {name}, which the core does not have"


# ---- all ----


def look(gangway):
    """name -> table of its page; and (component, option, default) of the core."""
    tables, options = {}, set()
    for plugin in json.loads(called(gangway, "plugins", "--format", "json")):
        name = plugin["name"]
        tables[name] = rows_from(called(gangway, "describe", name, "--format", "markdown").splitlines(), HEADING)
        for row in json.loads(called(gangway, "describe", name, "--format", "json")):
            if row["owner"] == "gangway" and row["option"] != "plugin":
                options.add((plugin["port"], row["option"], row["default"] or ""))
    return tables, options


def report(root, gangway):
    tables, options = look(gangway)
    found = [problem for name, table in tables.items() for problem in plugin_problems(root, name, table)]
    found += core_problems(root / "docs" / "operations.md", options)
    print(*found, sep="\n")
    return len(found) if tables and options else 1


def self_test():
    page = [HEADING, "|---|---|---|---|", "| path | path | (required) | The file. |"]
    changed = page[:2] + ["| path | path |  | The file. |"]
    assert first_difference(page, page) is None and rows_from(["# a", "", *page, "", "| b |"], HEADING) == page
    assert first_difference(page, changed) == (page[2], changed[2])
    assert first_difference(page, page[:2]) == (page[2], None) and first_difference(page, []) == (HEADING, None)
    assert first_difference([], page) == (None, HEADING)
    core = [CORE_HEADING, "|---|---|---|---|", "| publisher, notifier | `timeout` | 30s | a |",
            "| | `backoff`, `backoff_max` | 1s, 1m | b |"]
    assert set(documented(core)) == {(component, *option) for component in ("publisher", "notifier") for option in (
        ("timeout", "30s"), ("backoff", "1s"), ("backoff_max", "1m"))}
    return 0


if sys.argv[1:] == ["--self-test"]:
    sys.exit(self_test())
if sys.argv[3:] == ["--write"]:
    for of_plugin in look(sys.argv[2])[0].items():
        write(Path(sys.argv[1]), *of_plugin)
sys.exit(report(Path(sys.argv[1]), sys.argv[2]) > 0)
