"""`verify` notices and names every kind of damage to files."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_datasets import IN_PROCESS, edit_json, forge_rows

from degradekit import DatasetError
from degradekit.dataset import LocalEngine, verify
from degradekit.dataset.plan import Fingerprint
from degradekit_cli.main import main

SHARD = "train-00001-of-00003"
DATA = f"data/{SHARD}.parquet"
MANIFEST = f"meta/shards/{SHARD}.json"
PAIRS = 60


@pytest.mark.parametrize("name", ["parquet", "webdataset", "folder"])
def test_all_is_well_with_a_good_dataset_of_any_format(name, exported):
    verification = verify(exported[name], sample=1.0, engine=IN_PROCESS)
    assert (verification.pairs, verification.derived, verification.problems) == (PAIRS, PAIRS, ())


def test_a_snapshot_in_the_cache_of_the_hub_whose_files_are_links_is_read(copy, tmp_path):
    snapshot, blobs = tmp_path / "datasets--a--b" / "snapshots" / "0123", tmp_path / "datasets--a--b" / "blobs"
    shutil.move(copy, snapshot)
    blobs.mkdir()
    for index, path in enumerate(sorted(path for path in snapshot.rglob("*") if path.is_file())):
        path.rename(blobs / str(index))
        path.symlink_to(blobs / str(index))
    assert verify(snapshot, sample=0, engine=IN_PROCESS).problems == ()
    blobs.rename(tmp_path / "blobs")
    blobs.symlink_to(tmp_path / "blobs")
    with pytest.raises(DatasetError, match="must lie in the dataset's folder, and a link leads out of it"):
        verify(snapshot, sample=0, engine=IN_PROCESS)


def test_any_number_of_workers_finds_the_same(copy):
    forge_rows(copy, SHARD, lambda rows: rows[0].update(lr=rows[1]["lr"]))
    verification = verify(copy, sample=0.3, engine=IN_PROCESS)
    assert 0 < verification.derived < PAIRS
    assert verification.problems
    assert verify(copy, sample=0.3, engine=LocalEngine(workers=2)) == verification


@pytest.mark.parametrize("sample", [0.0, 1.0])
def test_the_sample_decides_how_many_lrs_are_made_again(sample, shards):
    assert verify(shards, sample=sample, engine=IN_PROCESS).derived == sample * PAIRS


def flip(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 0xFF
    path.write_bytes(data)


@pytest.mark.parametrize("offset", [100, 20_000, -300, -4])
def test_a_flipped_byte_anywhere_in_a_shard(offset, copy):
    flip(copy / DATA, offset)
    assert f"{DATA}: its SHA-256 is not the one in its manifest" in verify(copy, sample=0, engine=IN_PROCESS).problems


@pytest.mark.parametrize("offset", [0, 150, 700, -200])
def test_a_flipped_byte_in_a_tar_even_in_a_header(offset, exported, tmp_path):
    shutil.copytree(exported["webdataset"], tmp_path / "copy")
    flip(tmp_path / "copy" / "data" / f"{SHARD}.tar", offset)
    problems = verify(tmp_path / "copy", sample=0, engine=IN_PROCESS).problems
    assert f"data/{SHARD}.tar: its SHA-256 is not the one in its manifest" in problems


@pytest.mark.parametrize("part", ["HR", "LR"])
@pytest.mark.parametrize("damage", ["flipped", "deleted"])
def test_a_picture_of_a_folder(part, damage, exported, tmp_path):
    shutil.copytree(exported["folder"], tmp_path / "copy")
    picture = min((tmp_path / "copy" / "train" / part).glob("coffee*"))
    if damage == "flipped":
        flip(picture, 500)
        expected = "(the rows of 'photos/coffee.png' are not those that were written|photos/coffee.png@.*, variant .: )"
    else:
        picture.unlink()
        expected = f"cannot be read: .*{picture.name}"
    problems = verify(tmp_path / "copy", sample=0, engine=IN_PROCESS).problems
    assert problems
    assert all(re.match(rf"data/train-.*\.jsonl: .*{expected}", problem) for problem in problems)


def test_a_truncated_and_a_deleted_shard_and_a_deleted_manifest_each_by_name(copy):
    names = sorted(path.stem for path in (copy / "data").iterdir())
    truncated, deleted, unknown = (copy / "data" / f"{name}.parquet" for name in names)
    size = truncated.stat().st_size
    truncated.write_bytes(truncated.read_bytes()[:-1])
    deleted.unlink()
    (copy / "meta" / "shards" / f"{unknown.stem}.json").unlink()
    verification = verify(copy, sample=1.0, engine=IN_PROCESS)
    missing = "is missing, or does not have the"
    assert verification.problems[0] == f"data/{truncated.name}: {missing} {size:,} bytes of its manifest"
    assert verification.problems[1].startswith(f"data/{deleted.name}: {missing} ")
    assert verification.problems[2] == f"meta/shards/{unknown.stem}.json: is missing"
    assert (len(verification.problems), verification.pairs) == (3, 0)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "must be JSON (.*)"),
        ("{", "must be JSON (.*)"),
        ("[]", r"must be a mapping \(got \[\]\)"),
        ("{}", "plan: must be given"),
    ],
)
def test_a_manifest_that_cannot_be_read(text, rule, copy):
    (copy / MANIFEST).write_text(text)
    (problem,) = verify(copy, sample=0, engine=IN_PROCESS).problems
    assert re.fullmatch(f"{MANIFEST}: is damaged: {rule}", problem)


def test_a_manifest_of_another_dataset(copy):
    edit_json(copy / MANIFEST, lambda manifest: manifest.update(plan="0" * 64))
    assert verify(copy, sample=0, engine=IN_PROCESS).problems == (f"{MANIFEST}: belongs to another plan",)


@pytest.mark.parametrize("text", [None, "", "{}", "changed"])
@pytest.mark.parametrize("name", ["meta/report.json", "meta/skipped.jsonl", "README.md"])
def test_a_file_that_does_not_follow_from_the_shards(name, text, copy):
    if (name, text) in (("README.md", None), ("meta/skipped.jsonl", "")):
        return  # an unfinished dataset; and what is there already
    (copy / name).unlink() if text is None else (copy / name).write_text(text)
    problems = verify(copy, sample=0, engine=IN_PROCESS).problems
    assert problems == (f"{name}: is not what follows from the plan and the shards' manifests",)


def test_a_manifest_that_contradicts_itself(copy):
    edit_json(copy / MANIFEST, lambda manifest: manifest.update(pairs=manifest["pairs"] + 1))
    (problem,) = verify(copy, sample=0, engine=IN_PROCESS).problems
    assert problem.startswith(f"{MANIFEST}: is damaged: pairs: must be the sum of those of its photos (got ")


@pytest.mark.parametrize("more", [1, 2**16 - 1, 2**16, 2**20])
@pytest.mark.parametrize("file", ["README.md", "meta/report.json", "meta/skipped.jsonl"])
def test_a_file_with_more_in_it_than_follows_from_the_plan_is_named(file, more, copy):
    """However much that is, as where somebody has gone on with the card."""
    with (copy / file).open("a") as card:
        card.write("x" * more)
    (problem,) = verify(copy, sample=0, engine=IN_PROCESS).problems
    assert problem == f"{file}: is not what follows from the plan and the shards' manifests"


def test_a_machine_that_computes_otherwise_says_so_once_instead_of_calling_it_damage(copy, monkeypatch):
    monkeypatch.setattr("degradekit.dataset.engines.local.fingerprint", lambda _: Fingerprint({}, "another"))
    verification = verify(copy, sample=1.0, engine=IN_PROCESS)
    assert (verification.derived, verification.problems) == (0, ())
    assert "no LR was made again" in verification.note
    assert verify(copy, sample=0, engine=IN_PROCESS).note == ""


def test_what_is_no_finished_dataset_is_refused(copy, tmp_path):
    with pytest.raises(DatasetError, match="is not a degradekit dataset"):
        verify(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="is not a degradekit dataset"):
        verify(tmp_path)
    edit_json(copy / "meta" / "plan.json", lambda plan: plan["options"].update(seed=6))
    with pytest.raises(DatasetError, match=r"meta/plan.json is damaged"):
        verify(copy)


def test_an_unfinished_dataset_is_refused(copy):
    (copy / "README.md").unlink()
    with pytest.raises(DatasetError, match="the dataset is not finished; finish its build first"):
        verify(copy)


def test_verify_writes_nothing(copy):
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in copy.rglob("*") if path.is_file()}
    verify(copy, sample=0.1, engine=IN_PROCESS)
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in copy.rglob("*") if path.is_file()} == before


def test_the_commands_exit_status_is_1_for_problems(copy):
    def run(*arguments: object):
        return CliRunner().invoke(main, ["verify", str(copy), "--workers", "0", *map(str, arguments)])

    good = run("--sample", 1)
    assert (good.exit_code, good.stdout, good.stderr) == (0, "60 pairs read, 60 LRs made again, 0 problems\n", "")
    flip(copy / DATA, 20_000)
    (copy / "meta" / "shards" / "train-00002-of-00003.json").unlink()
    bad = run()
    assert bad.exit_code == 1
    *lines, cure = bad.stderr.splitlines()
    assert len(lines) >= 2
    assert all(line.startswith(("data/train-0000", "meta/shards/train-00002")) for line in lines)
    assert cure == f"to repair the dataset, delete {copy}/{DATA}, then run the command that built it again"
    assert bad.stdout.endswith(f" {len(lines)} problems\n")
    wrong = run("--sample", 2)
    assert wrong.exit_code == 1
    assert "sample: must be between 0 and 1" in wrong.stderr
    (copy / "README.md").unlink()
    unfinished = run()
    assert (unfinished.exit_code, unfinished.stdout) == (1, "")
    assert unfinished.stderr.startswith("error: shards: the dataset is not finished")
