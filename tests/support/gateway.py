# SPDX-License-Identifier: Apache-2.0
"""Runs the real gateway in its own folder: writes its bootstrap file, calls its commands, reads its output.

The binary is build/debug/gangway, or that of the build folder that GANGWAY_BUILD_DIR names. What the gateway prints is
read here and nowhere else, so that a change of wording is a change of one place. Its database: ledger.py.
"""

import contextlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

STATUS_OK, STATUS_FAILED, STATUS_USAGE, STATUS_CONFIG = 0, 1, 2, 78

# The embedded default of the contract.
QUICKSTART = """\
service: quickstart
repository: {plugin: sqlite_repository, path: gangway.db}
entrypoints:
  commands: {plugin: jsonl_reader, path: commands.jsonl}
publishers:
  events: {plugin: jsonl_writer, path: events.jsonl}
notifiers:
  console: {plugin: console_notifier}
routes:
  Allocated:   {publish: [events]}
  Deallocated: {publish: [events]}
  OutOfStock:  {publish: [events], notify: [console]}
"""


# The same in small turns and small deliveries, so that a short input has many of each.
SMALL_STEPS = QUICKSTART.replace("path: commands.jsonl", "path: commands.jsonl, turn: 500").replace(
    "path: events.jsonl", "path: events.jsonl, batch: 200"
)


def build_folder():
    return (ROOT / os.environ.get("GANGWAY_BUILD_DIR", "build/debug")).resolve()


def binary():
    path = build_folder() / "gangway"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there: build it, or set GANGWAY_BUILD_DIR to a build folder")
    return path


class Result:
    """How a call ended: its status (negative: the signal), what it printed, and the most memory that it held."""

    def __init__(self, status, out, err, peak_bytes=0):
        self.status, self.out, self.err, self.peak_bytes = status, out, err, peak_bytes

    def __repr__(self):
        return f"status {self.status}\n--- stdout\n{self.out[-4000:]}\n--- stderr\n{self.err[-4000:]}"

    def table(self):
        """The rows that `--format json` printed."""
        return json.loads(self.out)

    def notices(self, stream="out"):
        """The texts that console_notifier printed, in order."""
        return re.findall(r"Out of stock for .*$", getattr(self, stream), re.MULTILINE)

    def summary(self, stream="out"):
        """The counters of a run's summary, word -> number. A counter that is not mentioned is zero."""
        lines = [line for line in getattr(self, stream).splitlines() if re.search(r"\breceived\b", line)]
        assert len(lines) == 1, f"one summary line was expected:\n{self!r}"
        found = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", lines[0])}
        return {word: found.get(word, 0) for word in ("received", "applied", "skipped", "duplicate", "dead")}


class Gateway:
    """A folder with a bootstrap file, a database and whatever the file names. close() removes only the folder of
    its sockets; the caller owns the rest."""

    def __init__(self, folder, config=QUICKSTART, name="gangway.yaml"):
        self.folder = Path(folder)
        self.config = self.folder / name
        self.commands = self.folder / "commands.jsonl"
        self.events = self.folder / "events.jsonl"
        self.database = self.folder / "gangway.db"
        self.sockets = tempfile.mkdtemp(prefix="gw-")  # short: a socket's path has at most 107 bytes
        self.processes = []
        self.write_config(config)

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(self.sockets, ignore_errors=True)

    def write_config(self, text):
        self.config.write_bytes(text if isinstance(text, bytes) else text.encode())

    def copy_plugins(self):
        """A folder `plugins` with the built plugins and those of the tests, to be named in the file."""
        folder = self.folder / "plugins"
        folder.mkdir(mode=0o755)
        for plugin in [*build_folder().glob("plugins/*.so"), *build_folder().glob("tests/plugins/*.so")]:
            shutil.copyfile(plugin, folder / plugin.name)
            (folder / plugin.name).chmod(0o755)

    def event_count(self):
        """How many events it has written so far."""
        return self.events.read_bytes().count(b"\n") if self.events.exists() else 0

    # ---- calling it ----

    def environment(self, extra=None):
        names = ("PATH", "HOME", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH")
        kept = {name: os.environ[name] for name in names if name in os.environ}
        # The leak checker of gcc 12 misreads where the thread-local storage of a library is that was loaded late, such as
        # those that libpq brings, and crashes at the exit.
        kept.setdefault("ASAN_OPTIONS", "intercept_tls_get_addr=0")
        return kept | {"XDG_RUNTIME_DIR": self.sockets} | (extra or {})

    def start(self, *arguments, env=None, stdin=subprocess.DEVNULL, stdout=None, stderr=None, memory=None, under=()):
        """A running `gangway ARGUMENTS`, killed by close() if it still runs then. memory: a limit in bytes on its
        address space, for inputs that would otherwise take the machine down. under: a command that becomes it."""

        def limit():
            if memory is not None:
                resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

        process = subprocess.Popen(
            [*under, str(binary()), *map(str, arguments)], cwd=self.folder, env=self.environment(env), stdin=stdin,
            stdout=stdout, stderr=stderr, preexec_fn=limit,
        )
        self.processes.append(process)
        return process

    def call(self, *arguments, env=None, stdin=None, timeout=120, memory=None, under=()):
        """Calls `gangway ARGUMENTS` and waits. stdin: bytes, or the path of a file."""
        with contextlib.ExitStack() as stack:
            out, err = (stack.enter_context(tempfile.TemporaryFile(dir=self.sockets)) for _ in range(2))
            source = subprocess.DEVNULL
            if isinstance(stdin, Path):
                source = stack.enter_context(stdin.open("rb"))
            elif stdin is not None:
                source = stack.enter_context(tempfile.TemporaryFile(dir=self.sockets))
                source.write(stdin)
                source.seek(0)
            process = self.start(*arguments, env=env, stdin=source, stdout=out, stderr=err, memory=memory, under=under)
            status, peak = wait(process, timeout)
            return Result(status, whole(out), whole(err), peak)

    def run(self, **options):
        """`gangway run` until it ends by itself."""
        return self.call("run", self.config, **options)

    def lint(self, **options):
        return self.call("lint", self.config, **options)

    # ---- what it knows ----

    def dead_letters(self):
        """The dead letters as `dlq list` prints them: (line in the file, reason), in order."""
        result = self.call("dlq", "list", "--config", self.config, "--format", "json")
        assert result.status == STATUS_OK, result
        return [(int(row["line"]), row["reason"]) for row in result.table()]

    def dead_letter(self, number):
        """The dead letter with this id, all of it."""
        result = self.call("dlq", "show", number, "--config", self.config, "--format", "json")
        assert result.status == STATUS_OK, result
        (row,) = result.table()
        return row

    def query(self, *arguments):
        result = self.call("query", *arguments, "--config", self.config, "--format", "json")
        assert result.status == STATUS_OK, result
        return result.table()


def wait(process, timeout):
    """Waits for its end with a limit: (status, most memory held in bytes). Raises TimeoutExpired after killing it."""
    expired = False

    def expire(*_):
        nonlocal expired
        expired = True
        os.kill(process.pid, signal.SIGKILL)  # not reaped yet, so the pid is still its own

    previous = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, timeout)
    try:
        _, status, usage = os.wait4(process.pid, 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    process.returncode = os.waitstatus_to_exitcode(status)
    if expired:
        raise subprocess.TimeoutExpired(process.args, timeout)
    return process.returncode, usage.ru_maxrss * 1024


def whole(file):
    file.seek(0)
    return file.read().decode("utf-8", "backslashreplace")
