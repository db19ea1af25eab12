"""Some of the shards here, others there, and `finalize`."""

import shutil
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from building import OPTIONS, RECIPE, contents, degradekit, refused

from degradekit import DatasetError
from degradekit.dataset import finalize, synthesize


def test_a_slice_that_finds_another_just_beginning_does_not_refuse_it(photos, shards, tmp_path):
    (tmp_path / "shards" / "meta").mkdir(parents=True)
    (tmp_path / "shards" / "meta" / "plan.json.0123abcd.tmp").write_text("half")
    synthesize(photos, tmp_path / "shards", RECIPE, OPTIONS, workers=0, shards=(0, 0))
    synthesize(photos, tmp_path / "shards", RECIPE, OPTIONS, workers=0)
    assert contents(tmp_path / "shards") == contents(shards)


@pytest.mark.parametrize("order", [[(0, 0), (1, 2)], [(2, 2), (0, 1)], [(1, 1), (2, 2), (0, 0)], [(0, 2), (1, 1)]])
def test_slices_in_any_order_are_the_dataset_of_one_go(order, photos, shards, tmp_path):
    target = tmp_path / "shards"
    for numbers in order:
        report = synthesize(photos, target, RECIPE, OPTIONS, workers=0, shards=numbers)
        assert not report.complete
        assert not (target / "README.md").exists()
    report = finalize(target)
    assert report.complete
    assert contents(target) == contents(shards)


def test_a_slice_reports_its_own_shards(folder, tmp_path):
    (folder / "b_bad.png").write_bytes(b"")
    first = synthesize(folder, tmp_path / "shards", RECIPE, OPTIONS, workers=0, shards=(0, 0))
    assert (first.photos, len(first.skipped), first.shards) == (1, 1, 1)
    assert sum(first.pairs.values()) == first.built[0] == 27
    again = synthesize(folder, tmp_path / "shards", RECIPE, OPTIONS, workers=0, shards=(0, 0))
    assert again.built[0] == 0
    assert again.pairs == first.pairs


def test_slices_on_the_command_line(photos, shards, tmp_path):
    arguments = ["synth", photos, tmp_path / "shards", "--order", 2, "--tile", 96, "--step", 80, "--variants", 3]
    arguments += ["--seed", 5, "--shard-size", 2, "--workers", 0, "--shards"]
    for numbers in ("1-2", "0"):
        done = degradekit(*arguments, numbers)
        assert done.exit_code == 0, done.output
        assert done.output.endswith(f"when all shards are there: degradekit finalize {tmp_path / 'shards'}\n")
    done = degradekit("finalize", tmp_path / "shards")
    assert done.exit_code == 0
    assert contents(tmp_path / "shards") == contents(shards)
    for numbers in ("3-", "a", "1,2", "-1"):
        done = degradekit(*arguments, numbers)
        assert (done.exit_code, f"must be a number or FIRST-LAST (got {numbers!r})" in done.stderr) == (2, True)


def test_a_build_of_the_rest_closes_the_dataset_too(photos, shards, tmp_path):
    synthesize(photos, tmp_path / "shards", RECIPE, OPTIONS, workers=0, shards=(1, 1))
    report = synthesize(photos, tmp_path / "shards", RECIPE, OPTIONS, workers=0)
    assert report.complete
    assert contents(tmp_path / "shards") == contents(shards)


def test_a_dataset_with_shards_missing_cannot_be_closed(photos, tmp_path):
    target = tmp_path / "shards"
    with pytest.raises(DatasetError, match="no degradekit dataset"):
        finalize(target)
    assert not target.exists()
    synthesize(photos, target, RECIPE, OPTIONS, workers=0, shards=(1, 1))
    with pytest.raises(
        DatasetError, match=r"train-00000-of-00003 and 1 more of 3 shards are missing; build them, then"
    ):
        finalize(target)
    synthesize(photos, target, RECIPE, OPTIONS, workers=0, shards=(0, 0))
    with pytest.raises(DatasetError, match="target: train-00002-of-00003 of 3 shards"):
        finalize(target)
    assert not (target / "README.md").exists()
    synthesize(photos, target, RECIPE, OPTIONS, workers=0, shards=(2, 2))
    file = target / "data" / "train-00001-of-00003.parquet"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(DatasetError, match="target: train-00001-of-00003 of 3 shards"):
        finalize(target)


def test_slices_beyond_the_plan_build_what_there_is(photos, shards, tmp_path):
    """A job array has a fixed length."""
    notes = []
    for numbers in ((1, 3), (4, 7), (0, 0)):
        synthesize(photos, tmp_path / "s", RECIPE, OPTIONS, workers=0, shards=numbers, on_note=notes.append)
    assert finalize(tmp_path / "s").shards == 3
    assert contents(tmp_path / "s") == contents(shards)
    assert "the plan has 3 shards, numbered from 0" in notes


@pytest.mark.parametrize("numbers", [(-1, 0), (2, 1)])
def test_slices_that_are_none_are_refused(numbers, photos, tmp_path):
    message = rf"shards: must be FIRST-LAST, counted from 0 \(got {numbers[0]}-{numbers[1]}\)"
    refused(message, photos, tmp_path / "shards", RECIPE, OPTIONS, shards=numbers)
    assert not (tmp_path / "shards").exists()


def test_a_slice_cannot_overwrite(photos, shards, tmp_path):
    refused("overwrite: would delete what other slices", photos, shards, RECIPE, OPTIONS, shards=(0, 0), overwrite=True)
    other = replace(OPTIONS, seed=6)
    shutil.copytree(shards, tmp_path / "shards")
    refused("was built otherwise, its plan differs in seed", photos, tmp_path / "shards", RECIPE, other, shards=(0, 0))
    assert contents(tmp_path / "shards") == contents(shards)


def test_slices_are_built_at_once_and_a_whole_build_or_finalize_waits_for_them(photos, shards, tmp_path):
    target = tmp_path / "shards"
    tried = []

    def meanwhile(_: int) -> None:
        refused("another build is at work there", photos, target, RECIPE, OPTIONS)
        with pytest.raises(DatasetError, match="another build is at work there"):
            finalize(target)
        tried.append(synthesize(photos, target, RECIPE, OPTIONS, workers=0, shards=(0, 1)))

    synthesize(photos, target, RECIPE, OPTIONS, workers=0, shards=(2, 2), on_start=meanwhile)
    assert len(tried) == 1
    finalize(target)
    assert contents(target) == contents(shards)


def test_a_slice_waits_for_a_whole_build(photos, shards, tmp_path):
    target = tmp_path / "shards"

    def meanwhile(_: int) -> None:
        refused("another build is at work there", photos, target, RECIPE, OPTIONS, shards=(0, 0))

    synthesize(photos, target, RECIPE, OPTIONS, workers=0, on_start=meanwhile)
    assert contents(target) == contents(shards)


def test_a_slice_leaves_the_unfinished_files_of_others_alone_and_finalize_sweeps(photos, shards, tmp_path):
    target = tmp_path / "shards"
    synthesize(photos, target, RECIPE, OPTIONS, workers=0, shards=(0, 1))
    unfinished = target / "data" / "train-00002-of-00003.parquet.0123abcd.tmp"
    unfinished.write_bytes(b"half")
    synthesize(photos, target, RECIPE, OPTIONS, workers=0, shards=(2, 2))
    assert unfinished.exists()
    finalize(target)
    assert contents(target) == contents(shards)
    assert pq.read_table(target / "data" / "train-00002-of-00003.parquet").num_rows == 3
