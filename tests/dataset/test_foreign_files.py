"""Files that are not the dataset's stay as they are: in a refused target, in a replaced dataset, in sources."""

from dataclasses import replace
from pathlib import Path

import pytest
from small_datasets import BICUBIC, IN_PROCESS, RECIPE, everything, refused

from degradekit.dataset import Options, synthesize

ONE = Options(tile=96, shard_size=9)
PRECIOUS = [
    "thesis.tmp",
    "sub/thesis.tmp",
    "data/notes.tmp",
    "data/train-best.0123abcd.tmp",
    "data/train-00000-of-00001.parquet.tmp",
    "data/train-00000-of-00001.parquet.0123ABCD.tmp",
    "data/train-00007-of-00009.parquet",
    "meta/shards/train-00007-of-00009.json",
    "meta/notes.json.0123abcd.tmp",
    "train/HR/mine_y0_x0.png",
    "train/HR/mine_0123456789_y0_x0.png",
    "train/meta_info.txt",
]
"""Files of other people, some with names as those of another dataset."""


def put(target: Path, names: list[str]) -> None:
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(f"precious {name}")


@pytest.mark.parametrize("name", [*PRECIOUS, "meta/plan.json", "README.md", "data/train-00000-of-00001.parquet"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_refused_target_stays_as_it_is(name, overwrite, photos, tmp_path):
    put(tmp_path / "home", [name])
    before = everything(tmp_path)
    refused("not a degradekit dataset|delete the folder", photos, tmp_path / "home", BICUBIC, ONE, overwrite=overwrite)
    assert everything(tmp_path) == before


@pytest.mark.parametrize("format", ["parquet", "folder"])
def test_files_of_others_outlive_a_build_a_resumed_one_and_an_overwriting_one(format, photos, tmp_path):
    target, options = tmp_path / "shards", replace(ONE, format=format)
    precious = [name for name in PRECIOUS if (format, name) != ("folder", "train/meta_info.txt")]
    for overwrite in (False, True):
        synthesize(photos, target, BICUBIC, options, engine=IN_PROCESS, overwrite=overwrite)
        put(target, precious)
    synthesize(photos, target, RECIPE, options, engine=IN_PROCESS, overwrite=True)
    assert [(target / name).read_text() for name in precious] == [f"precious {name}" for name in precious]


def test_a_file_of_others_that_a_new_dataset_would_replace_is_refused_before_anything_is_deleted(photos, tmp_path):
    synthesize(photos, tmp_path / "shards", BICUBIC, ONE, engine=IN_PROCESS)
    put(tmp_path / "shards", ["data/train-00001-of-00005.parquet"])
    before = everything(tmp_path)
    message = (
        "its data/train-00001-of-00005.parquet does not belong to the dataset there, and would be replaced; move it"
    )
    refused(message, photos, tmp_path / "shards", BICUBIC, replace(ONE, shard_size=1), overwrite=True)
    assert everything(tmp_path) == before


def test_another_plan_of_which_nothing_is_built_yet_is_kept_when_a_build_is_refused(photos, tmp_path):
    synthesize(photos, tmp_path / "shards", BICUBIC, ONE, engine=IN_PROCESS)
    for name in ["README.md", "data", "meta/report.json", "meta/skipped.jsonl", "meta/shards"]:
        path = tmp_path / "shards" / name
        for file in [path] if path.is_file() else path.iterdir():
            file.unlink()
    before = everything(tmp_path)
    refused("was built with a different plan", photos, tmp_path / "shards", RECIPE, ONE)
    assert everything(tmp_path) == before


def test_links_of_others_in_a_dataset_stay(photos, tmp_path):
    (tmp_path / "runs").mkdir()
    put(tmp_path / "runs", ["net.pth"])
    synthesize(photos, tmp_path / "shards", BICUBIC, ONE, engine=IN_PROCESS)
    (tmp_path / "shards" / "runs").symlink_to(tmp_path / "runs")
    (tmp_path / "shards" / "data" / "mine.parquet").symlink_to(tmp_path / "runs" / "net.pth")
    synthesize(photos, tmp_path / "shards", RECIPE, ONE, engine=IN_PROCESS, overwrite=True)
    assert (tmp_path / "shards" / "runs" / "net.pth").read_text() == "precious net.pth"
    assert (tmp_path / "shards" / "data" / "mine.parquet").is_symlink()


def test_sources_in_the_target_are_refused_and_nothing_is_lost(photos, tmp_path):
    target = tmp_path / "target"
    synthesize(photos, target, BICUBIC, ONE, engine=IN_PROCESS)
    (target / "more").mkdir()
    (target / "more" / "a.png").write_bytes((photos / "coffee.png").read_bytes())
    (tmp_path / "link").symlink_to(target)
    before = everything(tmp_path)
    for source in (target / "more", target, tmp_path / "link" / "more", target / "*" / "*.png"):
        refused("source: must not lie in the target", [photos, source], target, BICUBIC, ONE, overwrite=True)
    assert everything(tmp_path) == before


def test_a_target_in_a_source_is_not_scanned_through_a_link_either(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    options = replace(ONE, format="folder")
    synthesize(tmp_path / "link", folder / "out", BICUBIC, options, engine=IN_PROCESS)
    assert synthesize(tmp_path / "link", folder / "out", BICUBIC, options, engine=IN_PROCESS).built_pairs == 0


def test_two_photos_whose_pictures_would_have_one_name_are_refused_first(photos, tmp_path):
    """40 bits of a hash distinguish their keys, and these two have the same; some disks take two cases for one name."""
    for name in ("343306/Photo.png", "410161/photo.png"):
        (tmp_path / "photos" / name).parent.mkdir(parents=True)
        (tmp_path / "photos" / name).write_bytes((photos / "coffee.png").read_bytes())
    message = "two photos would have pictures of the same name, train/photo_cd5fcb544a; rename one"
    refused(message, tmp_path / "photos", tmp_path / "shards", BICUBIC, replace(ONE, format="folder"))
    assert not (tmp_path / "shards").exists()
