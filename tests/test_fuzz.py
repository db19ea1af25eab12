"""Damaged pictures and damaged recipes by the thousand: each is used, or refused in words."""

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

from degradekit import ImageError, RecipeError, recipes
from degradekit.dataset import Options, synthesize, verify
from degradekit.picture_files import decode
from degradekit.presets import PRESETS, preset

pytestmark = pytest.mark.slow

PICTURES = 2000
RECIPES = 500
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
    """A folder of damaged pictures, named as any format."""
    folder = tmp_path_factory.mktemp("fuzz") / "damaged"
    folder.mkdir()
    seeds, draw = whole_pictures(photo("coffee.png")), random.Random(20240)
    for seed in seeds:
        assert decode(seed).shape in {(20, 24, 3), (24, 20, 3)}
    extensions = ("png", "jpg", "webp", "tif", "bmp", "avif")
    for number in range(PICTURES):
        data = mutate(seeds[number % len(seeds)], seeds, draw)
        (folder / f"{number:04d}.{draw.choice(extensions)}").write_bytes(data)
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


VALUES = [
    *("0", "-1", "-0.0", "1", "1e-320", "1e308", "1e999", "-1e999", ".nan", ".inf", "-.inf", "9" * 30, "9" * 5000),
    *("null", "true", "'text'", "''", "[]", "{}", "[1, 2, 3]", "{op: jpeg}", "{op: nothing}", "{op: {op: op}}"),
    *(
        "2020-01-01",
        "2020-99-99",
        "0x_",
        "._",
        "1:1:1",
        "!!int ''",
        "!!float x",
        "!!bool 7",
        "!!timestamp x",
        "!!set {a}",
    ),
    *(
        "!!binary '='",
        "!!python/object:os.system x",
        "&a [*a]",
        "*nowhere",
        '"\\ud800"',
        '"\\n"',
        "\x07",
        "=",
        "<<",
        "@",
    ),
    *("[" * 3000, "{a: " * 3000, "- " * 3000, "[" * 500 + "]" * 500, "{op: maybe, operator: " * 300 + "{}" + "}" * 300),
]


def mutate_text(text: str, draw: random.Random) -> str:
    """One to three changes in a recipe's lines."""
    lines = text.splitlines()
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        kind, at = draw.randrange(12), draw.randrange(len(lines) or 1)
        line = lines[at] if lines else ""
        numbers = list(re.finditer(r"-?\d+(\.\d+)?", line))
        if kind in (0, 1, 8, 9, 10, 11) and numbers:
            number = draw.choice(numbers)
            near = f"{float(number[0]) * draw.uniform(0.5, 1.5):.{2 if number[1] else 0}f}"
            value = draw.choice(VALUES) if kind <= 1 else near
            lines[at : at + 1] = [line[: number.start()] + value + line[number.end() :]]
        elif kind == 2 and ":" in line:
            lines[at : at + 1] = [f"{line.partition(':')[0]}: {draw.choice(VALUES)}"]
        elif kind == 3:
            del lines[at : at + draw.randrange(1, 4)]
        elif kind == 4:
            lines.insert(at, line)
        elif kind == 5:
            lines[at : at + 1] = [" " * draw.randrange(6) + line.lstrip()]
        elif kind == 6 and line:
            place = draw.randrange(len(line))
            lines[at : at + 1] = [
                line[:place] + chr(draw.choice((0, 9, 10, 34, 58, 123, 0x85, 0xFFFF))) + line[place + 1 :]
            ]
        else:
            lines.insert(draw.randrange(len(lines) + 1), f"{draw.choice(('', '  ', '- '))}extra: {draw.choice(VALUES)}")
    return "\n".join(lines)


def test_each_damaged_recipe_is_one_or_is_refused_a_line_for_each_mistake():
    draw = random.Random(0)
    texts = [recipes.dumps(preset(name, scale)) for name in PRESETS for scale in (2, 4)]
    taken = 0
    for number in range(RECIPES):
        text = mutate_text(texts[number % len(texts)], draw)
        try:
            recipe = recipes.loads(text)
        except RecipeError as error:
            message = str(error)
            assert message.encode("utf-8").strip()
            assert all(line.strip() and len(line) < 1000 for line in message.split("\n")), message[:2000]
        else:
            taken += 1
            assert recipes.loads(recipes.dumps(recipe)) == recipe
    assert RECIPES / 10 < taken < RECIPES * 9 / 10
