# SPDX-License-Identifier: Apache-2.0
"""The jars of a Kafka broker and its tools, downloaded once by Maven into a cache outside the repository."""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from npm_package import cache_folder

POM = Path(__file__).parent / "kafka" / "pom.xml"
NEWEST, BEFORE_STRICT_SCRAM = "4.1.1", "3.9.1"
COLOUR = re.compile("\x1b\\[[0-9;]*m")


class KafkaUnavailable(Exception):
    """There is no Java or Maven, or Maven reaches no repository: what a test turns into a skip."""


class JarsRefused(Exception):
    """A repository was reached, and has not what the POM names."""


def version_for_scram(client):
    """librdkafka before 2.6.1 repeats its own part of a nonce, and no Kafka from 4.0 on lets it in with SCRAM: such a
    client, as Debian 12 has it, is tried on an older broker. Client: its version, such as "2.0.2"."""
    return NEWEST if tuple(map(int, client.split(".")[:3])) >= (2, 6, 1) else BEFORE_STRICT_SCRAM


def fetch_jars(version=NEWEST):
    """The folder of the jars of this version, fetched unless an earlier call left them in the cache."""
    if shutil.which("java") is None:
        raise KafkaUnavailable("java is not installed")
    parent = cache_folder()
    folder = parent / f"kafka-{version}-{hashlib.sha256(POM.read_bytes()).hexdigest()[:16]}"
    if folder.is_dir():
        return folder
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent) as scratch:
        copy_dependencies(Path(scratch) / "jars", version)
        with contextlib.suppress(OSError):  # another process fetched it first
            os.replace(Path(scratch) / "jars", folder)
    return folder


def copy_dependencies(folder, version):
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaUnavailable("mvn is not installed")
    command = [maven, "-q", "-B", "--strict-checksums", "-f", str(POM), "dependency:copy-dependencies",
               f"-DoutputDirectory={folder}", f"-Dkafka.version={version}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    except subprocess.TimeoutExpired:
        raise KafkaUnavailable("Maven did not end within ten minutes") from None
    if done.returncode == 0:
        return
    errors = [COLOUR.sub("", line).removeprefix("[ERROR] ") for line in done.stdout.splitlines() if "ERROR" in line]
    complaint = " ".join(errors)
    if "Could not find artifact" in complaint or "Checksum validation failed" in complaint:
        raise JarsRefused(complaint[:2000])
    # Maven says in several ways, most of them misleading, that it reached no repository.
    first = errors[0].split(" -> ")[0] if errors else f"mvn ended with status {done.returncode}"
    raise KafkaUnavailable(f"Maven reaches no repository ({first[:200]})")
