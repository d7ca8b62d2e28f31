# SPDX-License-Identifier: Apache-2.0
"""What the checks of the source tree share: their command line, their report, and the trees that their self-tests plant.

A check yields (place, line, problem) for a root; place is relative to it.
"""

import contextlib
import pathlib
import sys
import tempfile


@contextlib.contextmanager
def planted(files):
    """The root of a tree of these files, {path: text}, which is removed again."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder).resolve()
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        yield root


def report(problems):
    """Prints each problem; returns how many there are."""
    count = 0
    for place, line, problem in problems:
        print(f"{place}:{line}: {problem}")
        count += 1
    return count


def main(usage, problems, self_test):
    """SOURCE_DIR reports problems(root), --self-test returns how many failures self_test() printed. Ends the process."""
    if len(sys.argv) != 2:
        print(usage, file=sys.stderr)
        sys.exit(2)
    failures = self_test() if sys.argv[1] == "--self-test" else report(problems(pathlib.Path(sys.argv[1]).resolve()))
    sys.exit(1 if failures else 0)
