"""Slices of a build, and `finalize`."""

import shutil
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from small_datasets import BICUBIC, IN_PROCESS, KEEPING, OPTIONS, RECIPE, Recorder, contents, degradekit, refused

from degradekit import DatasetError
from degradekit.dataset import Outcome, Report, finalize, synthesize, synthesize_slice, verify
from degradekit.storage import Folder
from degradekit_cli.progress import print_outcome


@pytest.mark.parametrize("first", [None, (0, 0)])
@pytest.mark.parametrize("format", KEEPING)
def test_what_comes_to_lie_beside_the_photos_meanwhile_changes_no_file(first, format, photos, tmp_path):
    """As the target does that lies there itself: a dataset that is built again stays without fault."""
    root, options = tmp_path / "photos", replace(OPTIONS, format=format)
    shutil.copytree(photos, root)
    synthesize(root, tmp_path / "whole", BICUBIC, options, engine=IN_PROCESS)
    if first is None:
        synthesize(root, root / "out", BICUBIC, options, engine=IN_PROCESS)
    else:
        synthesize_slice(root, root / "out", BICUBIC, options, engine=IN_PROCESS, shards=first)
    (root / "notes.txt").write_text("x")
    (root / ".hidden.png").write_text("x")
    synthesize(root, root / "out", BICUBIC, options, engine=IN_PROCESS)
    assert contents(root / "out") == contents(tmp_path / "whole")
    assert not verify(root / "out", engine=IN_PROCESS).problems


def test_a_slice_that_finds_another_just_beginning_does_not_refuse_it(photos, shards, tmp_path):
    (tmp_path / "shards" / "meta").mkdir(parents=True)
    (tmp_path / "shards" / "meta" / "plan.json.0123abcd.tmp").write_text("half")
    synthesize_slice(photos, tmp_path / "shards", RECIPE, OPTIONS, engine=IN_PROCESS, shards=(0, 0))
    synthesize(photos, tmp_path / "shards", RECIPE, OPTIONS, engine=IN_PROCESS)
    assert contents(tmp_path / "shards") == contents(shards)


@pytest.mark.parametrize("order", [[(0, 0), (1, 2)], [(2, 2), (0, 1)], [(1, 1), (2, 2), (0, 0)], [(0, 2), (1, 1)]])
def test_slices_in_any_order_are_the_dataset_of_one_go(order, photos, shards, tmp_path):
    target = tmp_path / "shards"
    for numbers in order:
        outcome = synthesize_slice(photos, target, RECIPE, OPTIONS, engine=IN_PROCESS, shards=numbers)
        assert not outcome.complete
        assert not (target / "README.md").exists()
    finalize(target)
    assert contents(target) == contents(shards)


def test_a_slice_reports_its_own_shards(folder, tmp_path):
    (folder / "b_bad.png").write_bytes(b"")
    outcome = synthesize_slice(folder, tmp_path / "shards", RECIPE, OPTIONS, engine=IN_PROCESS, shards=(0, 0))
    first = outcome.report
    assert (first.photos, len(first.skipped), first.shards) == (1, 1, 1)
    assert sum(first.pairs.values()) == outcome.built_pairs == 27
    again = synthesize_slice(folder, tmp_path / "shards", RECIPE, OPTIONS, engine=IN_PROCESS, shards=(0, 0))
    assert again.built_pairs == 0
    assert again.report == first


def test_slices_on_the_command_line(photos, shards, tmp_path):
    arguments = ["synth", photos, tmp_path / "shards", "--order", 2, "--tile", 96, "--step", 80, "--variants", 3]
    arguments += ["--seed", 5, "--shard-size", 2, "--workers", 0, "--slice"]
    for numbers in ("1-2", "0"):
        done = degradekit(*arguments, numbers)
        assert done.exit_code == 0, done.output
        assert done.output.endswith(f"when all slices are built, run: degradekit finalize {tmp_path / 'shards'}\n")
    assert "0 photos, 0 pairs, 0 bytes in 0 shards\n" in degradekit(*arguments, "7-9").output
    done = degradekit("finalize", tmp_path / "shards")
    assert done.exit_code == 0
    assert contents(tmp_path / "shards") == contents(shards)
    for numbers in ("3-", "a", "1,2", "-1"):
        done = degradekit(*arguments, numbers)
        assert (
            done.exit_code,
            f"must be the number of a shard or FIRST-LAST, as in 0-99 (got {numbers!r})" in done.stderr,
        ) == (2, True)


def test_the_command_that_closes_slices_can_be_pasted(shards, capsys):
    print_outcome(Outcome(Report.load(Folder.of(shards)), 0, 1.0, complete=False), "my shards")
    assert "run: degradekit finalize 'my shards'\n" in capsys.readouterr().out


def test_a_build_of_the_rest_closes_the_dataset_too(photos, shards, tmp_path):
    synthesize_slice(photos, tmp_path / "shards", RECIPE, OPTIONS, engine=IN_PROCESS, shards=(1, 1))
    assert synthesize(photos, tmp_path / "shards", RECIPE, OPTIONS, engine=IN_PROCESS).complete
    assert contents(tmp_path / "shards") == contents(shards)


def test_a_dataset_with_shards_missing_cannot_be_closed(photos, tmp_path):
    target = tmp_path / "shards"
    with pytest.raises(DatasetError, match="is not a degradekit dataset"):
        finalize(target)
    assert not target.exists()
    synthesize_slice(photos, target, RECIPE, OPTIONS, engine=IN_PROCESS, shards=(1, 1))
    message = "target: shards are missing, {} of 3, the first of them {}, whose index is {}; build their slices"
    with pytest.raises(DatasetError, match=message.format(2, "train-00000-of-00003", 0)):
        finalize(target)
    synthesize_slice(photos, target, RECIPE, OPTIONS, engine=IN_PROCESS, shards=(0, 0))
    with pytest.raises(DatasetError, match=message.format(1, "train-00002-of-00003", 2)):
        finalize(target)
    assert not (target / "README.md").exists()
    synthesize_slice(photos, target, RECIPE, OPTIONS, engine=IN_PROCESS, shards=(2, 2))
    file = target / "data" / "train-00001-of-00003.parquet"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(DatasetError, match=message.format(1, "train-00001-of-00003", 1)):
        finalize(target)


def test_slices_beyond_the_plan_build_what_there_is(photos, shards, tmp_path):
    """A job array has a fixed length."""
    recorder = Recorder()
    for numbers in ((1, 3), (4, 7), (0, 0)):
        synthesize_slice(photos, tmp_path / "s", RECIPE, OPTIONS, engine=IN_PROCESS, shards=numbers, progress=recorder)
    assert finalize(tmp_path / "s").shards == 3
    assert contents(tmp_path / "s") == contents(shards)
    assert "the plan has 3 shards, numbered from 0" in recorder.notes


@pytest.mark.parametrize("numbers", [(-1, 0), (2, 1)])
def test_slices_whose_ends_make_no_sense_are_refused(numbers, photos, tmp_path):
    message = rf"shards: must be FIRST-LAST, counted from 0 \(got {numbers[0]}-{numbers[1]}\)"
    refused(message, photos, tmp_path / "shards", RECIPE, OPTIONS, shards=numbers, build=synthesize_slice)
    assert not (tmp_path / "shards").exists()


def test_a_slice_cannot_overwrite(photos, shards, tmp_path):
    done = degradekit("synth", photos, shards, "--slice", 0, "--overwrite")
    assert done.exit_code == 2
    assert "--overwrite would delete what other slices have built" in done.stderr
    other = replace(OPTIONS, seed=6)
    shutil.copytree(shards, tmp_path / "shards")
    refused(
        "was built with a different plan, which differs in seed",
        photos,
        tmp_path / "shards",
        RECIPE,
        other,
        shards=(0, 0),
        build=synthesize_slice,
    )
    assert contents(tmp_path / "shards") == contents(shards)


def test_slices_are_built_at_once_and_a_whole_build_or_finalize_waits_for_them(photos, shards, tmp_path):
    target = tmp_path / "shards"
    tried = []

    def meanwhile() -> None:
        refused("another build is running there", photos, target, RECIPE, OPTIONS)
        with pytest.raises(DatasetError, match="another build is running there"):
            finalize(target)
        tried.append(synthesize_slice(photos, target, RECIPE, OPTIONS, engine=IN_PROCESS, shards=(0, 1)))

    synthesize_slice(photos, target, RECIPE, OPTIONS, engine=IN_PROCESS, shards=(2, 2), progress=Recorder(meanwhile))
    assert len(tried) == 1
    finalize(target)
    assert contents(target) == contents(shards)


def test_a_slice_waits_for_a_whole_build(photos, shards, tmp_path):
    target = tmp_path / "shards"

    def meanwhile() -> None:
        refused(
            "another build is running there", photos, target, RECIPE, OPTIONS, shards=(0, 0), build=synthesize_slice
        )

    synthesize(photos, target, RECIPE, OPTIONS, engine=IN_PROCESS, progress=Recorder(meanwhile))
    assert contents(target) == contents(shards)


def test_a_slice_leaves_the_unfinished_files_of_others_alone_and_finalize_sweeps(photos, shards, tmp_path):
    target = tmp_path / "shards"
    synthesize_slice(photos, target, RECIPE, OPTIONS, engine=IN_PROCESS, shards=(0, 1))
    unfinished = target / "data" / "train-00002-of-00003.parquet.0123abcd.tmp"
    unfinished.write_bytes(b"half")
    synthesize_slice(photos, target, RECIPE, OPTIONS, engine=IN_PROCESS, shards=(2, 2))
    assert unfinished.exists()
    finalize(target)
    assert contents(target) == contents(shards)
    assert pq.read_table(target / "data" / "train-00002-of-00003.parquet").num_rows == 3
