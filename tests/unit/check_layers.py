#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads every #include of core, plugins and tests/contract, and fails when one breaks the table of layers.

check_layers.py SOURCE_DIR     names each broken line as FILE:LINE
check_layers.py --self-test    proves on trees with planted includes that broken lines are found, and only they
"""

import re

import tree_check

# Who may include what. A name that ends with .h is one header of another folder. "own" is the folder of the plugin, or
# of the contract tests, and the folders in plugins/shared that are for it. "gangway/sdk" are the headers of the library
# for plugins; of these, core/base includes those that know no port, and no other folder of core includes any. The four
# kinds of <headers> that are not ours are told apart below.
FOR_ALL = {"core/base", "core/include", "language", "system"}
MAY_INCLUDE = {
    "core/include": {"core/include", "gangway/sdk", "language"},
    "core/sdk": {"core/sdk", "core/include", "gangway/sdk", "language"},
    "core/base": {"core/base", "gangway/event_code.h", "gangway/sdk/buffer.h", "gangway/sdk/calendar.h",
                  "gangway/sdk/json_escape.h", "gangway/sdk/terminal_text.h", "gangway/sdk/utf8.h", "language",
                  "system", "network"},
    "core/json": FOR_ALL | {"core/json", "foreign"},
    "core/yaml": FOR_ALL | {"core/yaml", "foreign"},
    "core/domain": {"core/domain", "core/base", "language"},
    "core/stock": FOR_ALL - {"system"} | {"core/stock", "core/domain"},
    "core/service": FOR_ALL | {"core/service", "core/stock", "core/domain", "core/json"},
    "core/options": FOR_ALL | {"core/options", "core/yaml", "service/catalog.h"},
    "core/plugin": FOR_ALL | {"core/plugin", "core/options", "network"},
    "core/config": FOR_ALL | {"core/config", "core/plugin", "core/options", "core/yaml", "core/json",
                              "service/catalog.h", "service/routing.h", "sodium.h"},
    "core/process": FOR_ALL | {"core/process", "foreign"},
    "core/outbox": FOR_ALL | {"core/outbox"},
    "core/worker": FOR_ALL | {"core/worker", "core/outbox", "core/process", "core/service", "core/json", "foreign"},
    "core/relay": FOR_ALL | {"core/relay", "core/outbox", "core/process", "core/config", "core/options", "core/json",
                             "service/stamp.h", "service/cloud_event.h", "service/dead_letter.h",
                             "service/notice_lines.h"},
    "core/gateway": FOR_ALL | {"core/gateway", "core/relay", "core/worker", "core/config", "core/process",
                               "core/json", "service/routing.h", "foreign"},
    "core/admin": FOR_ALL | {"core/admin", "core/gateway", "core/process", "core/config", "core/json", "service/views.h",
                             "network", "foreign"},
    "core/cli": FOR_ALL | {"core/cli", "core/admin", "core/gateway", "core/worker", "core/config", "core/process",
                           "core/plugin", "core/options", "core/service", "core/yaml", "core/json", "relay/notice_id.h",
                           "foreign"},
    "plugins": {"own", "core/include", "gangway/sdk", "language", "system", "network", "foreign"},
    "tests/contract": {"own", "tests/support", "core/include", "language", "system", "network", "foreign"},
}
# Folders in plugins/shared, which are no plugins, and whom each is for; None: every plugin.
SHARED = {"amqp": {"amqp_consumer", "amqp_publisher"}, "kafka": {"kafka_consumer", "kafka_publisher"},
          "csv": {"csv_reader", "csv_repository"},
          "curl": {"slack_notifier", "smtp_notifier", "webhook_notifier"}, "files": None}
# Headers that only some layers of core may include, though others may include their folder: JSON is written by the JSON
# writer, so that only it, the log below it and templates escape.
RESERVED = {"base/json_escape.h": {"core/base", "core/json", "core/options"}}
CORE_FOLDERS = {layer.removeprefix("core/") for layer in MAY_INCLUDE if layer.startswith("core/")} - {"include"}

# Of libc: what any code may use; what knows the operating system, threads or the time; what opens sockets or objects.
LANGUAGE = """assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp stdalign stdarg stdatomic
    stdbool stddef stdint stdio stdlib stdnoreturn string strings tgmath uchar wchar wctype""".split()
SYSTEM = """dirent fcntl getopt glob grp libgen poll pthread pwd sched semaphore signal spawn sysexits syslog termios
    threads time ucontext unistd""".split()
NETWORK = ["dlfcn", "elf", "link", "netdb", "ifaddrs", "sys/socket", "sys/un"]
NETWORK_FOLDERS = ["net", "netinet", "arpa"]
SYSTEM_FOLDERS = ["sys", "linux", "sanitizer"]

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")')
INCLUDE_OF_ANYTHING = re.compile(r"^\s*#\s*include\b")
SUFFIXES = {".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".inc"}


def is_below(path, folder):
    return path == folder or folder in path.parents


class Tree:
    def __init__(self, root):
        self.root = root
        self.plugins = {folder.name for folder in (self.root / "plugins").glob("*") if folder.is_dir()}

    def files(self):
        for top in ("core", "plugins", "tests/contract"):
            for path in sorted((self.root / top).rglob("*")):
                if path.suffix in SUFFIXES and path.is_file():
                    yield path

    def layer(self, path):
        """The row of the table that a file belongs to, and the folder that is its own."""
        for layer in MAY_INCLUDE:
            if is_below(path, self.root / layer):
                own = self.root / layer
                if layer == "plugins":
                    parts = path.relative_to(own).parts
                    own = own.joinpath(*parts[: 2 if parts[0] == "shared" else 1])
                return layer, own
        return None, None

    def target(self, path, own, name, is_quoted):
        """The target of an include: a layer, "own", a kind of foreign header, or the folder that no file may
        include."""
        if is_quoted:
            for start in (path.parent, own, self.root / "core", self.root / "core/include",
                          self.root / "tests/support", self.root / "plugins/shared", self.root / "plugins", self.root):
                found = (start / name).resolve()
                if found.is_file():
                    return self.place(found, own)
        first = name.split("/")[0]
        if name.startswith("gangway/sdk/"):
            return "gangway/sdk"
        if first == "gangway":
            return "core/include"
        if first in CORE_FOLDERS:
            return "core/" + first
        if first in self.plugins and first != own.name:
            return "plugins/" + first
        return kind(name)

    def place(self, found, own):
        if is_below(found, own) and own != self.root / "core":
            layer = self.layer(found)[0]
            return "own" if layer in ("plugins", "tests/contract") else layer
        if own.parent == self.root / "plugins" and self.is_shared_with(found, own.name):
            return "own"
        for layer in (*MAY_INCLUDE, "tests/support"):
            if is_below(found, self.root / layer):
                return layer if layer != "plugins" else "plugins/" + found.relative_to(self.root / layer).parts[0]
        return str(found.relative_to(self.root)) if is_below(found, self.root) else str(found)

    def is_shared_with(self, found, plugin):
        """Whether a file is in a shared folder that is for this plugin."""
        return any(is_below(found, self.root / "plugins/shared" / folder) for folder, users in SHARED.items()
                   if users is None or plugin in users)

    def broken_lines(self):
        for path in self.files():
            layer, own = self.layer(path)
            if layer is None:
                yield path, 0, "a source file that no row of the table of layers speaks of"
                continue
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                problem = self.problem(path, layer, own, line)
                if problem:
                    yield path, number, problem

    def problem(self, path, layer, own, line):
        match = INCLUDE.match(line)
        if not match:
            return "an include that cannot be read" if INCLUDE_OF_ANYTHING.match(line) else None
        name = match[1] or match[2]
        target = self.target(path, own, name, match[2] is not None)
        users = RESERVED.get(name.removeprefix("../"), {layer})
        if layer not in users:
            return f"{layer} must not include {name}, which is for {', '.join(sorted(users))}"
        if target in MAY_INCLUDE[layer] or name in MAY_INCLUDE[layer]:
            return None
        return f"{layer} must not include {name} ({target})"


def kind(name):
    """Which kind a header is that is not ours."""
    stem, first = name.removesuffix(".h"), name.split("/")[0]
    if stem in NETWORK or first in NETWORK_FOLDERS:
        return "network"
    if stem in LANGUAGE or (stem == name and "/" not in name):  # C++ headers have no suffix
        return "language"
    if stem in SYSTEM or (first in SYSTEM_FOLDERS and "/" in name):
        return "system"
    return "foreign"


def broken_lines(root):
    tree = Tree(root)
    if not any(True for _ in tree.files()):
        yield root, 0, "no source files: is this the source directory?"
    for path, number, problem in tree.broken_lines():
        yield path.relative_to(root), number, problem


# ---- the self-test -----------------------------------------------------------------------------------------------

ALLOWED = {
    "core/include/gangway/port/publisher.h": ["<gangway/message.h>", "<stdint.h>"],
    "core/include/gangway/sdk/verdict.h": ["<gangway/port/repository.h>"],
    "core/sdk/verdict.c": ["<gangway/sdk/verdict.h>", "<gangway/text.h>", "<string.h>"],
    "core/base/log.c": ['"base/log.h"', "<unistd.h>", "<sanitizer/asan_interface.h>", "<sys/stat.h>"],
    "core/base/text.h": ["<gangway/sdk/utf8.h>", "<gangway/sdk/buffer.h>"],
    "core/domain/product.c": ['"domain/product.h"', '"base/arena.h"', "<string.h>"],
    "core/stock/cache.c": ['"stock/cache.h"', '"domain/product.h"', '"base/log.h"', "<gangway/text.h>"],
    "core/service/bus.c": ['"service/bus.h"', '"stock/cache.h"', '"domain/product.h"', '"base/log.h"', "<gangway/text.h>",
                           '"json/json.h"', "<pthread.h>"],
    "core/json/json.cpp": ['"json/json.h"', '"base/log.h"', '"base/json_escape.h"', "<simdjson.h>", "<algorithm>"],
    "core/plugin/loader.c": ['"plugin/loader.h"', "<dlfcn.h>", "<gangway/plugin.h>"],
    "core/config/wiring.c": ['"plugin/loader.h"', '"service/catalog.h"', '"yaml/yaml.h"'],
    "core/admin/admin.c": ['"admin/admin.h"', '"gateway/gateway.h"', '"json/json.h"', "<microhttpd.h>", "<sys/un.h>"],
    "core/cli/main.c": ['"yaml/yaml.h"', '"service/bus.h"', '"base/log.h"', "<sodium.h>"],
    "plugins/kafka_publisher/publish.c": ['"producer.h"', "<librdkafka/rdkafka.h>", "<gangway/host.h>", "<gangway/sdk/verdict.h>",
                                          "<poll.h>"],
    "plugins/kafka_consumer/poll.c": ['"kafka/client.h"', '"consumer.h"'],
    "plugins/shared/kafka/client.c": ['"client.h"', "<librdkafka/rdkafka.h>"],
    "plugins/amqp_publisher/publish.c": ['"files/lock.h"'],
    "plugins/kafka_publisher/parts/part.c": ['"../producer.h"', '"producer.h"'],
    "tests/contract/publisher.c": ['"contract.h"', '"check_main.h"', "<gangway/plugin.h>", "<check.h>"],
}

BROKEN = {
    "core/include/gangway/a.h": ['"base/log.h"', "<unistd.h>", "<yaml.h>"],
    "core/sdk/a.c": ['"base/log.h"', "<unistd.h>", "<pthread.h>", "<sqlite3.h>", '"service/bus.h"'],
    "core/relay/a.c": ["<gangway/sdk/verdict.h>", "<gangway/sdk/utf8.h>", '"../base/json_escape.h"'],
    "core/base/a.c": ['"domain/product.h"', "<gangway/text.h>", "<gangway/sdk/verdict.h>", "<yaml.h>",
                      '"../service/bus.h"'],
    "core/domain/a.c": ["<gangway/text.h>", '"service/bus.h"', "<time.h>", "<pthread.h>", "<threads.h>", "<sqlite3.h>"],
    "core/stock/a.c": ['"service/bus.h"', "<time.h>", "<pthread.h>"],
    "core/service/a.c": ['"base/json_escape.h"', '"yaml/yaml.h"', "<dlfcn.h>", "<sys/socket.h>", "<yaml.h>",
                         "<libpq-fe.h>", '"kafka_publisher/producer.h"', '"../../plugins/kafka_publisher/producer.h"'],
    "core/json/a.c": ['"yaml/yaml.h"', '"service/bus.h"'],
    "core/admin/a.c": ['"relay/relay.h"', '"worker/worker.h"', '"service/bus.h"', '"domain/product.h"'],
    "core/config/a.c": ['"service/bus.h"', "<yaml.h>", '"../service/bus.h"'],
    "core/cli/a.c": ['"domain/product.h"', '"../domain/product.h"', "<domain/product.h>", "<kafka_publisher/producer.h>",
                     "<dlfcn.h>"],
    "core/other/a.c": ["<stdint.h>"],
    "plugins/amqp_publisher/a.c": ['"base/log.h"', '"domain/product.h"', '"service/bus.h"', '"yaml/yaml.h"',
                                   "<base/log.h>", '"kafka_publisher/producer.h"', '"../kafka_publisher/producer.h"',
                                   "<kafka_publisher/producer.h>", '"../../core/base/log.h"', "MACRO",
                                   '"kafka/client.h"'],
    "plugins/shared/kafka/a.c": ['"../../kafka_publisher/producer.h"', '"base/log.h"'],
    "plugins/shared/files/a.c": ['"../../kafka_publisher/producer.h"', '"base/log.h"', '"../kafka/client.h"'],
    "tests/contract/a.c": ['"kafka_publisher/producer.h"', '"base/log.h"', '"../unit/domain/fixture.h"'],
}

TARGETS = ["core/base/log.h", "core/base/json_escape.h", "core/base/arena.h", "core/domain/product.h",
           "core/stock/cache.h", "core/service/bus.h", "core/service/catalog.h", "core/yaml/yaml.h", "core/json/json.h",
           "core/plugin/loader.h", "core/include/gangway/text.h",
           "plugins/kafka_publisher/producer.h", "plugins/shared/kafka/client.h", "plugins/shared/files/lock.h",
           "plugins/kafka_consumer/consumer.h", "plugins/amqp_publisher/publish.c", "tests/support/check_main.h",
           "tests/contract/contract.h", "tests/unit/domain/fixture.h"]


def found_in(files):
    """What is found in a tree of these files, each a list of what it includes from its third line on."""
    tree = {path: "/* nothing */\n" for path in TARGETS}
    for path, includes in files.items():
        tree[path] = "/* one */\n/* two */\n" + "".join(f"#include {name}\n" for name in includes)
    with tree_check.planted(tree) as root:
        return {(str(path), number) for path, number, _ in broken_lines(root)}


def self_test():
    expected = {(path, number) for path, includes in BROKEN.items() for number in range(3, 3 + len(includes))}
    expected -= {("core/other/a.c", 3)}
    expected |= {("core/other/a.c", 0)}
    failures = [f"not found: {path}:{number}" for path, number in sorted(expected - found_in(BROKEN))]
    failures += [f"found without cause: {path}:{number}" for path, number in sorted(found_in(BROKEN) - expected)]
    failures += [f"refused though allowed: {path}:{number}" for path, number in sorted(found_in(ALLOWED))]
    for failure in failures:
        print(failure)
    return len(failures)


if __name__ == "__main__":
    tree_check.main(__doc__, broken_lines, self_test)
