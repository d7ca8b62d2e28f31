#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the event codes of the log: their table (core/include/gangway/event_code.h), the code that logs them, and
docs/operations.md, which explains them.

check_codes.py SOURCE_DIR     names each problem as FILE:LINE
check_codes.py --self-test    proves on a tree with planted mistakes that they are found, and only they
"""

import collections
import pathlib
import re

import tree_check

TABLE = "core/include/gangway/event_code.h"
MANUAL = "docs/operations.md"
SOURCES = ("core", "plugins")
MENTIONS = ("core", "plugins", "tests", "docs", "README.md", "CONTRIBUTING.md", "CHANGELOG.md")
# It names codes of events that others log.
LOGS_NOTHING = {"core/gateway/health.c"}
SUFFIXES = {".c", ".h", ".cpp", ".py", ".md"}

CODE = re.compile(r"\bGW-[A-Z]\d+\b")
WELL_FORMED = re.compile(r"GW-[EWI]\d{3}")
DEFINITION = re.compile(r'^#define (GW_CODE_\w+)\s+"([^"]*)"', re.MULTILINE)
RETIRED = re.compile(r"^/\* Retired: (.*?)\*/", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"\bGW_CODE_\w+")
ROW = re.compile(r'^\|\s*<a id="([^"]*)"></a>`([^`]*)`\s*\|(.*)\|\s*$')
LOG_CALL = re.compile(r"\b(?:gw_log_event|gw_log_write|gw_log_text|gw_host_log|[\w.>-]*->log)\s*\(")
# What a record's code may be: names of the table, NULL (a record for debugging), or a code that was handed over.
CODE_ARGUMENT = re.compile(r".*\bGW_CODE_\w+.*|NULL|\(?code\)?|.*\bevents->\w+.*")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def files(root, tops, suffixes):
    for top in tops:
        start = root / top
        for path in [start] if start.is_file() else sorted(start.rglob("*")):
            if path.suffix in suffixes and path.is_file():
                yield path


def without_comments(text):
    """The same lines, so that numbers of lines stay."""
    return COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), text)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


class Tree:
    def __init__(self, root):
        self.root = root
        self.header = (root / TABLE).read_text(encoding="utf-8")
        self.codes = {match[1]: match[2] for match in DEFINITION.finditer(self.header)}
        retired = RETIRED.search(self.header)
        self.retired = set(CODE.findall(retired[1])) if retired else set()

    def problems(self):
        yield from self.wrong_definitions()
        yield from self.wrong_uses()
        yield from self.wrong_documents()
        yield from self.wrong_mentions()

    def wrong_definitions(self):
        numbers = {}
        for match in DEFINITION.finditer(self.header):
            line, name, code = line_of(self.header, match.start()), match[1], match[2]
            if not WELL_FORMED.fullmatch(code):
                yield TABLE, line, f"{code} is no code: expected GW-, one of E, W and I, and three digits"
            elif numbers.setdefault(code[-3:], name) != name:
                yield TABLE, line, f"{name} has the number of {numbers[code[-3:]]}"
            if code[-3:] in {old[-3:] for old in self.retired}:
                yield TABLE, line, f"{code} has the number of an event that is retired"

    def wrong_uses(self):
        """Each code at one place, each record with a code."""
        places = collections.defaultdict(list)
        for path in files(self.root, SOURCES, {".c", ".h", ".cpp"}):
            place = str(path.relative_to(self.root))
            if place in LOGS_NOTHING:
                continue
            text = without_comments(path.read_text(encoding="utf-8"))
            if place != TABLE:
                for match in NAME.finditer(text):
                    places[match[0]].append((place, line_of(text, match.start())))
                for match in re.finditer(r'"[^"\n]*GW-[A-Z]\d+', text):
                    yield place, line_of(text, match.start()), f"a code as text: expected a name of {TABLE}"
                yield from self.records_without_code(place, text)
        for name in self.codes:
            if not places[name]:
                yield TABLE, 1, f"{name} is logged nowhere"
            for place, line in places[name][1:]:
                yield place, line, f"{name} is logged at {places[name][0][0]}:{places[name][0][1]} too"

    def records_without_code(self, place, text):
        for match in LOG_CALL.finditer(text):
            arguments = arguments_of(text, match.end())
            if len(arguments) >= 3 and not arguments[0].startswith("const ") and \
                    not CODE_ARGUMENT.fullmatch(arguments[1]):
                yield place, line_of(text, match.start()), f"a record without a code: {arguments[1]}"

    def wrong_documents(self):
        explained = {}
        for line, text in enumerate((self.root / MANUAL).read_text(encoding="utf-8").splitlines(), 1):
            match = ROW.match(text)
            if not match:
                continue
            anchor, code, cells = match[1], match[2], [cell.strip() for cell in match[3].split(" | ")]
            if anchor != code.lower():
                yield MANUAL, line, f"{code} has the anchor {anchor}"
            if code in explained:
                yield MANUAL, line, f"{code} is explained in line {explained[code]} too"
            if len(cells) != 3 or not all(cells):
                yield MANUAL, line, f"{code}: expected cause, what Gangway does, and what to do"
            if code not in self.codes.values():
                yield MANUAL, line, f"{code} is not in {TABLE}"
            explained.setdefault(code, line)
        for name, code in self.codes.items():
            if code not in explained:
                yield MANUAL, 1, f"{code} ({name}) is not explained"

    def wrong_mentions(self):
        """A test that expects the absence of a code that does not exist cannot fail."""
        known = set(self.codes.values()) | self.retired
        for path in files(self.root, MENTIONS, SUFFIXES):
            place = str(path.relative_to(self.root))
            if place in (TABLE, MANUAL) or path.name == pathlib.Path(__file__).name:
                continue
            for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                for code in CODE.findall(text):
                    if code not in known:
                        yield place, line, f"{code} is not in {TABLE}"


def arguments_of(text, start):
    """The arguments of a call, from behind its parenthesis on."""
    depth, begin, found = 0, start, []
    for at in range(start, len(text)):
        if text[at] in "([{":
            depth += 1
        elif text[at] in ")]}" and depth > 0:
            depth -= 1
        elif depth == 0 and text[at] in ",)":
            found.append(" ".join(text[begin:at].split()))
            begin = at + 1
            if text[at] == ")":
                break
    return found


# ---- the self-test -----------------------------------------------------------------------------------------------

GOOD = {
    TABLE: '/* Retired: GW-W009 */\n#define GW_CODE_GONE "GW-W001"\n#define GW_CODE_BACK "GW-I002"\n',
    MANUAL: '| <a id="gw-w001"></a>`GW-W001` | a | b | c |\n| <a id="gw-i002"></a>`GW-I002` | a | b | c |\n',
    "core/a.c": 'gw_log_event(log, is_gone ? GW_CODE_GONE : GW_CODE_BACK, NULL, "x");\n/* GW_CODE_GONE */\n'
                'gw_log_event(log, NULL, NULL, "detail");\nhost->log(host, code, text);\n',
    "tests/test_a.py": 'assert has("GW-I002")\n',
}

# What is planted into a copy of it, and where it is found: file, (what is replaced, by what), {(file, line)}.
MISTAKES = [
    (TABLE, ('"GW-I002"', '"GW-X002"'), {(TABLE, 3), (MANUAL, 1), (MANUAL, 2), ("tests/test_a.py", 1)}),
    (TABLE, ('"GW-I002"', '"GW-I001"'), {(TABLE, 3), (MANUAL, 1), (MANUAL, 2), ("tests/test_a.py", 1)}),
    (TABLE, ("W009", "E002"), {(TABLE, 3)}),
    (TABLE, ('"GW-I002"\n', '"GW-I002"\n#define GW_CODE_NEW "GW-E003"\n'), {(TABLE, 1), (MANUAL, 1)}),
    (MANUAL, ("`GW-I002`", "`GW-I004`"), {(MANUAL, 1), (MANUAL, 2)}),
    (MANUAL, ('id="gw-i002"', 'id="gw-i001"'), {(MANUAL, 2)}),
    (MANUAL, ("| b | c |\n", "|  | c |\n"), {(MANUAL, 1), (MANUAL, 2)}),
    (MANUAL, ("b | c |\n| <a", "b | c |\n| <a id=\"gw-w001\"></a>`GW-W001` | a | b | c |\n| <a"), {(MANUAL, 2)}),
    ("core/a.c", (" : GW_CODE_BACK", " : GW_CODE_GONE"), {("core/a.c", 1), (TABLE, 1)}),
    ("core/a.c", ("log, NULL, NULL", "log, level, NULL"), {("core/a.c", 3)}),
    ("core/a.c", ("host, code, text", "host, 2, text"), {("core/a.c", 4)}),
    ("core/a.c", ("log, NULL, NULL", 'log, "GW-W001", NULL'), {("core/a.c", 3)}),
    ("tests/test_a.py", ("GW-I002", "GW-W002"), {("tests/test_a.py", 1)}),
]


def problems(root):
    return Tree(root).problems()


def found_in(files):
    with tree_check.planted(files) as root:
        return {(place, line) for place, line, _ in problems(root)}


def self_test():
    failures = 0
    for path, (old, new), expected in [(TABLE, ("", ""), set()), *MISTAKES]:
        assert old in GOOD[path], (path, old)
        found = found_in(GOOD | {path: GOOD[path].replace(old, new)})
        if found != expected:
            print(f"{path}: {old!r} -> {new!r}: found {sorted(found)} instead of {sorted(expected)}")
            failures += 1
    return failures


if __name__ == "__main__":
    tree_check.main(__doc__, problems, self_test)
