"""Thrift's compact protocol, in which a Parquet file describes itself: reads a few integers and skips all else.

Who reads files of others must expect any bytes: each function raises an IndexError where they end too early, and a
ValueError where they break the protocol.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

Bytes: TypeAlias = bytes | memoryview
LIST = 9
_TRUE, _FALSE, _BYTE, _I32, _DOUBLE, _BINARY, _SET, _STRUCT = 1, 2, 3, 5, 7, 8, 10, 12
_INTEGERS = (4, 5, 6)
_MAX_DEPTH = 16
"""How deep lists and structs may be nested; Parquet needs seven."""


class Struct(NamedTuple):
    """What is read of a struct.

    Attributes:
        integers: Its integers of 32 bits by the ids of their fields.
        structs: The index of the first byte of each struct in it, by the ids of their fields.
        end: The index after its last byte.
    """

    integers: dict[int, int]
    structs: dict[int, int]
    end: int


def read_struct(data: Bytes, at: int) -> Struct:
    """Read the struct that begins at `at`."""
    integers: dict[int, int] = {}
    structs: dict[int, int] = {}
    field_ids: set[int] = set()
    field_id = 0
    while head := data[at]:
        kind, at = head & 15, at + 1
        if head >> 4:
            field_id += head >> 4
        else:
            field_id, at = _signed_varint(data, at)
        if field_id in field_ids or not 0 < field_id < 2**15:  # beyond, readers take it for another
            raise ValueError("a field twice, of which readers might take either")
        field_ids.add(field_id)
        if kind == _I32:
            integers[field_id], at = _signed_varint(data, at)
        elif kind not in (_TRUE, _FALSE):  # which are their own value
            if kind == _STRUCT:
                structs[field_id] = at
            at = after(data, at, kind)
    return Struct(integers, structs, at + 1)


def after(
    data: Bytes, at: int, kind: int, depth: int = 0, path: Sequence[int] = (), values: list[int] | None = None
) -> int:
    """Return where a value of a type ends that begins at `at`; the other arguments are those of `after_struct`."""
    if values is not None and not path:
        if kind not in _INTEGERS:
            raise ValueError("a value that must be an integer")
        value, at = _signed_varint(data, at)
        values.append(value)
        return at
    if kind in _INTEGERS:
        while data[at] > 127:
            at += 1
        return at + 1
    if kind == _BINARY:
        size, at = varint(data, at)
        return at + size
    if depth == _MAX_DEPTH:
        raise ValueError("too deep")
    if kind == _STRUCT:
        return after_struct(data, at, depth, path, values)
    if kind in (LIST, _SET):
        count, kind, at = list_start(data, at)
        for _ in range(count):
            at = after(data, at, kind, depth + 1, path, values)
        return at
    if kind in (_TRUE, _FALSE, _BYTE):
        return at + 1
    if kind == _DOUBLE:
        return at + 8
    raise ValueError("no such type")


def after_struct(
    data: Bytes, at: int, depth: int = 0, path: Sequence[int] = (), values: list[int] | None = None
) -> int:
    """Return where a struct ends that begins at `at`.

    Args:
        data: What holds it.
        at: Where it begins.
        depth: How many lists and structs it is in.
        path: Ids of the fields that lead from this struct to an integer, through structs and lists of structs.
        values: Gets the integers that the path leads to; None for a struct that the path does not lead through.
    """
    field_id = 0
    while head := data[at]:
        kind, at = head & 15, at + 1
        if head >> 4:
            field_id += head >> 4
        else:
            field_id, at = _signed_varint(data, at)
        if values is not None and field_id & 0xFFFF == path[0]:
            at = after(data, at, kind, depth + 1, path[1:], values)
        elif kind in _INTEGERS:  # as most are, without a call
            while data[at] > 127:
                at += 1
            at += 1
        elif kind not in (_TRUE, _FALSE):  # which are their own value
            at = after(data, at, kind, depth + 1)
    return at + 1


def list_start(data: Bytes, at: int) -> tuple[int, int, int]:
    """Return the length and the type of a list, and where its first item begins."""
    count, kind, at = data[at] >> 4, data[at] & 15, at + 1
    if count == 15:
        count, at = varint(data, at)
    if count > len(data):
        raise ValueError("a list longer than what holds it")
    return count, kind, at


def varint(data: Bytes, at: int) -> tuple[int, int]:
    """Return an integer without a sign, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        value, at = value | (byte & 127) << shift, at + 1
        if byte < 128:
            return value, at
    raise ValueError("too long")


def _signed_varint(data: Bytes, at: int) -> tuple[int, int]:
    value, at = varint(data, at)
    return value >> 1 ^ -(value & 1), at
