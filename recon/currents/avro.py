"""The blocks of an Avro file, so that a cut or damaged file still gives what is whole (facts/braze-currents §1.3,
§1.4).

A file is a header with the schema, then blocks: number of rows, length, rows, and the file's sync marker. Rows
themselves are read by polars; here only the seams are looked at, which costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

_MAGIC = b"Obj\x01"
_SYNC = 16


class Damaged(ValueError):
    """This is no Avro file, or its header is cut off."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole rows: bytes `start` to `end` of the file."""

    rows: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class AvroFile:
    """A file by its seams."""

    header: bytes
    """Everything before the first block; with any of the blocks behind it, it is a file again."""
    record: str | None
    """The name of the rows' type; Braze's ends in `.inner.<event type>`."""
    blocks: list[Block]
    damage: str | None
    """Why bytes were left over that belong to no whole block; None if there are none."""


def seams(data: bytes) -> AvroFile:
    """Where the blocks of `data` are. Damaged if not even the header can be read."""
    schema, end = _header(data)
    sync = data[end - _SYNC : end]
    blocks: list[Block] = []
    damage = None
    at = end
    while at < len(data):
        block = _block(data, at, sync)
        if block is None:
            damage = damage or ("cut off" if data.find(sync, at) < 0 else "damaged in the middle")
            found = data.find(sync, at)
            if found < 0:
                break
            at = found + _SYNC
        else:
            blocks.append(block)
            at = block.end
    name = schema.get("name") if isinstance(schema, dict) else None
    return AvroFile(data[:end], name if isinstance(name, str) else None, blocks, damage)


def parts(file: AvroFile, data: bytes, most_bytes: int) -> Iterator[bytes]:
    """`data` as whole Avro files of about `most_bytes` each."""
    group: list[Block] = []
    for block in file.blocks:
        if group and block.end - group[0].start > most_bytes:
            yield _joined(file, data, group)
            group = []
        group.append(block)
    if group:
        yield _joined(file, data, group)


def single(file: AvroFile, data: bytes) -> Iterator[bytes]:
    """Every block of `data` as an Avro file of its own."""
    return (_joined(file, data, [block]) for block in file.blocks)


def _joined(file: AvroFile, data: bytes, blocks: list[Block]) -> bytes:
    if blocks[0].start == len(file.header) and blocks[-1].end == len(data) and blocks == file.blocks:
        return data
    return file.header + b"".join(data[block.start : block.end] for block in blocks)


def _header(data: bytes) -> tuple[Any, int]:
    if data[:4] != _MAGIC:
        raise Damaged("no Avro file")
    try:
        at, schema = 4, None
        while True:
            count, at = _number(data, at)
            if count == 0:
                break
            if count < 0:  # then the size of this part of the map follows
                count = -count
                _, at = _number(data, at)
            for _ in range(count):
                key, at = _bytes(data, at)
                value, at = _bytes(data, at)
                if key == b"avro.schema":
                    schema = orjson.loads(value)
    except (IndexError, orjson.JSONDecodeError) as error:
        raise Damaged("the header is cut off or damaged") from error
    if schema is None or at + _SYNC > len(data):
        raise Damaged("the header is cut off or damaged")
    return schema, at + _SYNC


def _block(data: bytes, start: int, sync: bytes) -> Block | None:
    """The block that begins at `start`; None if it is not whole."""
    try:
        rows, at = _number(data, start)
        size, at = _number(data, at)
    except IndexError:
        return None
    end = at + size + _SYNC
    if rows < 0 or size < 0 or end > len(data) or data[end - _SYNC : end] != sync:
        return None
    return Block(rows, start, end)


def _bytes(data: bytes, at: int) -> tuple[bytes, int]:
    size, at = _number(data, at)
    if size < 0 or at + size > len(data):
        raise IndexError
    return data[at : at + size], at + size


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A zig-zag number of variable length at `at`, and where it ends; IndexError if there is none."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at
        shift += 7
        if shift > 63:
            raise IndexError
