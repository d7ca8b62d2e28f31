#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws a picture of boxes and arrows from a text description; docs/flow.txt says what may be in one.

draw.py DESCRIPTION.txt...           writes DESCRIPTION.svg beside each
draw.py --check DESCRIPTION.txt...   fails when an SVG is not what its description gives
draw.py --self-test                  proves that --check finds a change, and that descriptions with mistakes are refused
"""

import pathlib
import re
import sys
import tempfile
from xml.sax.saxutils import escape

BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y, MARGIN, KEY_HEIGHT = 192, 92, 84, 26, 16, 40
LINE_HEIGHT, CHARACTER_WIDTH, KEY_SQUARE = 20, 7.8, 14
KINDS = ("core", "plugin", "outside")

LIGHT = {"page": "#ffffff", "ink": "#1f2328", "core": ("#f0f1f3", "#57606a"), "plugin": ("#ddf4ff", "#0969da"),
         "outside": ("#ffffff", "#57606a")}
DARK = {"page": "#0d1117", "ink": "#e6edf3", "core": ("#262c36", "#9198a1"), "plugin": ("#12325e", "#58a6ff"),
        "outside": ("#0d1117", "#9198a1")}

BOX = re.compile(r"box\s+(\w+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\w+):\s*(.+)")
ARROW = re.compile(r"arrow\s+(\w+)\s*->\s*(\w+):\s*(.*)")
KEY = re.compile(r"key\s+(\w+):\s*(.+)")


class Mistake(Exception):
    """A description that cannot be drawn."""


class Box:
    def __init__(self, column, row, rows, kind, lines):
        self.column, self.row, self.rows, self.kind, self.lines = column, row, rows, kind, lines
        self.x = MARGIN + column * (BOX_WIDTH + GAP_X)
        self.y = MARGIN + row * (BOX_HEIGHT + GAP_Y)
        self.height = rows * BOX_HEIGHT + (rows - 1) * GAP_Y
        for line in lines:
            if len(line) * CHARACTER_WIDTH > BOX_WIDTH:
                raise Mistake(f"too long for a box: {line}")
        if (len(lines) + 1) * LINE_HEIGHT > self.height:
            raise Mistake(f"too many lines for a box: {lines[0]}")


class Picture:
    def __init__(self, text):
        self.title = self.desc = ""
        self.boxes, self.arrows, self.keys = {}, [], []
        for line in text.splitlines():
            if line.strip() and not line.startswith("#"):
                self.read(line.strip())
        if not self.title or not self.desc:
            raise Mistake("title and desc are required: a screen reader reads them")

    def read(self, line):
        word, _, rest = line.partition(" ")
        if word in ("title", "desc"):
            setattr(self, word, rest.strip())
        elif match := BOX.fullmatch(line):
            name, column, row, rows, kind, lines = match.groups()
            self.boxes[name] = Box(int(column), int(row), int(rows), known(kind),
                                   [part.strip() for part in lines.split("|")])
        elif match := ARROW.fullmatch(line):
            start, end, label = match.groups()
            self.arrows.append((self.box(start), self.box(end), label))
        elif match := KEY.fullmatch(line):
            self.keys.append((known(match.group(1)), match.group(2)))
        else:
            raise Mistake(f"not understood: {line}")

    def box(self, name):
        if name not in self.boxes:
            raise Mistake(f"there is no box {name}")
        return self.boxes[name]


def known(kind):
    if kind not in KINDS:
        raise Mistake(f"there is no kind {kind}")
    return kind


def svg(picture):
    width = max(box.x for box in picture.boxes.values()) + BOX_WIDTH + MARGIN
    height = max(box.y + box.height for box in picture.boxes.values()) + MARGIN + KEY_HEIGHT
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
           ' role="img" aria-labelledby="title desc">')
    yield f'<title id="title">{escape(picture.title)}</title>'
    yield f'<desc id="desc">{escape(picture.desc)}</desc>'
    yield from style()
    yield ('<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
           '<path class="head" d="M0 0L8 4L0 8z"/></marker></defs>')
    yield f'<rect class="page" width="{width}" height="{height}" rx="6"/>'
    for box in picture.boxes.values():
        yield from box_lines(box)
    for arrow in picture.arrows:
        yield from arrow_lines(arrow, picture.arrows)
    yield from key_lines(picture.keys, height - KEY_HEIGHT + 4)
    yield "</svg>"


def style():
    yield "<style>"
    yield "text{font:14px system-ui,'Segoe UI',Helvetica,Arial,sans-serif;text-anchor:middle}"
    yield ".heading{font-weight:700;font-size:15px}.label{font-size:13px}.key{text-anchor:start}rect,path{stroke-width:1.5}"
    yield ".outside{stroke-dasharray:5 4}"
    yield from rules(LIGHT)
    yield "@media (prefers-color-scheme:dark){"
    yield from rules(DARK)
    yield "}"
    yield "</style>"


def rules(colours):
    yield f".page{{fill:{colours['page']}}}text{{fill:{colours['ink']}}}"
    yield f".line{{stroke:{colours['ink']};fill:none}}.head{{fill:{colours['ink']}}}"
    for kind in KINDS:
        fill, stroke = colours[kind]
        yield f".{kind}{{fill:{fill};stroke:{stroke}}}"


def box_lines(box):
    yield f'<rect class="{box.kind}" x="{box.x}" y="{box.y}" width="{BOX_WIDTH}" height="{box.height}" rx="6"/>'
    first = box.y + box.height / 2 - (len(box.lines) - 1) * LINE_HEIGHT / 2 + 5
    for number, line in enumerate(box.lines):
        if line:
            heading = ' class="heading"' if number == 0 else ""
            x, y = box.x + BOX_WIDTH / 2, first + number * LINE_HEIGHT
            yield f'<text{heading} x="{x:g}" y="{y:g}">{escape(line)}</text>'


def arrow_lines(arrow, arrows):
    start, end, label = arrow
    if abs(start.column - end.column) != 1:
        raise Mistake(f"an arrow needs neighbouring columns: {label or start.lines[0]}")
    top, bottom = max(start.y, end.y), min(start.y + start.height, end.y + end.height)
    both = [other for other in arrows if {id(other[0]), id(other[1])} == {id(start), id(end)}]
    y = (top + bottom) / 2 + (both.index(arrow) * 36 - (len(both) - 1) * 18) + 4
    left, right = min(start.x, end.x) + BOX_WIDTH + 4, max(start.x, end.x) - 4
    first, last = (left, right) if start.x < end.x else (right, left)
    yield f'<path class="line" marker-end="url(#head)" d="M{first} {y:g}H{last}"/>'
    if label:
        yield f'<text class="label" x="{(left + right) / 2:g}" y="{y - 7:g}">{escape(label)}</text>'


def key_lines(keys, y):
    x = MARGIN
    for kind, text in keys:
        yield f'<rect class="{kind}" x="{x}" y="{y}" width="{KEY_SQUARE}" height="{KEY_SQUARE}" rx="3"/>'
        yield f'<text class="key" x="{x + KEY_SQUARE + 8}" y="{y + 12}">{escape(text)}</text>'
        x += int(len(text) * CHARACTER_WIDTH * 0.9) + 56


def draw(text):
    return "\n".join(svg(Picture(text))) + "\n"


def is_current(path):
    picture = path.with_suffix(".svg")
    return picture.exists() and picture.read_text(encoding="utf-8") == draw(path.read_text(encoding="utf-8"))


def refuses(text):
    try:
        draw(text)
    except Mistake:
        return True
    return False


def self_test():
    good = "title a\ndesc b\nbox x 0 0 1 core: X & co\nbox y 1 0 1 plugin: Y\narrow x -> y: go\n"
    wrong = [good + line for line in ("bix", "arrow x -> z: go", "box z 0 1 1 gas: Z", "box z 0 1 1 core: " + "Z" * 99,
                                      "box z 3 0 1 core: Z\narrow x -> z: far")]
    accepted = [text for text in wrong + [good.replace("desc b\n", "")] if not refuses(text)]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "a.txt"
        path.write_text(good, encoding="utf-8")
        before = is_current(path)
        path.with_suffix(".svg").write_text(draw(good), encoding="utf-8")
        current = is_current(path)
        path.write_text(good.replace("go", "stop"), encoding="utf-8")
        verdicts = (before, current, is_current(path))
    if accepted or verdicts != (False, True, False):
        print(f"accepted {accepted}, verdicts {verdicts}")
    return 1 if accepted or verdicts != (False, True, False) else 0


def check(paths):
    old = [path for path in paths if not is_current(path)]
    for path in old:
        print(f"{path.with_suffix('.svg')} is not what {path} gives; run docs/draw.py {path}")
    return 1 if old else 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if not arguments or arguments == ["--check"]:
        print(__doc__, file=sys.stderr)
        return 2
    if arguments[0] == "--check":
        return check([pathlib.Path(name) for name in arguments[1:]])
    for path in map(pathlib.Path, arguments):
        path.with_suffix(".svg").write_text(draw(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
