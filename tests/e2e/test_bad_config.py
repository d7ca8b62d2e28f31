# SPDX-License-Identifier: Apache-2.0
"""A bootstrap file that is wrong is refused with status 78 and its place, `FILE:LINE:COL: error: ...`, and nothing has
been done by then: no database, no output, no lock."""

import itertools
import os
import re
import threading

import pytest
from gateway import QUICKSTART, STATUS_CONFIG, STATUS_OK

# Stands in a file right before the place that the error must name.
HERE = "\u00bb"

REFUSAL = re.compile(r"(?P<file>[^\n:]+):(?P<line>\d+):(?P<column>\d+): error: (?P<text>.+)")


def quickstart(old="", new=""):
    """The quickstart with one thing changed, HERE standing in the new text."""
    assert QUICKSTART.count(old) >= 1, old
    return QUICKSTART.replace(old, new, 1)


def added(text):
    return QUICKSTART + text


KAFKA = """\
service: shop
repository: {plugin: memory_repository}
entrypoints:
  orders: {plugin: kafka_consumer, brokers: ["127.0.0.1:1"], group: g, topics: {t: auto}, %s}
publishers:
  events: {plugin: kafka_publisher, brokers: ["127.0.0.1:1"], topic: t, %s}
"""


def consumer(settings):
    """Further settings of librdkafka's for a consumer, HERE standing in them."""
    return KAFKA % (f"librdkafka: {settings}", "tls: false")


def publisher(options):
    return KAFKA % ("tls: false", options)


def postgres(options):
    return QUICKSTART.replace("{plugin: sqlite_repository, path: gangway.db}",
                              f"{{plugin: postgres_repository, {options}}}")


# name -> (the file with HERE, words that the message must have)
REFUSED = {
    # What only a plugin, or the library behind it, can know.
    "a duration for librdkafka": (consumer(f"{{socket.timeout.ms: {HERE}60s}}"), ("60",)),
    "a size for librdkafka": (consumer(f"{{fetch.message.max.bytes: {HERE}1MiB}}"), ("read as 1",)),
    "a number that librdkafka refuses": (consumer(f"{{socket.timeout.ms: {HERE}5}}"), ("10..300000",)),
    "a power of ten for librdkafka": (consumer(f"{{socket.timeout.ms: {HERE}60e3}}"), ("read as 60",)),
    "a word for a number of librdkafka's": (consumer(f"{{fetch.min.bytes: {HERE}abc}}"), ("fetch.min.bytes",)),
    "a number for a choice of librdkafka's": (consumer(f"{{broker.address.family: {HERE}v5}}"), ("address.family",)),
    "a bound above another of librdkafka's": (consumer(f"{{fetch.max.bytes: {HERE}10}}"), ("message.max.bytes",)),
    "a member that is never heard of in time": (consumer(f"{{max.poll.interval.ms: {HERE}1000}}"), ("session.timeout.ms",)),
    "a setting that librdkafka does not have": (consumer(f"{{sockt.timeout.ms: {HERE}60}}"), ("socket.timeout.ms",)),
    "a setting of librdkafka's for producers": (publisher(f"librdkafka: {{linger.ms: {HERE}5ms}}"), ("read as 5",)),
    "a topic that cannot be": (publisher("tls: false").replace("topic: t", f"topic: {HERE}a b"), ("letters",)),
    "a user without a mechanism": (publisher(f"user: {HERE}x"), ("mechanism",)),
    "standard input that is followed": (quickstart("path: commands.jsonl", f"path: '-', follow: {HERE}true"), ("follow",)),
    "a url that libpq does not read": (postgres(f"url: {HERE}'mysql://h/d'"), ("postgresql://",)),
    "a value in a url that libpq refuses": (postgres(f"url: {HERE}'host=h sslmode=bogus'"), ("sslmode",)),
    "a schema that is no plain name": (postgres(f"url: 'host=h', schema: {HERE}A-b"), ("plain name",)),
    # The file as a whole.
    "empty": (HERE, ()),
    "comments only": (HERE + "# nothing\n", ()),
    "a list": (HERE + "- service: x\n", ("map",)),
    "a scalar": (HERE + "quickstart\n", ("map",)),
    "two documents": (added(HERE + "---\nservice: other\n"), ("document",)),
    # YAML that is rejected at any place in the file.
    "an anchor": (quickstart("service: quickstart", f"service: {HERE}&a quickstart"), ("anchor",)),
    "an alias": (quickstart("service: quickstart", f"service: {HERE}*a"), ("alias",)),
    "an alias bomb": (
        f"a: {HERE}&a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in itertools.pairwise("abcdefghijklmn")),
        ("anchor",),
    ),
    "a merge key": (quickstart("commands: {", f"commands: {{{HERE}<<: {{}}, "), ("merge", "<<")),
    "a tag": (quickstart("service: quickstart", f"service: {HERE}!!str quickstart"), ("tag",)),
    "a tag of a language": (quickstart("service: quickstart", f"service: {HERE}!!python/object:os.system x"), ("tag",)),
    "a duplicate key": (added(f"{HERE}service: other\n"), ("service", "twice", "duplicate")),
    "a duplicate key, quoted": (added(f'{HERE}"serv\\x69ce": other\n'), ("service", "twice", "duplicate")),
    "a tab for indentation": (f"service: x\nrepository:\n{HERE}\tplugin: sqlite_repository\n", ()),
    "a bracket never closed": ("service: x\nrepository: {plugin: sqlite_repository\n" + HERE, ()),
    "a NUL byte": (quickstart("service: quickstart", f"service: quick{HERE}\0start"), ()),
    "33 levels": ("service: " + "[" * 31 + HERE + "[" + "]" * 32 + "\n", ("32",)),
    "100,000 levels": ("service: " + "[" * 31 + HERE + "[" * 99_969 + "]" * 100_000 + "\n", ("32",)),
    "a map as a key": (quickstart("service: quickstart", HERE + "{a: b}: quickstart"), ("key",)),
    # Unknown keys and values.
    "an unknown section": (added(f"{HERE}notifier: {{}}\n"), ("notifier", "notifiers")),
    "an unknown option": (quickstart("path: commands.jsonl", f"{HERE}pth: commands.jsonl"), ("pth", "path")),
    "an option of another plugin": (quickstart("path: commands.jsonl", f"path: commands.jsonl, {HERE}brokers: [a]"),
                                    ("brokers",)),
    "an unknown key of a route": (quickstart("notify: [console]", f"{HERE}notfy: [console]"), ("notfy", "notify")),
    "an option without its value": (quickstart("path: commands.jsonl", f"path: {HERE}"), ("path",)),
    "a list for a path": (quickstart("path: commands.jsonl", f"path: {HERE}[commands.jsonl]"), ("path",)),
    "a map for the service": (quickstart("service: quickstart", f"service: {HERE}{{a: b}}"), ("service",)),
    "a list for a section": ("service: x\nrepository: {plugin: sqlite_repository, path: g.db}\nentrypoints:\n"
                             f"  {HERE}- {{plugin: jsonl_reader, path: c.jsonl}}\n", ("entrypoints", "map")),
    "a scalar for a component": (quickstart("{plugin: console_notifier}", HERE + "console_notifier"), ("console",)),
    "a word for a truth value": (quickstart("path: commands.jsonl", f"path: commands.jsonl, follow: {HERE}maybe"),
                                 ("follow", "true or false")),
    "a word for a number": (quickstart("path: commands.jsonl", f"path: commands.jsonl, workers: {HERE}many"),
                            ("workers", "whole number")),
    "a number out of range": (quickstart("path: commands.jsonl", f"path: commands.jsonl, workers: {HERE}0"),
                              ("workers",)),
    "a duration without a unit": (added(f"inbox: {{keep: {HERE}7}}\n"), ("keep", "unit")),
    "a duration with an unknown unit": (added(f"inbox: {{keep: {HERE}7 fortnights}}\n"), ("keep", "unit")),
    # What is missing.
    "no repository": (HERE + quickstart("repository: {plugin: sqlite_repository, path: gangway.db}\n"),
                      ("repository",)),
    "no entrypoints": (HERE + quickstart("entrypoints:\n  commands: {plugin: jsonl_reader, path: commands.jsonl}\n"),
                       ("entrypoint",)),
    "an empty map of entrypoints": (
        quickstart("entrypoints:\n  commands: {plugin: jsonl_reader, path: commands.jsonl}\n",
                   f"entrypoints: {HERE}{{}}\n"), ("entrypoint",)),
    "a component without its plugin": (quickstart("{plugin: console_notifier}", HERE + "{}"), ("plugin",)),
    "a required option": (quickstart("{plugin: jsonl_writer, path: events.jsonl}", HERE + "{plugin: jsonl_writer}"),
                          ("path",)),
    # Components, routes, templates, plugins.
    "two components with one id in a section": (
        quickstart("notifiers:\n", "notifiers:\n  console: {plugin: console_notifier}\n").replace(
            "  console: {plugin: console_notifier}\nroutes", f"  {HERE}console: {{plugin: console_notifier}}\nroutes"),
        ("console", "twice", "duplicate")),
    "two components with one id in two sections": (
        quickstart("  console: {plugin: console_notifier}", f"  {HERE}events: {{plugin: console_notifier}}").replace(
            "notify: [console]", "notify: [events]"), ("events",)),
    "a route to nobody": (quickstart("Allocated:   {publish: [events]}", f"Allocated:   {{publish: [{HERE}event]}}"),
                          ("event", "events")),
    "a notice through a publisher": (quickstart("notify: [console]", f"notify: [{HERE}events]"), ("events", "notif")),
    "a publication through a notifier": (
        quickstart("{publish: [events], notify", f"{{publish: [{HERE}console], notify"), ("console", "publish")),
    "a route for an unknown event": (quickstart("  OutOfStock:", f"  {HERE}OutOfStok:"), ("OutOfStok", "OutOfStock")),
    "a route for a command": (added(f"  {HERE}Allocate: {{publish: [events]}}\n"), ("Allocate",)),
    "a route for the internal event": (added(f"  {HERE}AllocationRequired: {{publish: [events]}}\n"),
                                       ("AllocationRequired",)),
    "a plugin that is not there": (quickstart("plugin: jsonl_writer", f"plugin: {HERE}jsonl_riter"),
                                   ("jsonl_riter", "jsonl_writer")),
    "a plugin of another port": (quickstart("plugin: jsonl_writer", f"plugin: {HERE}jsonl_reader"),
                                 ("jsonl_reader", "publisher")),
    "a plugin by its path": (quickstart("plugin: jsonl_writer", f"plugin: {HERE}../plugins/jsonl_writer"), ("plugin",)),
    "a field that the event lacks": (
        quickstart("console_notifier}", f'console_notifier, text: {HERE}"{{sku}} in {{batchref}}"}}'),
        ("batchref", "OutOfStock")),
    "a place never closed": (
        quickstart("{plugin: console_notifier}", f'{{plugin: console_notifier, text: {HERE}"Out of {{sku"}}'),
        ("text",)),
}


def place(text):
    before = text[: text.index(HERE)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def refusals(gateway, result):
    """The errors about the gateway's file, in order."""
    assert result.status == STATUS_CONFIG, result
    found = [match for match in REFUSAL.finditer(result.err) if match["file"] == str(gateway.config)]
    assert found, result
    return found


def refusal(gateway, result):
    """The only error about the gateway's file."""
    (match,) = refusals(gateway, result)
    return match


def assert_nothing_done(gateway):
    """The folder has no file but the bootstrap file."""
    assert [entry.name for entry in gateway.folder.iterdir()] == [gateway.config.name]


@pytest.mark.parametrize("verb", ["lint", "run"])
@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_its_place_and_nothing_is_done(gateway, name, verb):
    text, words = REFUSED[name]
    gateway.write_config(text.replace(HERE, ""))
    found = refusals(gateway, gateway.call(verb, gateway.config))
    there = [match["text"] for match in found if (int(match["line"]), int(match["column"])) == place(text)]
    assert len(there) == 1, [match[0] for match in found]
    assert not words or any(word in there[0] for word in words), there
    assert_nothing_done(gateway)


NEAREST = {
    "an unknown section": "notifiers",
    "an unknown option": "path",
    "an unknown key of a route": "notify",
    "a route to nobody": "events",
    "a route for an unknown event": "OutOfStock",
    "a plugin that is not there": "jsonl_writer",
}


@pytest.mark.parametrize("name", NEAREST)
def test_the_message_says_the_nearest_name(gateway, name):
    gateway.write_config(REFUSED[name][0].replace(HERE, ""))
    texts = [match["text"] for match in refusals(gateway, gateway.lint())]
    assert any(re.search(rf"\b{NEAREST[name]}\b", text) for text in texts), texts


@pytest.mark.parametrize("verb", ["lint", "run"])
def test_a_missing_file_is_refused_by_its_name(gateway, verb):
    gateway.config.unlink()
    result = gateway.call(verb, gateway.config)
    assert result.status == STATUS_CONFIG, result
    assert str(gateway.config) in result.err and "No such file" in result.err
    assert list(gateway.folder.iterdir()) == []


def test_a_directory_is_refused(gateway):
    gateway.config.unlink()
    gateway.config.mkdir()
    assert gateway.lint().status == STATUS_CONFIG


@pytest.mark.parametrize(
    "wrong",
    [b"\xff", b"\xc1\x81", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"],
    ids=["0xff", "overlong", "surrogate", "too-high", "cut"],
)
def test_bytes_that_are_no_utf8_are_refused_at_their_line(gateway, wrong):
    gateway.write_config(QUICKSTART.encode() + b"# a comment: " + wrong + b"\n")
    match = refusal(gateway, gateway.lint())
    assert int(match["line"]) == QUICKSTART.count("\n") + 1
    assert "UTF-8" in match["text"]
    assert_nothing_done(gateway)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_other_encodings_are_refused(gateway, encoding):
    gateway.write_config(QUICKSTART.encode(encoding))
    assert int(refusal(gateway, gateway.lint())["line"]) == 1


def test_a_hundred_megabytes_are_refused_without_reading_them(gateway):
    with gateway.config.open("ab") as file:
        file.write(b"#" + b" " * (100 << 20) + b"\n")
    result = gateway.lint()
    assert result.status == STATUS_CONFIG, result
    assert str(gateway.config) in result.err and "1 MiB" in result.err
    assert result.peak_bytes < 64 << 20
    assert_nothing_done(gateway)


def test_more_than_twenty_thousand_nodes_are_refused(gateway):
    gateway.write_config("service: [" + "x," * 20_001 + "]\n")
    assert "20,000" in refusal(gateway, gateway.lint())["text"].replace("20000", "20,000")


def test_two_errors_are_both_reported(gateway):
    gateway.write_config(QUICKSTART + "nobody: 1\nnothing: 2\n")
    below = QUICKSTART.count("\n")
    assert [int(match["line"]) for match in refusals(gateway, gateway.lint())] == [below + 1, below + 2]


def test_no_value_of_a_secret_is_shown(gateway):
    canary = "s3cr3t-canary"
    gateway.write_config(QUICKSTART + f"admin: {{sockt: {canary}}}\n{canary}\n")
    result = gateway.lint()
    assert result.status == STATUS_CONFIG
    assert canary not in result.err + result.out


def test_lint_accepts_a_valid_file_and_changes_nothing(gateway):
    result = gateway.lint()
    assert result.status == STATUS_OK, result
    assert "error" not in result.err
    assert_nothing_done(gateway)


def test_a_file_named_by_a_relative_path_is_named_so_in_the_message(gateway):
    gateway.write_config(QUICKSTART + "nobody: 1\n")
    result = gateway.call("lint", gateway.config.name)
    assert result.status == STATUS_CONFIG
    assert "gangway.yaml:13:1: error: " in result.err.splitlines()[0]


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["run"], ["lint"], ["lint", "a", "b"], ["run", "--nonsense"]])
def test_wrong_usage_is_distinguished_from_a_wrong_file(gateway, arguments):
    result = gateway.call(*arguments)
    assert result.status == 2, result
    assert result.out == "" and result.err != ""


# ---- a file that changes while it is read ---------------------------------------------------------------------------


class Changer(threading.Thread):
    """Calls `change` repeatedly until it is stopped."""

    def __init__(self, change):
        super().__init__(daemon=True)
        self.change, self.stopped = change, threading.Event()

    def run(self):
        while not self.stopped.is_set():
            self.change()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.join()


def swap_link(folder):
    """A symbolic link that points to a good file and to a bad one in turn."""
    (folder / "good").write_text(QUICKSTART)
    (folder / "bad").write_text(QUICKSTART + "nobody: 1\n")
    for target in itertools.cycle(("good", "bad")):
        (folder / "link").symlink_to(target)
        os.replace(folder / "link", folder / "gangway.yaml")
        yield


def rename_over(folder):
    for text in itertools.cycle((QUICKSTART, QUICKSTART + "nobody: 1\n")):
        (folder / "next").write_text(text)
        os.replace(folder / "next", folder / "gangway.yaml")
        yield


def truncate(folder):
    """The file grows and is cut while it is read."""
    long = QUICKSTART + "# a comment\n" * 50_000
    for size in itertools.cycle((len(long), 5, 70_000, 0)):
        with open(folder / "gangway.yaml", "r+b") as file:
            file.write(long.encode())
            file.truncate(size)
        yield


@pytest.mark.parametrize("change", [swap_link, rename_over, truncate])
def test_a_file_that_changes_while_it_is_read_is_accepted_or_refused_without_a_crash(gateway, change):
    steps = change(gateway.folder)
    with Changer(lambda: next(steps)):
        for _ in range(50):
            result = gateway.lint()
            assert result.status in (STATUS_OK, STATUS_CONFIG), result
            if result.status == STATUS_CONFIG:
                assert "error" in result.err


MEMBERS = """\
service: shop
repository: {plugin: memory_repository}
entrypoints:
  one: {plugin: kafka_consumer, brokers: ["127.0.0.1:1"], group: g, topics: {t: auto}, instance_id: shelf}
  two:
    {plugin: kafka_consumer, brokers: ["127.0.0.1:1"], group: g, topics: {u: auto},
     instance_id: shelf}
"""


def test_two_entrypoints_with_one_instance_id_in_one_group_are_a_warning(gateway):
    """They remove each other from the group, whatever their topics are."""
    gateway.write_config(MEMBERS)
    result = gateway.lint()
    assert result.status == STATUS_OK
    warnings = [line for line in (result.out + result.err).splitlines() if ": warning: " in line]
    assert len(warnings) == 1 and ":7:19: warning: 'instance_id'" in warnings[0] and "'one' at 4:3" in warnings[0]


@pytest.mark.parametrize("old, new", [
    ("\n     instance_id: shelf", ""), ("\n     instance_id: shelf", "\n     instance_id: rack"),
    ("group: g, topics: {u", "group: h, topics: {u"),
    ("\n     instance_id: shelf", "\n     instance_id: {env: UNKNOWN}"),
])
def test_an_instance_id_of_another_group_or_an_unknown_one_is_no_conflict(gateway, old, new):
    gateway.write_config(MEMBERS.replace(old, new))
    result = gateway.lint()
    assert result.status == STATUS_OK and "'one' at 4:3" not in result.out + result.err
