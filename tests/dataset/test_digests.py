"""What the digest of a dataset covers."""

import io
import shutil

import numpy as np
import pytest
from PIL import Image
from small_datasets import IN_PROCESS, digest_of, forge_rows

from degradekit.dataset import export, verify
from degradekit.dataset.row import Row, pixel_digest
from degradekit.dataset.tiles import Tile
from degradekit.picture_files import decode

SHARD = "train-00001-of-00003"


def pillow_png(data: bytes) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(decode(data)).save(buffer, "PNG", compress_level=9)
    return buffer.getvalue()


def test_another_encoder_gives_the_same_digest(shards, tmp_path):
    shutil.copytree(shards, tmp_path / "copy")

    def encode_again(rows: list[dict]) -> None:
        for row in rows:
            for part in ("hr", "lr"):
                encoded = pillow_png(row[part]["bytes"])
                assert encoded != row[part]["bytes"]
                row[part]["bytes"] = encoded

    forge_rows(tmp_path / "copy", SHARD, encode_again)
    problems = verify(tmp_path / "copy", sample=1, engine=IN_PROCESS).problems
    sizes = ("README.md", "meta/report.json")  # the number of bytes is another one
    assert [problem.partition(":")[0] for problem in problems] == list(sizes)
    exported = export(tmp_path / "copy", tmp_path / "folder", "folder", engine=IN_PROCESS).report
    assert exported.digest == digest_of(shards)


@pytest.mark.parametrize("change", [{"degradation": "{}"}, {"key": "b"}, {"variant": 1}, {"scale": 2}, {"tile": 1}])
def test_every_fact_of_a_row_is_in_its_digest(change):
    row = Row(b"hr", b"lr", "[]", "a", Tile(0, 0, 8, 8, 8, 9), 0, 4)
    other = row._replace(**change if "tile" not in change else {"tile": Tile(0, 1, 8, 8, 8, 9)})
    hr, lr = bytes(32), bytes(32)
    assert row.digest(hr, lr) != other.digest(hr, lr)
    assert row.digest(hr, lr) == row._replace(hr=b"other bytes").digest(hr, lr)
    assert row.digest(hr, b"1" * 32) != row.digest(b"1" * 32, lr) != row.digest(hr, lr)


def test_the_digest_of_pixels_knows_their_shape():
    pixels = np.arange(24, dtype=np.uint8)
    assert pixel_digest(pixels.reshape(2, 4, 3)) != pixel_digest(pixels.reshape(4, 2, 3))
