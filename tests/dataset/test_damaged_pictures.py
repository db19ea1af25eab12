"""Damaged pictures by the thousand: each is among the photos of a dataset, or skipped with a reason."""

import json
import random
import re
from pathlib import Path

import pytest
from damage import damaged
from pictures import edges_ramps_and_texture, whole_pictures
from small_datasets import IN_PROCESS

from degradekit import ImageError
from degradekit.dataset import Options, synthesize, verify
from degradekit.picture_files import decode
from degradekit.presets import preset

pytestmark = pytest.mark.slow

PICTURES = 2000
MOST_PIXELS = 2**16


@pytest.fixture(scope="module")
def folder_of_damaged(tmp_path_factory) -> Path:
    """A folder of damaged pictures, with the extension of any format."""
    folder = tmp_path_factory.mktemp("fuzz") / "damaged"
    folder.mkdir()
    seeds, draw = whole_pictures(edges_ramps_and_texture()), random.Random(20240)
    for seed in seeds:
        assert decode(seed).shape in {(20, 24, 3), (24, 20, 3)}
    extensions = ("png", "jpg", "webp", "tif", "bmp", "avif")
    for index in range(PICTURES):
        data = damaged(seeds[index % len(seeds)], seeds, draw)
        (folder / f"{index:04d}.{draw.choice(extensions)}").write_bytes(data)
    return folder


def test_each_damaged_picture_is_among_the_photos_or_the_skipped(folder_of_damaged, tmp_path):
    options = Options(tile=16, shard_size=100, max_pixels=MOST_PIXELS)
    report = synthesize(folder_of_damaged, tmp_path / "shards", preset("bicubic", 4), options, engine=IN_PROCESS).report
    names = {f"damaged/{path.name}" for path in folder_of_damaged.iterdir()}
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


def test_a_damaged_picture_is_read_the_same_way_each_time(folder_of_damaged):
    def outcome(data: bytes) -> bytes:
        try:
            return decode(data, MOST_PIXELS).tobytes()
        except ImageError as error:
            return str(error).encode()

    for path in sorted(folder_of_damaged.iterdir()):
        data = path.read_bytes()
        assert outcome(data) == outcome(data), path.name
