# SPDX-License-Identifier: Apache-2.0
"""pytest can collect all folders of tests in one call: it refuses two test modules of one name."""

from collections import Counter
from pathlib import Path


def test_each_test_module_has_a_name_of_its_own():
    names = Counter(path.name for path in Path(__file__).parent.parent.glob("*/test_*.py"))
    assert len(names) > 50
    assert [name for name, count in names.items() if count > 1] == []
