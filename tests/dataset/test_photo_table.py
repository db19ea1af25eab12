"""The list of a dataset's photos as columns."""

import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from small_datasets import IN_PROCESS, OPTIONS, RECIPE, contents

from degradekit import DatasetError
from degradekit.dataset import export, synthesize, verify
from degradekit.dataset.layout import PHOTOS
from degradekit.dataset.opening import Dataset
from degradekit.dataset.photos import PhotoSet, PhotoTable
from degradekit.dataset.sources import scan
from degradekit.storage import Folder


def test_it_holds_the_photos_of_the_plan(shards, photos):
    table = PhotoTable.load(Folder.of(shards))
    scanned = scan(photos)
    assert table.keys.to_pylist() == [source.key for source in scanned]
    assert table.sizes.tolist() == [(photos.parent / source.key).stat().st_size for source in scanned]
    assert table.summary == Dataset.open(shards).plan.photos


def test_its_digest_knows_every_column(photos):
    table = scan(photos).photos
    others = [
        table.take(np.arange(4)),
        table.take(np.array([1, 0, 2, 3, 4])),
        PhotoTable(table.keys, table.splits + 1, table.sizes),
        PhotoTable(table.keys, table.splits, table.sizes + 1),
    ]
    assert len({table.summary.digest, *(other.summary.digest for other in others)}) == 5
    assert table.take(np.arange(5)).summary == table.summary


def test_shards_cover_the_photos_of_each_split_in_order():
    photos = PhotoSet({"train": 5, "test": 2}, "")
    assert photos.shards(2) == {
        "train-00000-of-00003": range(2),
        "train-00001-of-00003": range(2, 4),
        "train-00002-of-00003": range(4, 5),
        "test-00000-of-00001": range(5, 7),
    }


@pytest.mark.skipif(sys.platform != "linux", reason="counts the threads of Linux")
def test_reading_it_starts_no_thread(shards):
    """Arrow's would still be letting go of the file when a command that ends with this has ended, and abort it."""
    code = f"""
import os
from degradekit.dataset.photos import PhotoTable
from degradekit.storage import Folder
before = set(os.listdir("/proc/self/task"))
PhotoTable.load(Folder.of({str(shards)!r}))
print(set(os.listdir("/proc/self/task")) <= before)
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "True\n"


def test_a_plan_pickles_small_however_many_shards_it_has(shards):
    """It goes along with every task."""
    plan = replace(Dataset.open(shards).plan, photos=PhotoSet({"train": 10**5}, "0" * 64))
    assert len(plan.shards) == 50_000
    data = pickle.dumps(plan)
    assert len(data) < 10_000
    assert pickle.loads(data).shards == plan.shards


def test_a_build_writes_it_again_where_it_is_missing(copy, photos, shards):
    (copy / PHOTOS).unlink()
    assert synthesize(photos, copy, RECIPE, OPTIONS, engine=IN_PROCESS).built_pairs == 0
    assert contents(copy) == contents(shards)


@pytest.mark.parametrize("damage", ["missing", "damaged", "another"])
def test_verify_and_export_notice_that_it_is_not_the_plans(damage, copy, photos, tmp_path):
    if damage == "missing":
        (copy / PHOTOS).unlink()
    elif damage == "damaged":
        (copy / PHOTOS).write_bytes(b"x")
    else:
        scan(photos / "coffee.png").photos.save(Folder.of(copy))
    (problem,) = verify(copy, sample=0, engine=IN_PROCESS).problems
    assert problem.startswith(f"{PHOTOS}: ")
    with pytest.raises(DatasetError, match=PHOTOS):
        export(copy, tmp_path / "out", "folder", engine=IN_PROCESS)
