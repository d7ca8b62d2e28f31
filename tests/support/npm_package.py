# SPDX-License-Identifier: Apache-2.0
"""Downloads npm packages that tests need, once, into a cache outside the source tree, and verifies their hash. Knows
no package by name."""

import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

# npm's words for "the registry answered, and the answer is no": a fault of ours, not of the network.
REGISTRY_SAID_NO = ("E404", "ETARGET", "EINTEGRITY")


class NpmUnreachable(Exception):
    """npm is not installed, or it cannot reach its registry."""


class PackageRefused(Exception):
    """npm was reached, and what it has is not the package that we know."""


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "gangway-tests"


def unpack(package, version, integrity, folder):
    """Fetches a package (integrity: its sha512 as npm writes it) and unpacks it into a folder, which is made."""
    folder.mkdir(parents=True)
    tarball = pack(package, version, folder)
    check_integrity(tarball, integrity)
    with tarfile.open(tarball) as archive:
        members = [member for member in archive if member.isfile() and ".." not in member.name.split("/")]
        archive.extractall(folder, members)  # the hash says that these are the files that we know
    tarball.unlink()
    return folder / "package"


def installed(package, version, integrity):
    """The node_modules folder that has the package, fetched unless an earlier call left it in the cache."""
    folder = cache_folder() / f"{package}-{version}" / "node_modules"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        fresh = Path(scratch) / "node_modules"
        fresh.mkdir()
        unpack(package, version, integrity, Path(scratch) / "tarball").rename(fresh / package)
        try:
            os.replace(fresh, folder)
        except OSError:
            if not folder.is_dir():  # else another process fetched it first
                raise
    return folder


def installed_by_lock(source):
    """The node_modules folder with what the package-lock.json in this folder lists, each with the hash that it names;
    fetched unless an earlier call left it in the cache. Nothing of the packages is run."""
    lock = (source / "package-lock.json").read_bytes()
    folder = cache_folder() / f"{source.name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    if folder.is_dir():
        return folder / "node_modules"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        fresh = Path(scratch) / "fresh"
        fresh.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(source / name, fresh / name)
        run_npm("ci", fresh, "--ignore-scripts", "--no-audit", "--no-fund")
        try:
            os.replace(fresh, folder)
        except OSError:
            if not folder.is_dir():  # else another process fetched it first
                raise
    return folder / "node_modules"


def pack(package, version, folder):
    run_npm("pack", folder, f"{package}@{version}", "--pack-destination", str(folder))
    return folder / f"{package}-{version}.tgz"


def run_npm(verb, folder, *arguments):
    npm = shutil.which("npm")
    if npm is None:
        raise NpmUnreachable("npm is not installed")
    command = [npm, verb, *arguments, "--fetch-retries", "1"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        raise NpmUnreachable("npm did not answer within 120 s") from None
    if done.returncode == 0:
        return
    complaint = " ".join(line for line in done.stderr.splitlines() if "error" in line or "ERR" in line)
    if any(code in complaint for code in REGISTRY_SAID_NO):
        raise PackageRefused(f"npm {verb}: {complaint}")
    raise NpmUnreachable(f"npm {verb} ended with {done.returncode}: {complaint}")


def check_integrity(tarball, integrity):
    found = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if found != integrity:
        raise PackageRefused(f"{tarball.name}: sha512 is {found}, expected {integrity}")
