"""Fails unless BasicSR reads the pairs of `shards` unchanged from folders, by the list and from LMDBs."""

import sys
from pathlib import Path

import train  # so that basicsr can be imported
import yaml
from basicsr.data import build_dataset

from degradekit import Degradation
from degradekit.dataset import Pairs


def levels(dataset) -> list[tuple[bytes, ...]]:
    """Return the pixels of all pairs, in the same order for every dataset."""
    images = [[item[name].mul(255).round().byte().numpy() for name in ("lq", "gt")] for item in dataset]
    return sorted(tuple(image.tobytes() for image in pair) for pair in images)


assert train
listed = yaml.safe_load(Path(sys.argv[1]).read_text())["datasets"]["train"] | {"phase": "val", "scale": 4}
folders = {name: value for name, value in listed.items() if name != "meta_info_file"}
lmdbs = folders | {name: f"{folders[name]}.lmdb" for name in ("dataroot_gt", "dataroot_lq")}
lmdbs["io_backend"] = {"type": "lmdb"}

pairs = [(pair.lr, Degradation.from_json(pair.degradation).target(pair.hr)) for pair in Pairs("shards")]
built = sorted(tuple(image.transpose(2, 0, 1).tobytes() for image in pair) for pair in pairs)
for options in (listed, folders, lmdbs):
    assert levels(build_dataset(options)) == built, options
