#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the documents, and fails when one names a file or folder of the tree that does not exist, or, in a table row
that begins with a file, a function that is not in it.

check_paths.py SOURCE_DIR     names each wrong place as FILE:LINE
check_paths.py --self-test    proves on a tree with planted mistakes that they are found, and only they
"""

import re

import tree_check

DOCUMENTS = ["README.md", "CONTRIBUTING.md", "docs/*.md", "plugins/*/README.md", "tests/*/README.md"]
TOPS = ("core", "plugins", "config", "tests", "deploy", "docs")

QUOTED = re.compile(r"`([^`]+)`")
PATH = re.compile(rf"(?:{'|'.join(TOPS)})/[\w./-]+")
NAME = re.compile(r"[a-z_][a-z0-9_]*")


def wrong_places(root):
    for pattern in DOCUMENTS:
        for document in sorted(root.glob(pattern)):
            for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
                yield from ((document.relative_to(root), number, problem) for problem in problems(root, line))


def problems(root, line):
    quoted = QUOTED.findall(line)
    for text in quoted:
        if PATH.fullmatch(text) and not (root / text).exists():
            yield f"there is no {text}"
    if line.startswith("| `") and quoted and PATH.fullmatch(quoted[0]) and (root / quoted[0]).is_file():
        source = (root / quoted[0]).read_text(encoding="utf-8")
        for name in QUOTED.findall(line.split("|")[2]):
            if NAME.fullmatch(name) and not re.search(rf"\b{name}\(", source):
                yield f"there is no {name}() in {quoted[0]}"


def self_test():
    with tree_check.planted({
        "core/a.c": "static void here(void)\n{\n}\n",
        "README.md": "`core/a.c`, `core/b.c`, `core`\n",
        "docs/tour.md": "| `core/a.c` | `here`, `gone` | what |\n| `elsewhere/x.c` | `gone` | what |\n",
    }) as root:
        found = [(str(path), number) for path, number, _ in wrong_places(root)]
    expected = [("README.md", 1), ("docs/tour.md", 1)]
    if found != expected:
        print(f"found {found} instead of {expected}")
    return found != expected


if __name__ == "__main__":
    tree_check.main(__doc__, wrong_places, self_test)
