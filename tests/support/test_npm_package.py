# SPDX-License-Identifier: Apache-2.0
"""A package from npm must have the known hash, and is downloaded once. npm is a script of the test here."""

import base64
import hashlib
import io
import tarfile

import npm_package
import pytest


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """A function that makes `npm pack` give a tarball with these files; each call is a line of the file `calls`."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def give(files):
        tarball = tmp_path / "given.tgz"
        with tarfile.open(tarball, "w:gz") as archive:
            for name, content in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        script = tmp_path / "bin" / "npm"
        script.write_text(f"#!/bin/sh\necho $2 >>{tmp_path}/calls\ncp {tarball} $4/lamp-1.0.0.tgz\n")
        script.chmod(0o755)
        return base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()

    return give


def test_a_package_is_fetched_once_and_found_by_its_name(npm, tmp_path):
    integrity = npm({"package/index.js": b"exports.on = 1\n", "package/lib/a.js": b""})
    for _ in range(2):
        folder = npm_package.installed("lamp", "1.0.0", integrity)
        assert (folder / "lamp" / "index.js").read_bytes() == b"exports.on = 1\n"
        assert (folder / "lamp" / "lib" / "a.js").is_file()
    assert (tmp_path / "calls").read_text() == "lamp@1.0.0\n"


def test_another_tarball_under_the_same_name_is_refused_and_not_kept(npm):
    npm({"package/index.js": b"something else"})
    with pytest.raises(npm_package.PackageRefused):
        npm_package.installed("lamp", "1.0.0", "the hash of what we know")
    assert not (npm_package.cache_folder() / "lamp-1.0.0" / "node_modules").exists()


def test_a_tarball_writes_nothing_beside_its_folder(npm, tmp_path):
    integrity = npm({"package/index.js": b"", "package/../../../escaped": b""})
    npm_package.installed("lamp", "1.0.0", integrity)
    assert list(tmp_path.rglob("escaped")) == []


def test_what_a_lock_lists_is_fetched_once_without_running_it(npm, tmp_path):
    npm({})
    (tmp_path / "bin" / "npm").write_text(f"#!/bin/sh\necho $1 $2 >>{tmp_path}/calls\nmkdir node_modules\n")
    source = tmp_path / "shop"
    source.mkdir()
    for name in ("package.json", "package-lock.json"):
        (source / name).write_text("{}")
    first = npm_package.installed_by_lock(source)
    assert npm_package.installed_by_lock(source) == first and first.is_dir()
    (source / "package-lock.json").write_text("{ }")
    assert npm_package.installed_by_lock(source) != first
    assert (tmp_path / "calls").read_text() == "ci --ignore-scripts\n" * 2
