"""What files are made of: the chunks, segments, fields and members of formats, apart and together again."""

import io
import struct
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from pictures import chunk


class Part(NamedTuple):
    """A part of a file: its name, kind or header, and what is in it."""

    name: bytes
    body: bytes


class Parts(ABC):
    """A format; its parts get right lengths and checksums when they are joined.

    Attributes:
        start: The bytes that all its files begin with.
        names: What a part may be called.
    """

    start: ClassVar[bytes]
    names: ClassVar[Sequence[bytes]] = ()

    @abstractmethod
    def split(self, data: bytes) -> list[Part]:
        """Return the parts of a file, as far as they can be read."""

    @abstractmethod
    def join(self, parts: list[Part]) -> bytes:
        """Return the file that is made of the parts."""


class PNG(Parts):
    """Chunks."""

    start = b"\x89PNG\r\n\x1a\n"
    names = tuple(b"IHDR PLTE IDAT IEND tRNS iCCP eXIf tEXt zTXt iTXt gAMA acTL fdAT".split())

    def split(self, data: bytes) -> list[Part]:
        parts, at = [], len(self.start)
        while at + 8 <= len(data):
            (length,) = struct.unpack(">I", data[at : at + 4])
            parts.append(Part(data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
            at += length + 12
        return parts

    def join(self, parts: list[Part]) -> bytes:
        return self.start + b"".join(chunk(name, body) for name, body in parts)


class JPEG(Parts):
    """Segments; the last one holds the scan too."""

    start = b"\xff\xd8"
    names = tuple(bytes([0xFF, kind]) for kind in b"\xc0\xc2\xc4\xda\xdb\xdd\xe0\xe1\xe2\xed\xee\xfe")

    def split(self, data: bytes) -> list[Part]:
        parts, at = [], 2
        while at + 4 <= len(data) and data[at] == 0xFF:
            (length,) = struct.unpack(">H", data[at + 2 : at + 4])
            end = at + 2 + length if data[at + 1] != 0xDA else len(data)
            parts.append(Part(data[at : at + 2], data[at + 4 : end]))
            at = max(end, at + 4)
        return parts

    def join(self, parts: list[Part]) -> bytes:
        # The length of a scan's segment is that of its header, not of what follows.
        lengths = [min(len(body) + 2, 0xFFFF) if name != b"\xff\xda" else 12 for name, body in parts]
        segments = zip(parts, lengths, strict=True)
        return self.start + b"".join(name + struct.pack(">H", length) + body for (name, body), length in segments)


class RIFF(Parts):
    """Chunks of a WebP file."""

    start = b"RIFF"
    names = (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"EXIF", b"XMP ")

    def split(self, data: bytes) -> list[Part]:
        parts, at = [], 12
        while at + 8 <= len(data):
            (length,) = struct.unpack("<I", data[at + 4 : at + 8])
            parts.append(Part(data[at : at + 4], data[at + 8 : at + 8 + length]))
            at += 8 + length + length % 2
        return parts

    def join(self, parts: list[Part]) -> bytes:
        body = b"".join(name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2) for name, body in parts)
        return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


class TIFF(Parts):
    """Fields of the first directory, little-endian; what they point to stays, and the directory goes to the end."""

    start = b"II*\0"
    names = tuple(
        struct.pack("<H", tag) for tag in (*range(256, 260), 262, *range(273, 280), 317, 322, 338, 339, 34675)
    )

    def split(self, data: bytes) -> list[Part]:
        if len(data) < 8:
            return []
        (at,) = struct.unpack("<I", data[4:8])
        count = struct.unpack("<H", data[at : at + 2])[0] if at + 2 <= len(data) else 0
        fields = [data[at + 2 + 12 * index : at + 14 + 12 * index] for index in range(min(count, 100))]
        return [Part(b"", data), *(Part(field[:2], field[2:]) for field in fields)]

    def join(self, parts: list[Part]) -> bytes:
        data = b"".join(body for name, body in parts if not name)
        fields = [name + body[:10].ljust(10, b"\0") for name, body in parts if name]
        data += bytes(len(data) % 2)
        directory = struct.pack("<H", len(fields)) + b"".join(fields) + bytes(4)
        return self.start + struct.pack("<I", len(data)) + data[8:] + directory if len(data) >= 8 else data


class Zip(Parts):
    """Members of an archive; torch's weights are one."""

    start = b"PK\x03\x04"

    def split(self, data: bytes) -> list[Part]:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return [Part(name.encode(), archive.read(name)) for name in archive.namelist()]
        except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError):
            return []

    def join(self, parts: list[Part]) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, body in parts:
                # As an information, because a name may stand in the archive twice, or be odd.
                archive.writestr(zipfile.ZipInfo(name.decode("utf-8", "replace") or "x"), body)
        return buffer.getvalue()


class Tar(Parts):
    """Members of an archive: the header of 512 bytes is the name."""

    start = b""

    def split(self, data: bytes) -> list[Part]:
        parts, at = [], 0
        while at + 512 <= len(data) and any(data[at : at + 512]):
            try:
                size = int(data[at + 124 : at + 135].rstrip(b"\0 ") or b"0", 8)
            except ValueError:
                break
            parts.append(Part(data[at : at + 512], data[at + 512 : at + 512 + size]))
            at += 512 + -(-size // 512) * 512
        return parts

    def join(self, parts: list[Part]) -> bytes:
        return b"".join(_member(name.ljust(512, b"\0")[:512], body) for name, body in parts) + bytes(1024)


def _member(header: bytes, body: bytes) -> bytes:
    sized = header[:124] + b"%011o\0" % len(body) + header[136:148] + b" " * 8 + header[156:]
    checked = sized[:148] + b"%06o\0 " % sum(sized) + sized[156:]
    return checked + body + bytes(-len(body) % 512)


_FORMATS = (PNG(), JPEG(), RIFF(), TIFF(), Zip())


def find_parts(data: bytes) -> tuple[Parts | None, list[Part]]:
    """Return the format of a file and its parts, or None where it is of another one."""
    if data[257:262] == b"ustar":
        return Tar(), Tar().split(data)
    for each in _FORMATS:
        if data.startswith(each.start):
            return each, each.split(data)
    return None, []
