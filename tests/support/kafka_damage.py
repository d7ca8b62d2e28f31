# SPDX-License-Identifier: Apache-2.0
"""Damages record batches in the files of a running Kafka, as a disk does it: a broker sends what its files hold, and
checks nothing. Each kind changes bytes in place, so that all else stays where it is.

A batch: base offset (8 bytes), length of what follows (4), leader's epoch (4), magic (1), checksum of what follows (4),
attributes (2), last offset's delta (4), two timestamps (16), producer (14), number of records (4), records."""

import struct

HEAD, MAGIC, SUM, ATTRIBUTES, DELTA, RECORDS = 12, 16, 17, 21, 23, 61
UNKNOWN_CODEC, UNKNOWN_MAGIC = 7, 7


def crc32c(data, table=[]):  # noqa: B006  (made once)
    if not table:
        for byte in range(256):
            for _ in range(8):
                byte = byte >> 1 ^ 0x82F63B78 * (byte & 1)
            table.append(byte)
    value = 0xFFFFFFFF
    for byte in data:
        value = table[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF


def flip_bit(batch, text):
    """One bit of the first byte of this text, which is in a record. The checksum stays as it was."""
    batch[batch.index(text)] ^= 8


def overrun(batch):
    """The first record claims to be longer than its batch. The checksum is right."""
    width = 1 if batch[RECORDS] < 0x80 else 2
    assert width == 1 or batch[RECORDS + 1] < 0x80, "a record of more than 8 KiB"
    batch[RECORDS:RECORDS + width] = b"\x7e" if width == 1 else b"\xfe\x7f"
    checksum(batch)


def unknown_codec(batch):
    """Compressed by an unknown codec. The checksum is right."""
    batch[ATTRIBUTES + 1] |= UNKNOWN_CODEC
    checksum(batch)


def unknown_magic(batch):
    batch[MAGIC] = UNKNOWN_MAGIC


def checksum(batch):
    batch[SUM:ATTRIBUTES] = struct.pack(">I", crc32c(bytes(batch[ATTRIBUTES:])))


def damage(cluster, topic, offset, change, partition=0):
    """Changes the batch that holds this offset, on every node that has it: change(batch, ...) gets its bytes."""
    for node in cluster.nodes:
        path = node.folder / "data" / f"{topic}-{partition}" / f"{0:020}.log"
        with path.open("r+b") as file:
            at, batch = find(file.read(), offset)
            change(batch)
            file.seek(at)
            file.write(batch)


def find(data, offset):
    """(place in the file, bytes) of the batch that holds an offset."""
    at = 0
    while at < len(data):
        base, length = struct.unpack_from(">qi", data, at)
        (delta,) = struct.unpack_from(">i", data, at + DELTA)
        if base <= offset <= base + delta:
            return at, bytearray(data[at:at + HEAD + length])
        at += HEAD + length
    raise ValueError(f"no batch with offset {offset}")
