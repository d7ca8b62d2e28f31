# SPDX-License-Identifier: Apache-2.0
"""Names that all have one hash under wyhash's public constants: what a stranger can send to a table without a key.

A pair of words can end in any state: the second takes back what the first made of it. Two names that are the same but
for one pair therefore agree, and so do all combinations of pairs: 3 * 59 pairs make 205,379 names of 56 bytes.
"""

import itertools

MASK = (1 << 64) - 1
SECRET, FACTOR, LENGTH_FACTOR = 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x9E3779B97F4A7C15
PAIRS, CHOICES, LAST_WORD = 3, 59, b"the-same"
NAME_BYTES = PAIRS * 16 + len(LAST_WORD)
PRINTABLE = bytes(range(0x21, 0x7F))


def step(state, word):
    product = (state ^ word ^ SECRET) * FACTOR
    return (product & MASK) ^ (product >> 64)


def hash_without_key(name):
    state = len(name) * LENGTH_FACTOR & MASK
    for at in range(0, len(name), 8):
        state = step(state, int.from_bytes(name[at:at + 8], "little"))
    return (state ^ state >> 32) & 0xFFFFFFFF


def pairs_to(state, meeting):
    """CHOICES pairs of printable words that lead from this state to where `meeting` alone would lead."""
    found = []
    for number in itertools.count():
        first = b"%08x" % number
        second = (step(state, int.from_bytes(first, "little")) ^ meeting).to_bytes(8, "little")
        if not second.strip(PRINTABLE) and b'"' not in second and b"\\" not in second:
            found.append(first + second)
            if len(found) == CHOICES:
                return found


def colliding_names(count):
    state, levels = NAME_BYTES * LENGTH_FACTOR & MASK, []
    for level in range(PAIRS):
        meeting = int.from_bytes(b"meeting%d" % level, "little")
        levels.append(pairs_to(state, meeting))
        state = step(0, meeting)
    combinations = itertools.islice(itertools.product(*levels), count)
    return [(b"".join(pairs) + LAST_WORD).decode() for pairs in combinations]
