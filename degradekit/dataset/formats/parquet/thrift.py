"""Thrift's compact protocol, in which a Parquet file describes itself: reads a few integers and skips all else.

Who reads files of others must expect any bytes: each function raises an IndexError where they end too early, and a
ValueError where they break the protocol.
"""

from typing import TypeAlias

Bytes: TypeAlias = bytes | memoryview
LIST = 9
_TRUE, _FALSE, _BYTE, _I32, _DOUBLE, _BINARY, _SET, _STRUCT = 1, 2, 3, 5, 7, 8, 10, 12
_INTEGERS = (4, 5, 6)
_MAX_DEPTH = 16
"""Of lists and structs in each other; Parquet needs seven."""


def integers(data: Bytes, at: int) -> tuple[dict[int, int], int]:
    """Return the integers of 32 bits of a struct by the number of their field, and where the struct ends."""
    values: dict[int, int] = {}
    seen: set[int] = set()
    number = 0
    while head := data[at]:
        kind, at = head & 15, at + 1
        if head >> 4:
            number += head >> 4
        else:
            number, at = _signed_varint(data, at)
        if number in seen or not 0 < number < 2**15:  # beyond, readers take it for another
            raise ValueError("a field twice, of which readers might take either")
        seen.add(number)
        if kind == _I32:
            values[number], at = _signed_varint(data, at)
        elif kind not in (_TRUE, _FALSE):  # which are their own value
            at = after(data, at, kind)
    return values, at + 1


def after(data: Bytes, at: int, kind: int, depth: int = 0) -> int:
    """Return where a value of a type ends that begins at `at`."""
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
        return after_struct(data, at, depth)
    if kind in (LIST, _SET):
        count, kind, at = list_start(data, at)
        for _ in range(count):
            at = after(data, at, kind, depth + 1)
        return at
    if kind in (_TRUE, _FALSE, _BYTE):
        return at + 1
    if kind == _DOUBLE:
        return at + 8
    raise ValueError("no such type")


def after_struct(data: Bytes, at: int, depth: int = 0) -> int:
    """Return where a struct ends that begins at `at`."""
    while head := data[at]:
        at += 1
        if head < 16:  # the number of the field follows
            at = after(data, at, _I32)
        if head & 15 not in (_TRUE, _FALSE):
            at = after(data, at, head & 15, depth + 1)
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
