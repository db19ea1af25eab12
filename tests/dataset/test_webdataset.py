"""The format `webdataset`, as its package reads it."""

import gc
import io
import json
import tarfile

import numpy as np
import pytest
from PIL import Image
from small_datasets import rows

from degradekit.picture_files import decode


def test_tar_headers_hold_nothing_but_name_and_size(exported):
    for file in sorted((exported["webdataset"] / "data").iterdir()):
        with tarfile.open(file) as tar:
            for number, member in enumerate(tar):
                extension = ("hr.png", "lr.png", "json")[number % 3]
                assert member.name == f"{file.stem}-{number // 3:06d}.{extension}"
                assert (member.mtime, member.uid, member.gid, member.uname, member.gname) == (0, 0, 0, "", "")
                assert (member.mode, member.type, member.pax_headers) == (0o644, tarfile.REGTYPE, {})


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # it leaves them to the garbage collector
def test_the_webdataset_package_reads_the_same_pairs(exported, shards):
    wds = pytest.importorskip("webdataset", reason="webdataset is not installed, so its reader cannot be tried")
    files = sorted(str(path) for path in (exported["webdataset"] / "data").glob("*.tar"))
    samples = list(wds.WebDataset(files, shardshuffle=False))
    gc.collect()
    expected = rows(shards)
    assert len({sample["__key__"] for sample in samples}) == len(samples) == len(expected)
    for sample, row in zip(samples, expected, strict=True):
        for part in ("hr", "lr"):
            pixels = np.asarray(Image.open(io.BytesIO(sample[f"{part}.png"])))
            np.testing.assert_array_equal(pixels, decode(row[part]["bytes"]))
        facts = json.loads(sample["json"])
        assert facts["degradation"] == json.loads(row["degradation"])
        assert [facts[name] for name in ("key", "tile", "variant", "scale")] == [
            row[name] for name in ("key", "tile", "variant", "scale")
        ]
