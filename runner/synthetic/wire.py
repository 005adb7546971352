"""Values as Postgres' binary COPY wants them: a length of four bytes, then the value."""

from __future__ import annotations

import numpy as np

from runner.synthetic.draws import Hashes, Numbers

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
_EPOCH_MS = 946_684_800_000  # Postgres counts from 2000
_LENGTHS = tuple(length.to_bytes(4, "big") for length in range(2048))
# two digits at a time, as one number of two bytes
_HEX = np.frombuffer(b"".join(f"{byte:02x}".encode() for byte in range(256)), dtype=np.uint16)
_UUID_PARTS = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))


def field(value: bytes) -> bytes:
    """One text, up to 2,047 bytes."""
    return _LENGTHS[len(value)] + value


def row_start(columns: int) -> bytes:
    """What a row of so many columns starts with."""
    return columns.to_bytes(2, "big")


def hexadecimal(hashes: Hashes) -> np.ndarray:
    """Each hash as 16 hexadecimal digits: an array of bytes, 16 a row."""
    digits = np.take(_HEX, hashes.astype(">u8").view(np.uint8))
    return digits.view(np.uint8).reshape(len(hashes), 16)


def _fixed(*parts: np.ndarray | bytes, rows: int) -> list[bytes]:
    """Parts side by side, the same width in every row, as one piece of bytes a row."""
    blocks = [
        np.broadcast_to(np.frombuffer(part, dtype=np.uint8), (rows, len(part)))
        if isinstance(part, bytes)
        else part
        for part in parts
    ]
    table = np.ascontiguousarray(np.concatenate(blocks, axis=1))
    return table.view(f"V{table.shape[1]}").ravel().tolist()


def message_ids(start: bytes, events: Hashes, visits: Hashes) -> list[bytes]:
    """The start of each row and its id."""
    prefix = b"ajs-next-"
    return _fixed(
        start + _LENGTHS[len(prefix) + 33] + prefix,
        hexadecimal(events),
        b"-",
        hexadecimal(visits),
        rows=len(events),
    )


def uuids(first: Hashes, second: Hashes) -> list[bytes]:
    """A field of 36 characters from two hashes."""
    digits = np.concatenate([hexadecimal(first), hexadecimal(second)], axis=1)
    parts: list[np.ndarray | bytes] = [_LENGTHS[36]]
    for begin, end in _UUID_PARTS:
        parts += [digits[:, begin:end], b"-"]
    return _fixed(*parts[:-1], rows=len(first))


def user_ids(hashes: Hashes) -> list[bytes]:
    """The id of each person's account."""
    return _fixed(b"user_", hexadecimal(hashes), rows=len(hashes))


def times(*columns: Numbers) -> list[bytes]:
    """Milliseconds since 1970 as fields of timestamptz, side by side."""
    table = np.empty((len(columns[0]), len(columns)), dtype=[("length", ">i4"), ("value", ">i8")])
    table["length"] = 8
    for number, column in enumerate(columns):
        table["value"][:, number] = (column - _EPOCH_MS) * 1000
    return table.view(f"V{12 * len(columns)}").ravel().tolist()
