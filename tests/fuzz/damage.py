"""Damage to files: anywhere in their bytes, and among the parts that their format is made of."""

import random
from collections.abc import Sequence

from file_parts import Part, find_parts

_JUNK = (b"", b"\0", b"\xff" * 8, b"Exif\0\0", b"MM\0*\0\0\0\x08", b"II*\0\xff\xff\xff\xff", b"../x", b"\n\x1b[31m")


def damaged(data: bytes, others: Sequence[bytes], draw: random.Random) -> bytes:
    """Return a file with one to three kinds of damage.

    Args:
        data: The file.
        others: Files from which pieces may come.
        draw: Decides everything.
    """
    for _ in range(draw.choice((1, 1, 2, 3))):
        data = _damaged_parts(data, draw) if draw.random() < 0.5 else _damaged_bytes(data, others, draw)
    return data


def _damaged_bytes(data: bytes, others: Sequence[bytes], draw: random.Random) -> bytes:
    broken = bytearray(data)
    start = draw.randrange(len(broken) + 1)
    end = min(len(broken), start + draw.randrange(1, 60))
    kind = draw.randrange(6)
    if kind == 0:
        for _ in range(draw.randrange(1, 10)):
            if broken:
                broken[draw.randrange(len(broken))] ^= 1 << draw.randrange(8)
    elif kind == 1:
        del broken[start:]
    elif kind == 2:
        broken[start:start] = broken[start:end] * draw.choice((1, 2, 50))
    elif kind == 3:
        del broken[start:end]
    elif kind == 4:  # a field near the beginning, where formats keep their sizes
        at, value = draw.randrange(64), draw.choice((b"\0", b"\xff", b"\x7f", b"\x80", b"\x01"))
        length = draw.choice((1, 2, 4))
        broken[at : at + length] = value * length if draw.random() < 0.5 else value + bytes(length - 1)
    else:
        other = draw.choice(others)
        broken[start:end] = other[draw.randrange(len(other) or 1) :][: draw.randrange(1, 200)]
    return bytes(broken)


def _damaged_parts(data: bytes, draw: random.Random) -> bytes:
    """Return a file with a part changed, and with the lengths and checksums of all parts made right again."""
    kind_of_file, parts = find_parts(data)
    if kind_of_file is None or not parts:
        return data
    at, kind = draw.randrange(len(parts)), draw.randrange(7)
    name, body = parts[at]
    if kind == 0:
        del parts[at]
    elif kind == 1:
        parts[at:at] = parts[at : at + 1] * draw.choice((1, 2, 50))
    elif kind == 2:
        other = draw.randrange(len(parts))
        parts[at], parts[other] = parts[other], parts[at]
    elif kind == 3:
        parts[at] = Part(draw.choice(kind_of_file.names or [name]), body)
    elif kind == 4:
        parts[at] = Part(name, draw.choice(_JUNK) + (body if draw.random() < 0.5 else b""))
    elif kind == 5:
        parts[at] = Part(name, _damaged_bytes(body, [body, *_JUNK[1:]], draw))
    else:
        parts.insert(at, Part(draw.choice(kind_of_file.names or [name]), draw.choice(_JUNK) + draw.randbytes(20)))
    return kind_of_file.join(parts)
