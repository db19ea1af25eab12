"""Every output format holds the same pairs, as readers we did not write see them too."""

import gc
import io
import json
import shutil
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from building import OPTIONS, RECIPE, contents, rows
from PIL import Image

from degradekit import DatasetError, Recipe
from degradekit.dataset import Options, Pairs, export, synthesize, verify
from degradekit.dataset.formats import FORMATS, by_photo, find_format
from degradekit.dataset.plan import Plan
from degradekit.picture_files import decode
from degradekit.storage import Folder

KEEPING = [name for name in FORMATS if name != "null"]


def data_of(target: Path) -> dict[str, str]:
    return {name: sha256 for name, sha256 in contents(target).items() if name.startswith("data/")}


def rows_of(target: Path) -> list:
    folder = Folder.of(target)
    plan = Plan.load(folder)
    found = find_format(plan.format)
    return [row for name in plan.shard_names for row in found.read(folder, found.file(name))]


@pytest.fixture(scope="module")
def exported(shards, tmp_path_factory) -> dict[str, Path]:
    """The dataset in every format that keeps rows."""
    folder = tmp_path_factory.mktemp("exported")
    for name in KEEPING:
        export(shards, folder / name, name, workers=0)
    return {name: folder / name for name in KEEPING}


@pytest.mark.parametrize("name", KEEPING)
def test_export_and_back_gives_the_same_files(name, exported, shards, tmp_path):
    report = export(exported[name], tmp_path / "back", "parquet", workers=0)
    assert contents(tmp_path / "back") == contents(shards)
    assert report.digest == json.loads((exported[name] / "meta" / "report.json").read_text())["digest"]


@pytest.mark.parametrize("name", KEEPING)
def test_every_format_reads_back_the_same_rows(name, exported, shards):
    found = rows_of(exported[name])
    assert [row._asdict() | {"tile": row.tile._asdict()} for row in found] == [
        row | {"hr": row["hr"]["bytes"], "lr": row["lr"]["bytes"]} for row in rows(shards)
    ]


@pytest.mark.parametrize("name", KEEPING)
def test_facts_are_those_of_the_rows(name, exported):
    folder, found = Folder.of(exported[name]), find_format(name)
    for shard in Plan.load(folder).shard_names:
        facts = list(found.read_facts(folder, found.file(shard)))
        expected = [row.facts() for row in found.read(folder, found.file(shard))]
        assert [{key: each[key] for key in expected[0]} for each in facts] == expected


@pytest.mark.parametrize("name", KEEPING)
def test_building_in_a_format_gives_the_files_that_exporting_gives(name, exported, photos, tmp_path):
    """All of them, plan, report and card too; and so two builds give the same bytes."""
    synthesize(photos, tmp_path / "shards", RECIPE, OPTIONS, workers=0, format=name)
    assert contents(tmp_path / "shards") == contents(exported[name])


def test_formats_differ_in_the_plans_word_the_card_and_the_sizes_alone(exported):
    plans = {name: json.loads((exported[name] / "meta" / "plan.json").read_text()) for name in KEEPING}
    reports = {name: json.loads((exported[name] / "meta" / "report.json").read_text()) for name in KEEPING}
    cards = {name: (exported[name] / "README.md").read_text() for name in KEEPING}
    for name in KEEPING:
        assert plans[name].pop("shards") == reports[name].pop("format") == name
        assert list(reports[name].pop("bytes")) == ["train"]
        assert len(plans[name].pop("hash")) == 64
        assert plans[name] == plans["parquet"]
        assert reports[name] == reports["parquet"]
        assert ("data_files:" in cards[name]) == (name == "parquet")
        assert reports[name]["digest"] in cards[name]


def test_workers_change_no_byte_of_an_export(exported, shards, tmp_path):
    export(shards, tmp_path / "folder", "folder", workers=2)
    assert contents(tmp_path / "folder") == contents(exported["folder"])


def test_an_export_that_was_interrupted_goes_on(exported, shards, tmp_path):
    target = tmp_path / "tars"
    export(shards, target, "webdataset", workers=0)
    (target / "README.md").unlink()
    (target / "meta" / "shards" / "train-00001-of-00003.json").unlink()
    (target / "data" / "train-00002-of-00003.tar").write_bytes(b"half")
    report = export(shards, target, "webdataset", workers=0)
    assert 0 < report.built[0] < sum(report.pairs.values())
    assert contents(target) == contents(exported["webdataset"])


@pytest.mark.parametrize("name", KEEPING)
def test_photos_without_a_single_tile_do_not_change_the_digest(name, photos, tmp_path):
    source = tmp_path / "photos"
    source.mkdir()
    for number, photo in enumerate(["gray", "astronaut.png", "gray", "coffee.png", "gray"]):
        image = Image.new("RGB", (96, 96), "gray") if photo == "gray" else Image.open(photos / photo)
        image.save(source / f"{number}.png")
    options = Options(tile=96, min_detail=1.0, shard_size=4)
    built = synthesize(source, tmp_path / "built", RECIPE, options, workers=0, format=name)
    assert built.photos == 5
    report = export(tmp_path / "built", tmp_path / "exported", "parquet", workers=0)
    assert (report.digest, report.photos, report.counts) == (built.digest, built.photos, built.counts)


def test_an_export_onto_itself_is_refused_and_deletes_nothing(shards, tmp_path):
    outer = tmp_path / "outer"
    shutil.copytree(shards, outer)
    shutil.copytree(shards, outer / "inner")
    before = contents(outer)
    for source, target in ((outer, outer), (outer, outer / "data" / ".."), (outer / "inner", outer)):
        with pytest.raises(DatasetError, match="target: must not be the dataset itself"):
            export(source, target, "webdataset", workers=0, overwrite=True)
    assert contents(outer) == before


def test_an_export_refuses_rows_that_are_not_those_that_were_written(exported, tmp_path):
    damaged = tmp_path / "damaged"
    shutil.copytree(exported["folder"], damaged)
    first, second, *_ = sorted((damaged / "train" / "LR").iterdir())
    first.write_bytes(second.read_bytes())
    with pytest.raises(DatasetError, match=r"the rows of 'photos/astronaut.png' are not those that were written"):
        export(damaged, tmp_path / "out", "parquet", workers=0)


# webdataset


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


# folder


def test_folder_pairs_are_flat_files_of_one_name(exported, shards):
    hr, lr = ({path.name: path for path in (exported["folder"] / "train" / part).iterdir()} for part in ("HR", "LR"))
    assert hr.keys() == lr.keys()
    assert len(hr) == len(rows(shards))
    for name in hr:
        assert not set(name) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
        assert hr[name].is_file()
        assert lr[name].is_file()


def test_the_variants_of_a_tile_share_one_hr_file(exported):
    inodes: dict[str, set[int]] = {}
    for path in (exported["folder"] / "train" / "HR").iterdir():
        assert path.stat().st_nlink == 3
        inodes.setdefault(path.stem.rpartition("_v")[0], set()).add(path.stat().st_ino)
    assert len(inodes) == 20
    assert all(len(found) == 1 for found in inodes.values())
    assert {path.stat().st_nlink for path in (exported["folder"] / "train" / "LR").iterdir()} == {1}


def test_meta_info_tells_name_and_size_of_every_pair_in_order(exported):
    target = exported["folder"]
    lines = (target / "train" / "meta_info.txt").read_text().splitlines()
    listed = [
        json.loads(line) for file in sorted((target / "data").iterdir()) for line in file.read_text().splitlines()
    ]
    assert len(lines) == len(listed) == 60
    for line, facts in zip(lines, listed, strict=True):
        height, width, _ = decode((target / "train" / "HR" / facts["name"]).read_bytes()).shape
        assert line == f"{facts['name']} ({height},{width},3)"


def test_names_that_shells_and_loaders_stumble_over_are_tamed(photos, tmp_path):
    source = tmp_path / "photos"
    for name in ("a b (1).png", "a b [1].png", "-x.png", "x..y.png", "\N{CAT FACE}.png", "sub/a b (1).png"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((photos / "coffee.png").read_bytes())
    synthesize(source, tmp_path / "pairs", RECIPE, Options(tile=96, step=96), workers=0, format="folder")
    names = [path.name for path in (tmp_path / "pairs" / "train" / "HR").iterdir()]
    assert len(names) == 12
    for name in names:
        assert not name.startswith("-")
        assert name.count(".") == 1
        assert name.isascii()
        assert " " not in name
    assert verify(tmp_path / "pairs", sample=1.0, workers=0).problems == ()


@pytest.mark.parametrize("side", [533, 1201])  # 400 / side is almost 0.75 and almost 1/3, but neither
def test_tiles_of_two_sizes_of_a_photo_never_get_one_name(side, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (side // 8, side // 8, 3), np.uint8)
    Image.fromarray(noise).resize((side, side)).save(tmp_path / "photo.png")
    options = Options(tile=200, step=200, multiscale=True)
    bicubic = Recipe.preset("bicubic", 4)
    report = synthesize(tmp_path / "photo.png", tmp_path / "pairs", bicubic, options, workers=0, format="folder")
    assert len(list((tmp_path / "pairs" / "train" / "LR").iterdir())) == report.pairs["train"]
    assert verify(tmp_path / "pairs", sample=0, workers=0).problems == ()


def test_basicsr_trains_from_the_folder(exported, monkeypatch):
    _stand_in_for_torchvision(monkeypatch)
    pytest.importorskip("basicsr", reason="basicsr is not installed, so its dataset cannot be tried")
    from basicsr.data.paired_image_dataset import PairedImageDataset

    train = exported["folder"] / "train"
    opened = PairedImageDataset(
        {
            "dataroot_gt": str(train / "HR"),
            "dataroot_lq": str(train / "LR"),
            "meta_info_file": str(train / "meta_info.txt"),
            "io_backend": {"type": "disk"},
            "scale": 4,
            "phase": "val",
        }
    )
    assert len(opened) == 60
    for pair, row in zip(opened, rows_of(exported["folder"]), strict=True):
        assert pair["gt"].shape == (3, 96, 96)
        assert pair["lq"].shape == (3, 24, 24)
        for part, data in (("gt", row.hr), ("lq", row.lr)):
            pixels = (pair[part].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
            np.testing.assert_array_equal(pixels, decode(data))


def _stand_in_for_torchvision(monkeypatch) -> None:
    """What benchmarks/peer_basicsr.py does, undone after the test."""
    import importlib.util
    import types

    if importlib.util.find_spec("torchvision"):
        return

    class Anything(types.ModuleType):
        def __getattr__(self, name: str) -> object:
            if name.startswith("__"):
                raise AttributeError(name)
            return object

    names = "transforms transforms.functional transforms.functional_tensor models models.vgg utils ops"
    for name in ["torchvision", *(f"torchvision.{name}" for name in names.split())]:
        monkeypatch.setitem(sys.modules, name, Anything(name))


def test_the_imagefolder_loader_of_datasets_opens_the_pictures(exported, tmp_path):
    import datasets

    opened = datasets.load_dataset(
        "imagefolder", data_dir=str(exported["folder"] / "train" / "HR"), split="train", cache_dir=str(tmp_path)
    )
    assert len(opened) == 60
    assert {picture.size for picture in opened["image"]} == {(96, 96)}


# null


def test_null_keeps_no_rows_but_counts_them(photos, shards, tmp_path):
    target = tmp_path / "null"
    report = synthesize(photos, target, RECIPE, OPTIONS, workers=0, format="null")
    kept = json.loads((shards / "meta" / "report.json").read_text())
    assert (report.pairs, report.digest) == ({"train": 60}, kept["digest"])
    assert {path.stat().st_size for path in (target / "data").iterdir()} == {0}
    for read in (verify, Pairs, lambda place: export(place, tmp_path / "out", "parquet")):
        with pytest.raises(DatasetError, match="the format null keeps no rows"):
            read(target)
    assert not (tmp_path / "out").exists()


def test_an_unknown_format_is_refused_and_nothing_is_written(photos, shards, tmp_path):
    message = r"format: unknown \(got 'zip'\); known: parquet, webdataset, folder, null"
    with pytest.raises(DatasetError, match=message):
        synthesize(photos, tmp_path / "out", RECIPE, OPTIONS, workers=0, format="zip")
    with pytest.raises(DatasetError, match=message):
        export(shards, tmp_path / "out", "zip", workers=0)
    assert not (tmp_path / "out").exists()


def test_rows_are_grouped_by_photo_and_tile(exported):
    found = rows_of(exported["parquet"])
    groups = [(key, [len(tile) for tile in tiles]) for key, tiles in by_photo(iter(found))]
    assert [key for key, _ in groups] == sorted({row.key for row in found})
    assert all(set(counts) == {3} for _, counts in groups)
