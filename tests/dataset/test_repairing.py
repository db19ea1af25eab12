"""What `verify` says about repairing a dataset is true: those files are deleted, the same command runs, all is well."""

from collections.abc import Callable
from pathlib import Path

import pytest
from small_datasets import BICUBIC, IN_PROCESS, KEEPING, contents, degradekit

from degradekit import DatasetError
from degradekit.dataset import Options, finalize, synthesize, verify


def _flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


DAMAGES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a flipped byte in a shard": ("data/*", _flipped),
    "a shard cut short": ("data/*", _emptied),
    "a shard that is gone": ("data/*", Path.unlink),
    "a damaged manifest": ("meta/shards/*", _flipped),
    "a manifest that is gone": ("meta/shards/*", Path.unlink),
    "a damaged list of photos": ("meta/photos.parquet", _emptied),
    "a damaged report": ("meta/report.json", _emptied),
    "a damaged card": ("README.md", _flipped),
    "a damaged picture": ("train/HR/*", _flipped),
    "a picture that is gone": ("train/LR/*", Path.unlink),
}


def test_a_list_that_is_damaged_before_the_dataset_is_finished_is_named_with_the_cure(put, tmp_path):
    """`verify` does not look at such a dataset yet."""
    put(tmp_path / "photos" / "a.png")
    target = tmp_path / "shards"

    def build():
        return synthesize(tmp_path / "photos", target, BICUBIC, Options(tile=32, format="folder"), engine=IN_PROCESS)

    build()
    whole = contents(target)
    (target / "README.md").unlink()
    (shard,) = target.glob("data/*.jsonl")
    shard.write_text(shard.read_text().replace("}", ")"))
    for use in (build, lambda: finalize(target)):
        with pytest.raises(
            DatasetError, match=r"^target: data/train-.*, line 1: .*; delete that shard and run the com"
        ):
            use()
    shard.unlink()
    build()
    assert contents(target) == whole


@pytest.mark.parametrize("format", KEEPING)
@pytest.mark.parametrize("damage", DAMAGES)
def test_deleting_the_damaged_files_and_building_again_repairs_a_dataset(damage, format, put, tmp_path):
    pattern, spoil = DAMAGES[damage]
    target = tmp_path / "shards"

    def build():
        return synthesize(
            tmp_path / "photos", target, BICUBIC, Options(tile=32, step=32, format=format), engine=IN_PROCESS
        )

    put(tmp_path / "photos" / "a.png")
    build()
    whole = contents(target)
    files = sorted(target.glob(pattern))
    if not files:
        return  # pictures are files in one format only
    spoil(files[0])
    verification = verify(target, sample=0, engine=IN_PROCESS)
    assert verification.problems
    for file in verification.damaged:
        (target / file).unlink()
    build()
    assert contents(target) == whole


def test_the_command_says_how_to_repair_a_dataset(copy):
    (shard, *_) = sorted((copy / "data").iterdir())
    _flipped(shard)
    cure = f"to repair the dataset, delete {copy}/data/{shard.name}, then run the command that built it again\n"
    for spelling in (f"{copy}", f"{copy}/"):
        assert degradekit("verify", spelling, "--workers", 0, "--sample", 0).stderr.endswith(cure)
    shard.unlink()
    cure = "to repair the dataset, run the command that built it again\n"
    assert degradekit("verify", copy, "--workers", 0, "--sample", 0).stderr.endswith(cure)
