"""Picture files with whole pixels and something odd beside them: each fault in each format that can have it."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator

import pictures
from pictures import chunk
from PIL import Image, ImageCms

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
SETTINGS = {
    "PNG": {},
    "JPEG": {"quality": 95},
    "WEBP": {"lossless": True},
    "TIFF": {},
    "AVIF": {"quality": 90},
}
"""How a plain file of each format is written."""


def saved(picture: Image.Image, format: str, **options) -> bytes:
    return pictures.saved(picture, format, **SETTINGS.get(format, {}) | options)


def tiff_directory(*entries: tuple[int, int, int, bytes], after: bytes = bytes(4)) -> bytes:
    """Return a directory of tags, type, count and value or offset of each, as EXIF data has it, in little-endian."""
    rows = b"".join(struct.pack("<HHL4s", tag, kind, count, value) for tag, kind, count, value in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + rows + after


def oriented(value: bytes, kind: int = 3, count: int = 1) -> bytes:
    return tiff_directory((0x0112, kind, count, value.ljust(4, b"\0")))


EXIF = {
    "not TIFF data": b"hello, this is no EXIF data",
    "empty": b"",
    "a header alone": b"II*\0",
    "a directory beyond the end": b"II*\0\xff\xff\xff\x7f",
    "more entries than there are": b"II*\0\x08\0\0\0\xff\xff" + bytes(20),
    "a directory that is its own next": tiff_directory((0x010F, 2, 4, b"abc\0"), after=b"\x08\0\0\0"),
    "an EXIF directory inside of itself": tiff_directory((0x8769, 4, 1, b"\x08\0\0\0")),
    "a value beyond the end": tiff_directory((0x010F, 2, 2**31, b"\xff\xff\xff\x0f")),
    "an unknown type": tiff_directory((0x010F, 99, 1, b"abcd")),
    "orientation 0": oriented(b"\0"),
    "orientation 9": oriented(b"\x09"),
    "orientation 65535": oriented(b"\xff\xff"),
    "orientation -1": oriented(b"\xff\xff\xff\xff", kind=9),
    "orientation as text": oriented(b"6", kind=2, count=2),
    "two orientations": oriented(b"\x06\0\x06\0", count=2),
    "no orientation": oriented(b"\x06", count=0),
    "a rational orientation": oriented(b"\x06", kind=5),
    "60 kB": tiff_directory() + bytes(60_000),
}
PROFILES = {
    "text": b"this is no profile at all",
    "cut": SRGB[:200],
    "cut in its tags": SRGB[:-100],
    "zeros": bytes(3000),
    "another color space": LAB,
    "for CMYK": SRGB[:16] + b"CMYK" + SRGB[20:],
    "for gray": SRGB[:16] + b"GRAY" + SRGB[20:],
    "a device link": SRGB[:12] + b"link" + SRGB[16:],
    "named colors": SRGB[:12] + b"nmcl" + SRGB[16:],
}
"""None of them can be applied to a picture in RGB."""


def png_faults(plain: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield PNG files with a chunk that is odd, each before the pixels and again behind them."""
    bomb = zlib.compress(bytes(2**22))
    chunks = {
        "pHYs that is cut": chunk(b"pHYs", b"\0"),
        "gAMA that is cut": chunk(b"gAMA", b"\0"),
        "cHRM that is cut": chunk(b"cHRM", b"\0"),
        "sRGB that is empty": chunk(b"sRGB", b""),
        "tRNS that is cut": chunk(b"tRNS", b"\0"),
        "acTL that is cut": chunk(b"acTL", b"\0"),
        "fcTL that is cut": chunk(b"fcTL", b"\0"),
        "frames out of order": chunk(b"acTL", bytes(7) + b"\2") + chunk(b"fcTL", b"\0\0\0\7" + bytes(22)),
        "text without an end": chunk(b"tEXt", b"Comment"),
        "much text": chunk(b"tEXt", b"Comment\0" + bytes(3 * 2**20)) * 25,
        "a bomb of text": chunk(b"zTXt", b"Comment\0\0" + bomb),
        "a bomb of international text": chunk(b"iTXt", b"Comment\0\1\0\0\0" + bomb),
        "a bomb of XMP": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb),
        "a bomb of EXIF": chunk(b"zTXt", b"Raw profile type exif\0\0" + bomb),
        "text of an unknown compression": chunk(b"zTXt", b"Comment\0\7" + bomb[:50]),
        "EXIF as text that is no number": chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 12\nxyz"),
        "a profile of an unknown compression": chunk(b"iCCP", b"name\0\7" + zlib.compress(SRGB)),
        "a profile that cannot be inflated": chunk(b"iCCP", b"name\0\0" + b"no zlib"),
        "a profile without a name's end": chunk(b"iCCP", b"name"),
        "an empty profile": chunk(b"iCCP", b""),
        "a bomb of a profile": chunk(b"iCCP", b"name\0\0" + bomb),
        "a profile of more than 16 million bytes": chunk(b"iCCP", b"name\0\0" + zlib.compress(SRGB + bytes(2**24))),
        "a wrong checksum": chunk(b"tEXt", b"Comment\0hello")[:-4] + b"\0\0\0\0",
        "a wrong checksum of EXIF": chunk(b"eXIf", b"hello")[:-4] + b"\0\0\0\0",
        "an unknown chunk": chunk(b"abCd", b"hello"),
    }
    for name, odd in chunks.items():
        for where, at in (("before", 33), ("behind", len(plain) - 12)):
            yield f"{name}, {where}", plain[:at] + odd + plain[at:]
    yield "a cut chunk behind", plain[:-12] + struct.pack(">I", 5000) + b"tEXtComment"
    yield "no end", plain[:-12]
    yield "bytes behind the end", plain + b"hello" * 100


def jpeg_faults(plain: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield JPEG files with a segment that is odd."""

    def segment(marker: int, body: bytes) -> bytes:
        return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body

    multi = b"MPF\0II*\0\x08\0\0\0"
    segments = {
        "JFIF that is cut": segment(0xE0, b"JFIF\0"),
        "Adobe that is cut": segment(0xEE, b"Adobe"),
        "resources of Photoshop that are cut": segment(0xED, b"Photoshop 3.0\x008BIM\x03\xed\0\0\xff\xff\xff\xff"),
        "a resolution of Photoshop that is cut": segment(0xED, b"Photoshop 3.0\x008BIM\x03\xed\0\0\0\0\0\2ab"),
        "IPTC": segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\xff\xff\x1c\2"),
        "an index of pictures that is cut": segment(0xE2, multi[:6]),
        "an index of pictures without a count": segment(0xE2, multi + b"\0\0" + bytes(4)),
        "an index of pictures that are not there": segment(
            0xE2, multi + struct.pack("<H", 2) + struct.pack("<HHLL", 0xB001, 4, 1, 3)
            + struct.pack("<HHLL", 0xB002, 7, 48, 50) + bytes(60)
        ),
        "a profile of which a part is missing": segment(0xE2, b"ICC_PROFILE\0\1\2" + SRGB),
        "a profile without parts": segment(0xE2, b"ICC_PROFILE\0"),
        "EXIF in two segments": segment(0xE1, b"Exif\0\0II*") + segment(0xE1, b"Exif\0\0hello"),
        "XMP that is not XML": segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + b"\xff" * 60_000),
        "FlashPix": segment(0xE2, b"FPXR\0"),
        "an empty comment": segment(0xFE, b""),
        "a segment of length 0": b"\xff\xe5\0\0",
    }  # fmt: skip
    for name, odd in segments.items():
        yield name, plain[:2] + odd + plain[2:]
    yield "bytes between segments", plain[:20] + b"hello" + plain[20:]
    yield "bytes behind the end", plain + b"hello" * 100


def webp_faults(plain: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield WebP files with a chunk that is odd."""
    extended = saved(Image.open(io.BytesIO(plain)), "WEBP", exif=b"Exif\0\0" + EXIF["orientation 0"])
    body = extended[12:]
    for name, odd in (
        ("an unknown chunk", b"ABCD\x05\0\0\0hello\0"),
        ("XMP that is not XML", b"XMP \x05\0\0\0hello\0"),
        ("a chunk that is cut", b"XMP \xff\xff\0\0hello\0"),
    ):
        changed = bytearray(b"WEBP" + body + odd)
        changed[12] |= 4  # XMP is there
        yield name, b"RIFF" + struct.pack("<I", len(changed)) + bytes(changed)
    yield "a wrong length of the file", extended[:4] + b"\xff\xff\xff\x7f" + extended[8:]
    yield "bytes behind the end", extended + b"hello" * 100


def tiff_faults(plain: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield TIFF files with a tag that is odd."""
    tags = {
        "a resolution that is text": (282, 2, 4, b"abc\0"),
        "a resolution of nothing": (282, 5, 0, bytes(4)),
        "a resolution beyond the end": (282, 5, 1, b"\xff\xff\xff\x7f"),
        "a unit of 7": (296, 3, 1, b"\7\0\0\0"),
        "a description beyond the end": (270, 2, 2**30, b"\xff\xff\xff\x0f"),
        "a description of an unknown type": (270, 99, 1, b"abcd"),
        "resources of Photoshop": (34377, 7, 4, b"8BIM"),
        "an EXIF directory beyond the end": (34665, 4, 1, b"\xff\xff\xff\x7f"),
        "an EXIF directory of another type": (34665, 2, 4, b"abc\0"),
        "directories inside that are not there": (330, 4, 1, b"\xff\xff\xff\x7f"),
        "IPTC of the wrong type": (33723, 4, 1, b"\x1c\2\0\0"),
        "Windows Media Photo": (0xBC01, 4, 1, bytes(4)),
        "XMP beyond the end": (700, 1, 2**31, b"\xff\xff\xff\x7f"),
        "a profile beyond the end": (34675, 7, 2**31, b"\xff\xff\xff\x7f"),
        "a profile of text": (34675, 2, 4, b"abc\0"),
        "orientation 0": (0x0112, 3, 1, bytes(4)),
        "orientation 9": (0x0112, 3, 1, b"\x09\0\0\0"),
        "orientation as text": (0x0112, 2, 2, b"6\0\0\0"),
        "two orientations": (0x0112, 3, 2, b"\6\0\6\0"),
    }
    for name, tag in tags.items():
        yield name, with_tag(plain, *tag)
    yield "a next directory beyond the end", with_tag(plain, 270, 2, 4, b"abc\0", after=b"\xff\xff\xff\x7f")
    yield "bytes behind the end", plain + b"hello" * 100


def with_tag(tiff: bytes, tag: int, kind: int, count: int, value: bytes, after: bytes = bytes(4)) -> bytes:
    """Return a little-endian TIFF file with a tag more."""
    (at,) = struct.unpack_from("<L", tiff, 4)
    (entries,) = struct.unpack_from("<H", tiff, at)
    rows = [tiff[at + 2 + 12 * index :][:12] for index in range(entries)]
    rows = [row for row in rows if row[:2] != struct.pack("<H", tag)]
    rows.append(struct.pack("<HHL4s", tag, kind, count, value))
    directory = struct.pack("<H", len(rows)) + b"".join(sorted(rows, key=lambda row: row[1::-1])) + after
    return tiff[:4] + struct.pack("<L", len(tiff)) + tiff[8:] + directory


FAULTS: dict[str, Callable[[bytes], Iterator[tuple[str, bytes]]]] = {
    "PNG": png_faults,
    "JPEG": jpeg_faults,
    "WEBP": webp_faults,
    "TIFF": tiff_faults,
}
"""The faults that are particular to a format."""


def all_faults(picture: Image.Image) -> Iterator[tuple[str, str, bytes]]:
    """Yield the format, the fault and the file, for every fault."""
    for kind in SETTINGS:
        for name, exif in EXIF.items():
            if kind != "TIFF":
                yield kind, f"EXIF: {name}", with_exif(picture, kind, exif)
        for name, profile in PROFILES.items():
            yield kind, f"profile: {name}", saved(picture, kind, icc_profile=profile)
        if kind in FAULTS:
            for name, data in FAULTS[kind](saved(picture, kind)):
                yield kind, name, data


def with_exif(picture: Image.Image, format: str, exif: bytes) -> bytes:
    """Return a file with any EXIF data; those of AVIF are put in afterwards, as Pillow would read them."""
    if format != "AVIF":
        return saved(picture, format, exif=b"Exif\0\0" + exif)
    sound = tiff_directory((0x010F, 2, 4, b"abc\0")) + bytes(100)
    return saved(picture, format, exif=sound).replace(sound, exif[: len(sound)].ljust(len(sound), b"\0"))
