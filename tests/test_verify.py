"""`verify` finds and names every kind of damage."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from degradekit import DatasetError, Degradation
from degradekit.dataset import export, verify
from degradekit.dataset.build import closing_files
from degradekit.dataset.formats import by_photo, find_format
from degradekit.dataset.manifest import load
from degradekit.dataset.plan import Plan
from degradekit.dataset.report import summarize
from degradekit.picture_files import decode, encode_png
from degradekit.storage import Folder
from degradekit_cli.main import main

SHARD = "train-00001-of-00003"
DATA = f"data/{SHARD}.parquet"
MANIFEST = f"meta/shards/{SHARD}.json"
PAIRS = 60


@pytest.fixture
def copy(shards, tmp_path) -> Path:
    shutil.copytree(shards, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture(scope="module")
def exported(shards, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("exported")
    for name in ("webdataset", "folder"):
        export(shards, folder / name, name, workers=0)
    return {"parquet": shards} | {name: folder / name for name in ("webdataset", "folder")}


def edit_json(path: Path, change: Callable[[dict], object]) -> None:
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def rewrite(target: Path, change: Callable[[list[dict]], object], forge: bool = False) -> None:
    """Change a shard's rows, and its manifest with them as a forger would: size and hash, with `forge` all of it."""
    table = pq.read_table(target / DATA)
    found = table.to_pylist()
    change(found)
    pq.write_table(pa.Table.from_pylist(found, schema=table.schema), target / DATA)
    data = (target / DATA).read_bytes()
    edit_json(target / MANIFEST, lambda m: m.update(bytes=len(data), sha256=hashlib.sha256(data).hexdigest()))
    if forge:
        edit_json(target / MANIFEST, lambda m: m.update(photos=_photos(target)))
        plan, folder = Plan.load(Folder.of(target)), Folder.of(target)
        manifests = [load(folder, name) for name in plan.shard_names]
        for name, text in closing_files(plan, summarize(manifests, plan.left_out, plan.format)).items():
            folder.write_text(name, text)


def _photos(target: Path) -> list[dict]:
    photos = []
    for key, tiles in by_photo(find_format("parquet").read(Folder.of(target), DATA)):
        digests = [row.digest() for tile in tiles for row in tile]
        photos.append({"key": key, "pairs": len(digests), "digest": hashlib.sha256(b"".join(digests)).hexdigest()})
    return photos


@pytest.mark.parametrize("name", ["parquet", "webdataset", "folder"])
def test_all_is_well_with_a_good_dataset_of_any_format(name, exported):
    found = verify(exported[name], sample=1.0, workers=0)
    assert (found.pairs, found.derived, found.problems) == (PAIRS, PAIRS, ())


def test_any_number_of_workers_finds_the_same(copy):
    rewrite(copy, lambda rows: rows[0].update(lr=rows[1]["lr"]))
    found = verify(copy, sample=0.3, workers=0)
    assert 0 < found.derived < PAIRS
    assert found.problems
    assert verify(copy, sample=0.3, workers=2) == found


@pytest.mark.parametrize("sample", [0.0, 1.0])
def test_the_sample_decides_how_many_lrs_are_made_again(sample, shards):
    assert verify(shards, sample=sample, workers=0).derived == sample * PAIRS


def test_progress_counts_photos(shards):
    started, done = [], []
    verify(shards, sample=0, workers=0, on_start=started.append, on_photos=done.append)
    assert started == [sum(done)] == [5]


# A file that is not what was written


def flip(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 0xFF
    path.write_bytes(data)


@pytest.mark.parametrize("offset", [100, 20_000, -300, -4])
def test_a_flipped_byte_anywhere_in_a_shard(offset, copy):
    flip(copy / DATA, offset)
    assert f"{DATA}: its SHA-256 is not the one in its manifest" in verify(copy, sample=0, workers=0).problems


@pytest.mark.parametrize("offset", [0, 150, 700, -200])
def test_a_flipped_byte_in_a_tar_even_in_a_header(offset, exported, tmp_path):
    shutil.copytree(exported["webdataset"], tmp_path / "copy")
    flip(tmp_path / "copy" / "data" / f"{SHARD}.tar", offset)
    problems = verify(tmp_path / "copy", sample=0, workers=0).problems
    assert f"data/{SHARD}.tar: its SHA-256 is not the one in its manifest" in problems


@pytest.mark.parametrize("part", ["HR", "LR"])
@pytest.mark.parametrize("damage", ["flipped", "deleted"])
def test_a_picture_of_a_folder(part, damage, exported, tmp_path):
    shutil.copytree(exported["folder"], tmp_path / "copy")
    picture = min((tmp_path / "copy" / "train" / part).glob("coffee*"))
    if damage == "flipped":
        flip(picture, 500)
        expected = "the rows of 'photos/coffee.png' are not those that were written"
    else:
        picture.unlink()
        expected = f"cannot be read: .*{picture.name}"
    problems = verify(tmp_path / "copy", sample=0, workers=0).problems
    assert problems
    assert all(re.match(rf"data/train-.*\.jsonl: .*{expected}", problem) for problem in problems)


def test_a_truncated_and_a_deleted_shard_and_a_deleted_manifest_each_by_name(copy):
    names = sorted(path.stem for path in (copy / "data").iterdir())
    truncated, deleted, unknown = (copy / "data" / f"{name}.parquet" for name in names)
    size = truncated.stat().st_size
    truncated.write_bytes(truncated.read_bytes()[:-1])
    deleted.unlink()
    (copy / "meta" / "shards" / f"{unknown.stem}.json").unlink()
    found = verify(copy, sample=1.0, workers=0)
    told = "is missing, or not as long as its manifest says"
    assert found.problems[0] == f"data/{truncated.name}: {told} ({size} bytes)"
    assert found.problems[1].startswith(f"data/{deleted.name}: {told}")
    assert found.problems[2] == f"data/{unknown.name}: has no manifest of this plan"
    assert (len(found.problems), found.pairs) == (3, 0)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}"])
def test_a_manifest_that_cannot_be_read(text, copy):
    (copy / MANIFEST).write_text(text)
    assert verify(copy, sample=0, workers=0).problems == (f"{DATA}: has no manifest of this plan",)


def test_a_manifest_of_another_dataset(copy):
    edit_json(copy / MANIFEST, lambda manifest: manifest.update(plan="0" * 64))
    assert verify(copy, sample=0, workers=0).problems == (f"{DATA}: has no manifest of this plan",)


# Rows that are not those that were written, in files whose hash says nothing


def test_an_lr_that_another_replaced(copy):
    rewrite(copy, lambda rows: rows[1].update(lr=rows[0]["lr"]))
    row = pq.read_table(copy / DATA).to_pylist()[1]
    found = verify(copy, sample=0, workers=0).problems
    assert found == (f"{DATA}: the rows of {row['key']!r} are not those that were written",)
    derived = set(verify(copy, sample=1.0, workers=0).problems) - set(found)
    assert len(derived) == 1
    assert f"{DATA}: {row['key']}@" in min(derived)
    assert min(derived).endswith("pixels of the LR come out otherwise")


def test_only_making_the_lr_again_finds_a_forger_who_fixes_all_hashes(copy):
    def brighten(found: list[dict]) -> None:
        pixels = decode(found[1]["lr"]["bytes"]).copy()
        pixels[3, 4] ^= 1
        found[1]["lr"]["bytes"] = encode_png(pixels)

    rewrite(copy, brighten, forge=True)
    assert verify(copy, sample=0, workers=0).problems == ()
    (problem,) = verify(copy, sample=1.0, workers=0).problems
    assert problem.endswith(", variant 1: 1 pixels of the LR come out otherwise")


def _other_seed(record: str) -> str:
    data = json.loads(record)
    step = next(step for step in data["steps"] if "seed" in step)
    step["seed"] += 1
    return Degradation.from_json(json.dumps(data)).to_json()


def _other_size(record: str) -> str:
    return json.dumps(json.loads(record) | {"size": [92, 96]}, separators=(",", ":"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_other_seed, r"\d+ pixels of the LR come out otherwise"),
        (_other_size, r"size: must be the one drawn for, 92 x 96 \(got 96 x 96\)"),
        (lambda record: record[:-1], r"record: must be JSON"),
        (lambda record: record.replace('"scale":4', '"scale":true'), r"scale: "),
    ],
)
def test_an_edited_record(change, told, copy):
    number = next(n for n, row in enumerate(pq.read_table(copy / DATA).to_pylist()) if '"seed"' in row["degradation"])
    rewrite(copy, lambda rows: rows[number].update(degradation=change(rows[number]["degradation"])))
    assert len(verify(copy, sample=0, workers=0).problems) == 1
    rewrite(copy, lambda _: None, forge=True)
    assert verify(copy, sample=0, workers=0).problems == ()
    (problem,) = verify(copy, sample=1.0, workers=0).problems
    assert re.match(rf"{DATA}: .*, variant \d: {told}", problem)


@pytest.mark.parametrize("change", ["last row gone", "first photo gone", "key", "variant", "tile"])
def test_rows_that_are_gone_or_tell_of_something_else(change, copy):
    def apply(found: list[dict]) -> None:
        if change == "last row gone":
            found.pop()
        elif change == "first photo gone":
            found[:] = [row for row in found if row["key"] != found[0]["key"]]
        elif change == "tile":
            found[0]["tile"]["x"] += 1
        else:
            found[0].update({"key": "photos/other.png"} if change == "key" else {"variant": 7})

    rewrite(copy, apply)
    problems = verify(copy, sample=0, workers=0).problems
    assert problems
    assert all(problem.startswith(f"{DATA}: the rows of ") for problem in problems)
    if change == "first photo gone":
        assert problems[0].endswith("are missing")


# What a dataset is closed with


@pytest.mark.parametrize("text", [None, "", "{}", "changed"])
@pytest.mark.parametrize("name", ["meta/report.json", "meta/skipped.jsonl", "README.md"])
def test_a_file_that_does_not_follow_from_the_shards(name, text, copy):
    if (name, text) in (("README.md", None), ("meta/skipped.jsonl", "")):
        return  # an unfinished dataset; and what is there already
    (copy / name).unlink() if text is None else (copy / name).write_text(text)
    problems = verify(copy, sample=0, workers=0).problems
    assert problems == (f"{name}: is not what follows from the plan and the shards' manifests",)


def test_a_manifest_that_contradicts_itself(copy):
    edit_json(copy / MANIFEST, lambda manifest: manifest.update(pairs=manifest["pairs"] + 1))
    assert verify(copy, sample=0, workers=0).problems == (f"{DATA}: its manifest contradicts itself",)


def test_a_machine_that_computes_otherwise_says_so_once_instead_of_calling_it_damage(copy, monkeypatch):
    monkeypatch.setattr("degradekit.dataset.engines.local.fingerprint", lambda: {"libraries": {}, "probe": "another"})
    found = verify(copy, sample=1.0, workers=0)
    assert (found.derived, found.problems) == (0, ())
    assert "no LR was made again" in found.note


def test_what_is_no_finished_dataset_is_refused(copy, tmp_path):
    with pytest.raises(DatasetError, match="no degradekit dataset"):
        verify(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="no degradekit dataset"):
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
    verify(copy, sample=0.1, workers=0)
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in copy.rglob("*") if path.is_file()} == before


def test_the_commands_exit_status_tells(copy):
    def run(*arguments: object):
        return CliRunner().invoke(main, ["verify", str(copy), "--workers", "0", *map(str, arguments)])

    good = run("--sample", 1)
    assert (good.exit_code, good.stdout, good.stderr) == (0, "60 pairs read, 60 LRs made again, 0 problems\n", "")
    flip(copy / DATA, 20_000)
    (copy / "meta" / "shards" / "train-00002-of-00003.json").unlink()
    bad = run()
    assert bad.exit_code == 1
    lines = bad.stderr.splitlines()
    assert len(lines) >= 2
    assert all(line.startswith("data/train-0000") for line in lines)
    assert bad.stdout.endswith(f" {len(lines)} problems\n")
    wrong = run("--sample", 2)
    assert wrong.exit_code == 1
    assert "sample: must lie in 0..1" in wrong.stderr
    (copy / "README.md").unlink()
    unfinished = run()
    assert (unfinished.exit_code, unfinished.stdout) == (1, "")
    assert unfinished.stderr.startswith("error: shards: the dataset is not finished")
