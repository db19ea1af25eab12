"""Damaged pictures by the thousand: each is among the photos of a dataset, or skipped with a reason."""

import io
import json
import random
import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from pictures import png
from PIL import Image
from small_datasets import IN_PROCESS

from degradekit import ImageError
from degradekit.dataset import Options, synthesize, verify
from degradekit.picture_files import decode
from degradekit.presets import preset

pytestmark = pytest.mark.slow

PICTURES = 2000
MOST_PIXELS = 2**16


def whole_pictures(photo: np.ndarray) -> list[bytes]:
    """Small pictures in many formats and modes."""
    rgb = Image.fromarray(photo[:20, :24])
    gray16 = Image.fromarray(np.arange(480, dtype=np.uint16).reshape(20, 24) * 100)
    exif = Image.Exif()
    exif[0x0112] = 6
    kinds = [
        *((rgb, kind, {}) for kind in ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")),
        (gray16, "PNG", {}),
        (gray16, "TIFF", {}),
        (rgb.quantize(16), "PNG", {"transparency": 3}),
        (rgb.convert("RGBA"), "PNG", {}),
        (rgb.convert("RGBA"), "WEBP", {"lossless": True}),
        (rgb.convert("L"), "JPEG", {"progressive": True, "exif": exif}),
        (rgb.convert("CMYK"), "JPEG", {}),
        (rgb.convert("CMYK"), "TIFF", {"compression": "tiff_lzw"}),
        (rgb, "TIFF", {"compression": "tiff_adobe_deflate"}),
        (rgb.convert("1"), "TIFF", {"compression": "group4"}),
        (rgb.quantize(200), "BMP", {}),
    ]
    pictures = []
    for picture, kind, options in kinds:
        buffer = io.BytesIO()
        picture.save(buffer, kind, **options)
        pictures.append(buffer.getvalue())
    lines = b"".join(b"\0" + (line.astype(">u2") * 257).tobytes() for line in photo[:20, :24])
    return [*pictures, png(24, 20, 16, lines)]


def mutate(data: bytes, seeds: list[bytes], draw: random.Random) -> bytes:
    """One to three kinds of damage."""
    broken = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 3))):
        kind = draw.randrange(6)
        start = draw.randrange(len(broken) + 1)
        end = min(len(broken), start + draw.randrange(1, 60))
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
            other = draw.choice(seeds)
            broken[start:end] = other[draw.randrange(len(other)) :][: draw.randrange(1, 200)]
    return mended(bytes(broken)) if draw.random() < 0.5 else bytes(broken)


def mended(data: bytes) -> bytes:
    """A PNG with the checksums of its chunks made right, so that the damage gets past them; others as they are."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data
    out, at = bytearray(data), 8
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        end = at + 8 + length
        if end + 4 > len(data):
            break
        out[end : end + 4] = struct.pack(">I", zlib.crc32(data[at + 4 : end]))
        at = end + 4
    return bytes(out)


@pytest.fixture(scope="module")
def damaged(photo, tmp_path_factory) -> Path:
    """A folder of damaged pictures, with the extension of any format."""
    folder = tmp_path_factory.mktemp("fuzz") / "damaged"
    folder.mkdir()
    seeds, draw = whole_pictures(photo("coffee.png")), random.Random(20240)
    for seed in seeds:
        assert decode(seed).shape in {(20, 24, 3), (24, 20, 3)}
    extensions = ("png", "jpg", "webp", "tif", "bmp", "avif")
    for index in range(PICTURES):
        data = mutate(seeds[index % len(seeds)], seeds, draw)
        (folder / f"{index:04d}.{draw.choice(extensions)}").write_bytes(data)
    return folder


def test_each_damaged_picture_is_among_the_photos_or_the_skipped(damaged, tmp_path):
    options = Options(tile=16, shard_size=100, max_pixels=MOST_PIXELS)
    report = synthesize(damaged, tmp_path / "shards", preset("bicubic", 4), options, engine=IN_PROCESS).report
    names = {f"damaged/{path.name}" for path in damaged.iterdir()}
    manifests = [json.loads(path.read_text()) for path in (tmp_path / "shards" / "meta" / "shards").iterdir()]
    used = [photo["key"] for manifest in manifests for photo in manifest["photos"]]
    skipped = [photo.key for photo in report.skipped]
    assert len(used) + len(skipped) == report.photos + len(report.skipped) == PICTURES
    assert {*used, *skipped} == names
    assert len(used) > PICTURES / 10
    assert len(skipped) > PICTURES / 10
    assert verify(tmp_path / "shards", sample=1, engine=IN_PROCESS).problems == ()
    for photo in report.skipped:
        assert re.fullmatch(r"[^\n]*\S", photo.reason), photo
        assert "0x" not in photo.reason, photo  # an address would make each build another one


def test_a_damaged_picture_is_read_the_same_way_each_time(damaged):
    def outcome(data: bytes) -> bytes:
        try:
            return decode(data, MOST_PIXELS).tobytes()
        except ImageError as error:
            return str(error).encode()

    for path in sorted(damaged.iterdir()):
        data = path.read_bytes()
        assert outcome(data) == outcome(data), path.name
