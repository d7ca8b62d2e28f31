# SPDX-License-Identifier: Apache-2.0
"""Downloads packages from PyPI that tests need, once, into a cache outside the source tree, and verifies their hash.
Knows no package by name."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from npm_package import PackageRefused, cache_folder


class PypiUnreachable(Exception):
    """pip is not installed, or it cannot reach its index."""


def installed(package, version, sha256):
    """A folder for sys.path that has the package without what it depends on, fetched unless an earlier call left it in
    the cache."""
    folder = cache_folder() / f"{package}-{version}" / "site-packages"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        fresh = Path(scratch) / "site-packages"
        requirements = Path(scratch) / "requirements.txt"
        requirements.write_text(f"{package}=={version} --hash=sha256:{sha256}\n")
        install(requirements, fresh)
        try:
            os.replace(fresh, folder)
        except OSError:
            if not folder.is_dir():  # else another process fetched it first
                raise
    return folder


def install(requirements, folder):
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:",
               "--require-hashes", "--disable-pip-version-check", "--retries", "1", "--target", str(folder),
               "-r", str(requirements)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        raise PypiUnreachable("pip did not answer within 120 s") from None
    if done.returncode == 0:
        return
    if "DO NOT MATCH THE HASHES" in done.stderr:
        raise PackageRefused(done.stderr)
    raise PypiUnreachable(f"pip ended with {done.returncode}: {done.stderr[-500:]}")
