# SPDX-License-Identifier: Apache-2.0
"""A package from PyPI must have the known hash, and is downloaded once. The index is a folder of the test here."""

import hashlib
import zipfile

import pytest
import python_package
from npm_package import PackageRefused


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A wheel of the package lamp in a folder that is pip's only index: its path and its hash."""
    folder = tmp_path / "index"
    folder.mkdir()
    path = folder / "lamp-1.0.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("lamp/__init__.py", "ON = 1\n")
        archive.writestr("lamp-1.0.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: lamp\nVersion: 1.0.0\n")
        archive.writestr("lamp-1.0.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("lamp-1.0.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_package_is_fetched_once_and_found_by_its_name(wheel):
    path, sha256 = wheel
    assert (python_package.installed("lamp", "1.0.0", sha256) / "lamp/__init__.py").read_text() == "ON = 1\n"
    path.unlink()
    assert (python_package.installed("lamp", "1.0.0", sha256) / "lamp/__init__.py").is_file()


def test_another_wheel_under_the_same_name_is_refused_and_not_kept(wheel):
    with pytest.raises(PackageRefused):
        python_package.installed("lamp", "1.0.0", "0" * 64)
    assert not (python_package.cache_folder() / "lamp-1.0.0" / "site-packages").exists()


def test_a_package_that_the_index_does_not_have_is_unreachable(wheel):
    with pytest.raises(python_package.PypiUnreachable):
        python_package.installed("sofa", "1.0.0", "0" * 64)
