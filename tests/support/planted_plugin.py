# SPDX-License-Identifier: Apache-2.0
"""Builds a plugin with a bug: a piece of one of its files is changed, in a copy, and the plugin is linked again with the
commands of the build. The tree and the build folder stay as they are."""

import shlex
import shutil
import subprocess
from pathlib import Path

from gateway import ROOT, build_folder

BESIDE = ("postgres_repository", "jsonl_reader", "jsonl_writer")  # what a gateway of the fault programs needs, too


def plant(folder, plugin, changes):
    """A new folder of plugins, in which this one has the bug. changes: file of the plugin -> (good, bad)."""
    plugins = folder / "plugins"
    plugins.mkdir(mode=0o755)
    for name in BESIDE:
        shutil.copy(build_folder() / "plugins" / f"{name}.so", plugins)
    commands = build_commands(plugin)
    objects = {}
    for file, (good, bad) in changes.items():
        source = ROOT / "plugins" / plugin / file
        text = source.read_text()
        assert text.count(good) == 1, f"{file} has changed: plant the bug in it again"
        copy = folder / file
        copy.write_text(text.replace(good, bad))
        words = next(words for words in commands if str(source) in words)
        objects[words[words.index("-o") + 1]] = str(copy.with_suffix(".o"))
        run(compile_words(words, source, copy))
    link = next(words for words in commands if "-shared" in words)
    link[link.index("-o") + 1] = str(plugins / f"{plugin}.so")
    run([objects.get(word, word) for word in link])
    return plugins


def build_commands(plugin):
    """The words of each command that makes the plugin."""
    listed = subprocess.run(["ninja", "-t", "commands", f"plugins/{plugin}.so"], cwd=build_folder(), check=True,
                            capture_output=True, text=True).stdout
    return [shlex.split(command) for line in listed.splitlines() for command in line.split(" && ")]


def compile_words(words, source, copy):
    words = [str(copy) if word == str(source) else word for word in words]
    for option, suffix in (("-o", ".o"), ("-MF", ".d"), ("-MT", ".o")):
        words[words.index(option) + 1] = str(copy.with_suffix(suffix))
    return [*words, f"-I{source.parent}"]


def run(words):
    done = subprocess.run(words, cwd=build_folder(), capture_output=True, text=True)
    assert done.returncode == 0, f"{shlex.join(map(str, words))}\n{done.stdout}{done.stderr}"


def unit_test(name, plugins: Path):
    """Runs a C test against these plugins: what it printed, and its status."""
    return subprocess.run([build_folder() / "tests" / name], env={"GANGWAY_TEST_PLUGINS": str(plugins)},
                          capture_output=True, text=True)
