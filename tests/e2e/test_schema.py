# SPDX-License-Identifier: Apache-2.0
"""`gangway schema` is a JSON Schema that editors can use: it accepts files that lint accepts, and finds what an editor
should mark. A schema cannot say all that lint says."""

import json

import pytest
import yaml
from gateway import QUICKSTART, STATUS_OK

jsonschema = pytest.importorskip("jsonschema")


@pytest.fixture
def validator(gateway):
    result = gateway.call("schema")
    assert result.status == STATUS_OK, result
    schema = json.loads(result.out)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def complaints(validator, text):
    return [error.message for error in validator.iter_errors(yaml.safe_load(text))]


def quickstart(old, new):
    assert QUICKSTART.count(old) >= 1, old
    return QUICKSTART.replace(old, new, 1)


ACCEPTED = {
    "the quickstart": QUICKSTART,
    "a reference for a scalar": quickstart("path: commands.jsonl", "path: {env: COMMANDS}"),
    "a reference for a number": quickstart("path: commands.jsonl", "path: commands.jsonl, workers: {file: workers}"),
    "a text that looks like a number": quickstart("path: commands.jsonl", "path: 5"),
    "the core's keys": quickstart("path: commands.jsonl", "path: commands.jsonl, workers: 2, turn: 10, dedupe: id"),
    "a size": quickstart("path: commands.jsonl", "path: commands.jsonl, cache: 64MiB"),
    "a size that is off": quickstart("path: commands.jsonl", "path: commands.jsonl, cache: off"),
    "the maps beside the components": QUICKSTART + "inbox: {keep: 30d}\nlog: {level: debug}\nplugins: {dir: /opt}\n",
    "the admin interface": QUICKSTART + "admin: {listen: '127.0.0.1:9477', socket: a.sock}\n",
    "a repeat": quickstart("{publish: [events], notify: [console]}",
                           "{notify: [console], group: {by: [sku]}, repeat: 4h}") + "notify: {keep: 8d}\n",
    "a fallback": quickstart("{publish: [events], notify: [console]}", "{notify: [console], fallback: [console]}"),
}

MARKED = {
    "no repository": quickstart("repository:", "# repository:"),
    "no entrypoints": quickstart("  commands: {plugin: jsonl_reader, path: commands.jsonl}", "  {}"),
    "an unknown section": QUICKSTART + "notifier: {}\n",
    "an unknown option": quickstart("path: commands.jsonl", "path: commands.jsonl, pth: x"),
    "a required option": quickstart("{plugin: jsonl_writer, path: events.jsonl}", "{plugin: jsonl_writer}"),
    "an unknown plugin": quickstart("jsonl_writer", "jsonl_riter"),
    "a plugin of another port": quickstart("jsonl_writer", "jsonl_reader"),
    "a number out of range": quickstart("path: commands.jsonl", "path: commands.jsonl, workers: 0"),
    "none of the choices": quickstart("path: commands.jsonl", "path: commands.jsonl, dedupe: offset"),
    "a size that is on": quickstart("path: commands.jsonl", "path: commands.jsonl, cache: on"),
    "a size without a unit": quickstart("path: commands.jsonl", "path: commands.jsonl, cache: 64"),
    "a repeat without a group": quickstart("{publish: [events], notify: [console]}", "{notify: [console], repeat: 4h}"),
    "a duration without a unit": QUICKSTART + "inbox: {keep: 7}\n",
    "a list for a text": quickstart("path: commands.jsonl", "path: [commands.jsonl]"),
    "a reference to two things": quickstart("path: commands.jsonl", "path: {env: A, file: b}"),
    "an id that is none": quickstart("  console:", "  1console:"),
    "an unknown event": quickstart("  OutOfStock:", "  OutOfStok:"),
    "an internal event": QUICKSTART + "  AllocationRequired: {publish: [events]}\n",
    "a fallback of nothing": quickstart("{publish: [events], notify: [console]}", "{fallback: [console]}"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_the_schema_accepts(validator, name):
    assert complaints(validator, ACCEPTED[name]) == []


@pytest.mark.parametrize("name", MARKED)
def test_the_schema_marks(validator, name):
    assert complaints(validator, MARKED[name]) != []
