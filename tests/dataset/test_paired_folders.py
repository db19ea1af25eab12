"""The format `folder`, as trainers read it."""

import json
import re
import sys

import numpy as np
import pytest
from PIL import Image
from small_datasets import IN_PROCESS, KEEPING, RECIPE, degradekit, rows, rows_of

from degradekit.dataset import Options, synthesize, verify
from degradekit.picture_files import decode
from degradekit.presets import preset
from degradekit.wording import byte_size


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
    assert all(len(numbers) == 1 for numbers in inodes.values())
    assert {path.stat().st_nlink for path in (exported["folder"] / "train" / "LR").iterdir()} == {1}


@pytest.mark.parametrize("name", KEEPING)
def test_the_size_of_a_dataset_is_that_of_all_its_files_with_pictures(name, exported):
    """Names of one file, as those of a tile's variants are, count once."""
    folders = (exported[name] / folder for folder in ("data", "train/HR", "train/LR"))
    files = {path.stat().st_ino: path.stat().st_size for folder in folders for path in folder.glob("*")}
    total = sum(files.values())
    assert json.loads((exported[name] / "meta" / "report.json").read_text())["bytes"] == {"train": total}
    assert f"), {byte_size(total)} in 3 shards\n" in degradekit("finalize", exported[name]).output
    assert re.search(rf"^pairs +train 60 \({byte_size(total)}\)$", degradekit("inspect", exported[name]).output, re.M)


def test_meta_info_has_name_and_size_of_every_pair_in_order(exported):
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
    synthesize(source, tmp_path / "pairs", RECIPE, Options(tile=96, step=96, format="folder"), engine=IN_PROCESS)
    names = [path.name for path in (tmp_path / "pairs" / "train" / "HR").iterdir()]
    assert len(names) == 12
    for name in names:
        assert not name.startswith("-")
        assert name.count(".") == 1
        assert name.isascii()
        assert " " not in name
    assert verify(tmp_path / "pairs", sample=1.0, engine=IN_PROCESS).problems == ()


@pytest.mark.parametrize("side", [533, 1201])  # 400 / side is almost 0.75 and almost 1/3, but neither
def test_tiles_of_two_sizes_of_a_photo_never_get_one_name(side, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (side // 8, side // 8, 3), np.uint8)
    Image.fromarray(noise).resize((side, side)).save(tmp_path / "photo.png")
    options = Options(tile=200, step=200, multiscale=True, format="folder")
    bicubic = preset("bicubic", 4)
    report = synthesize(tmp_path / "photo.png", tmp_path / "pairs", bicubic, options, engine=IN_PROCESS).report
    assert len(list((tmp_path / "pairs" / "train" / "LR").iterdir())) == report.pairs["train"]
    assert verify(tmp_path / "pairs", sample=0, engine=IN_PROCESS).problems == ()


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
