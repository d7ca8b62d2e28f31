#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy, with the checks of .clang-tidy, on all code that is no test, and fails when it finds something.

check_tidy.py RUN_CLANG_TIDY SOURCE_DIR BUILD_DIR    names each finding
check_tidy.py RUN_CLANG_TIDY SOURCE_DIR --self-test  proves on planted mistakes, in a folder outside the tree, that the
                                                     same command finds them, in a source and in a header
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

COLOUR = re.compile(r"\x1b\[[\d;]*m")
CHECK = "misc-redundant-expression"
MISTAKE = "static inline int {name}(int value)\n{{\n    return value > 1 && value > 1;\n}}\n"
PLANTED = {
    "core/clean.c": "int clean(int value)\n{\n    return value > 1;\n}\n",
    "core/source.c": MISTAKE.format(name="in_source") + "int source(int value)\n{\n    return in_source(value);\n}\n",
    "plugins/user.c": '#include "header.h"\n\nint user(int value)\n{\n    return in_header(value);\n}\n',
    "plugins/header.h": MISTAKE.format(name="in_header"),
    "tests/test.c": MISTAKE.format(name="in_test") + "int test(int value)\n{\n    return in_test(value);\n}\n",
}


def run(tidy, source, build):
    """The completed process, and the number of files of the build that it had to check."""
    pattern = f"^{re.escape(str(source))}/(core|plugins)/"
    database = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    count = sum(bool(re.match(pattern, entry["file"])) for entry in database)
    command = [tidy, "-quiet", "-j", "2", "-p", str(build), pattern]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"), count


def check(tidy, source, build):
    done, count = run(tidy, source, build)
    print(done.stdout)
    print(f"{count} files")
    return done.returncode if count > 0 else 1


def plant(root, config, names):
    entries = []
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(PLANTED[name], encoding="utf-8")
        if name.endswith(".c"):
            entries.append({"directory": str(root), "file": str(root / name), "command": f"cc -c {root / name}"})
    shutil.copy(config, root)
    (root / "compile_commands.json").write_text(json.dumps(entries), encoding="utf-8")


def self_test(tidy, source):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        plant(root, source / ".clang-tidy", PLANTED)
        done, count = run(tidy, root, root)
        found = set(re.findall(rf"/(\w+/\w+\.[ch]):3:\d+: error: .*\[{CHECK}", COLOUR.sub("", done.stdout)))
        assert count == 3 and done.returncode != 0, done
        assert found == {"core/source.c", "plugins/header.h"}, done.stdout
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        plant(root, source / ".clang-tidy", ["core/clean.c"])
        done, count = run(tidy, root, root)
        assert count == 1 and done.returncode == 0, done
    return 0


if sys.argv[3] == "--self-test":
    sys.exit(self_test(sys.argv[1], Path(sys.argv[2])))
sys.exit(check(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
