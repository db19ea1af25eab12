"""Own pairs as a source of patches: folders, lists, and what is refused before the first iteration."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from degradekit_models.loading import Batches, load_patches
from degradekit_models.own_pairs import OwnPairs
from degradekit_models.patches import Patches
from own_pairs import pixel_pair, write_pairs
from PIL import Image
from small_datasets import IN_PROCESS

from degradekit import DegradekitError
from degradekit.dataset import Pairs, export
from degradekit.rng import stream


def digest(text: object) -> str:
    return OwnPairs(str(text)).digest


def test_the_hr_is_the_target_as_it_is(tmp_path):
    patches = Patches([], 32, seed=0, pairs=[write_pairs(tmp_path, 3)])
    assert (len(patches), patches.scale, patches.notes) == (3, 4, [])
    assert str(patches) == f"3 pairs of {tmp_path}"
    for index in range(12):
        patch = patches[index]
        assert torch.equal(patch["hr"][50:-50:4, 50:-50:4], patch["lr"])
        assert not patch["sharpening"].any()


@pytest.mark.parametrize("separator", ["\t", ",", ", ", " "])
def test_a_list_names_pairs_from_its_own_folder(separator, tmp_path):
    write_pairs(tmp_path, 2)
    lines = [f"HR/{index}.png{separator}{path}LR/{index}.png" for index, path in ((1, ""), (0, f"{tmp_path}/"))]
    (tmp_path / "list.txt").write_text("\n".join(["# mine", *lines, "", lines[0]]) + "\n")
    pairs = OwnPairs(str(tmp_path / "list.txt"))
    lrs = [pairs.pair(index, stream(0)).lr.tobytes() for index in range(3)]
    assert lrs == [pixel_pair(index)[1].tobytes() for index in (1, 0, 1)]


def test_names_with_spaces_are_separated_by_tabs_or_commas(tmp_path):
    (write_pairs(tmp_path / "pairs", 1) / "HR" / "0.png").rename(tmp_path / "my photo.png")
    for separator in "\t,":
        (tmp_path / "list.txt").write_text(f"my photo.png{separator}pairs/LR/0.png")
        assert len(OwnPairs(str(tmp_path / "list.txt"))) == 1


def test_two_folders_may_have_any_names(tmp_path):
    write_pairs(tmp_path, 2)
    (tmp_path / "HR").rename(tmp_path / "sharp")
    (tmp_path / "LR").rename(tmp_path / "blurred")
    assert len(OwnPairs(f"{tmp_path}/sharp,{tmp_path}/blurred")) == 2
    with pytest.raises(
        DegradekitError, match=r"^pairs: every HR must be a multiple of its LR; .*/0.png has 24 x 24, and"
    ):
        OwnPairs(f"{tmp_path}/blurred,{tmp_path}/sharp")


def test_what_is_left_out_is_noted(tmp_path):
    (write_pairs(tmp_path, 3) / "LR" / "1.png").unlink()
    patches = Patches([], 32, seed=0, pairs=[tmp_path])
    assert patches.notes == [f"{tmp_path}: left out 1: HRs without an LR of the same name (1.png)"]
    assert len(patches) == 2


def test_pictures_of_any_kind_are_read_as_everywhere(tmp_path):
    """The pictures are 16-bit gray, turned by EXIF, and JPEG; docs/photos.md has the rules."""
    hr, lr = pixel_pair(3)
    (write_pairs(tmp_path, 1) / "HR" / "0.png").unlink()
    gray = Image.fromarray(hr[..., 0].astype(np.uint16) * 257)
    gray.save(tmp_path / "HR" / "0.tiff")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(lr)).save(tmp_path / "LR" / "0.png", exif=exif)
    pair = OwnPairs(str(tmp_path)).pair(0, stream(0))
    np.testing.assert_array_equal(pair.hr, hr[..., :1].repeat(3, axis=2))
    np.testing.assert_array_equal(pair.lr, lr)


def test_pairs_are_known_by_their_content(tmp_path):
    """The digest is the same after moving, renaming and listing the files, and changes with their pixels."""
    first = write_pairs(tmp_path / "a", 3)
    moved = shutil.copytree(first, tmp_path / "b" / "DIV2K_train_HR").parent
    (moved / "DIV2K_train_HR").rename(moved / "c")
    (moved / "c" / "LR").rename(moved / "c" / "LR_bicubic")
    os.utime(moved / "c" / "HR" / "0.png", (0, 0))
    (tmp_path / "list.txt").write_text("".join(f"a/HR/{index}.png a/LR/{index}.png\n" for index in range(3)))
    assert digest(first) == digest(moved / "c") == digest(tmp_path / "list.txt")
    (tmp_path / "list.txt").write_text("".join(f"a/HR/{index}.png a/LR/{index}.png\n" for index in (1, 0, 2)))
    assert digest(first) != digest(tmp_path / "list.txt")
    pixels, path, states = pixel_pair(0)[0], first / "HR" / "0.png", []
    for value in (0, 1):
        pixels[48, 48] = value  # in the middle of a file that is stored without compression
        Image.fromarray(pixels).save(path, compress_level=0)
        states.append((path.stat().st_size, digest(first)))
    assert states[0][0] == states[1][0] > 3 * 8192
    assert states[0][1] != states[1][1]


def broken(folder: Path, name: str) -> Path:
    """Return the text for pairs with a fault."""
    if name == "truncated":
        path = folder / "HR" / "1.png"
        path.write_bytes(path.read_bytes()[:-30])
    if name == "text":
        (folder / "HR" / "1.png").write_text("no picture")
    if name == "cropped":
        Image.fromarray(pixel_pair(1)[0][:-1]).save(folder / "HR" / "1.png")
    if name == "x2":
        Image.fromarray(pixel_pair(1)[0][::2, ::2]).save(folder / "HR" / "1.png")
    if name == "small":
        write_pairs(folder, 1, lr_side=7)
    if name == "no LR":
        shutil.rmtree(folder / "LR")
    if name == "odd line":
        (folder / "list.txt").write_text("HR/0.png LR/0.png\nHR/0.png (96,96,3)\n")
        return folder / "list.txt"
    if name == "missing":
        (folder / "list.txt").write_text("HR/0.png LR/none.png\n")
        return folder / "list.txt"
    if name == "empty":
        (folder / "list.txt").touch()
        return folder / "list.txt"
    if name == "picture":
        return folder / "HR" / "0.png"
    return folder / "nowhere" if name == "nowhere" else folder


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("truncated", r"^pairs: .*/HR/1.png: cannot be read \(cannot be decoded: .*truncated.*\)$"),
        ("text", r"^pairs: .*/HR/1.png: cannot be read \(not an image\)$"),
        (
            "cropped",
            r"^pairs: every HR must be 4 times its LR, as in .*; .*HR/1.png has 100 x 95, and .*LR/1.png has 25 x 24",
        ),
        ("x2", r"^pairs: every HR must be 4 times its LR, as in .*; .*HR/1.png has 50 x 48"),
        ("small", r"^patch: must be at most the side of every HR; .*HR/0.png has 28 x 28 \(got 32\)$"),
        (
            "no LR",
            r"^pairs: must have an LR for each HR, and has HRs only; name both folders, as in",
        ),
        ("odd line", r"^pairs: .*list.txt, line 2: must have the paths of an HR and its LR on each line"),
        ("missing", r"^pairs: .*LR/none.png: cannot be read \(No such file or directory\)$"),
        ("empty", r"^pairs: must have at least one pair \(got '.*list.txt'\)$"),
        ("picture", r"^pairs: must be a folder with pairs, .* and is a picture \(got"),
        (
            "nowhere",
            r"^pairs: must be a folder with pairs, two folders .*; there is none of this name \(got '.*where'\)$",
        ),
    ],
)
def test_each_mistake_is_refused_before_the_first_iteration(name, message, tmp_path):
    text = broken(write_pairs(tmp_path, 2), name)
    with pytest.raises(DegradekitError, match=message):
        Patches([], 32, seed=0, pairs=[text])


def test_all_data_has_one_scale(training_shards, tmp_path):
    own = write_pairs(tmp_path / "x2", 2, scale=2, lr_side=48)
    with pytest.raises(DegradekitError, match=r"^pairs: every HR must be 4 times its LR, as in the other data; "):
        Patches([training_shards], 32, seed=0, pairs=[own])
    with pytest.raises(DegradekitError, match=r"^pairs: every HR must be 2 times its LR, as in the other data; "):
        Patches([], 32, seed=0, pairs=[own, write_pairs(tmp_path / "x4", 2)])
    with pytest.raises(DegradekitError, match=r"^shards: must have at least one dataset, or pairs at least one source"):
        Patches([], 32, seed=0)


def test_a_url_is_refused():
    with pytest.raises(DegradekitError, match=r"^pairs: must be .*, on this machine \(got 's3://bucket/pairs'\)$"):
        OwnPairs("s3://bucket/pairs")


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_change_no_patch_of_a_mixture(workers, training_shards, tmp_path):
    patches = Patches([training_shards], 32, seed=1, pairs=[write_pairs(tmp_path, 3)], data_weights=[2, 1])
    alone, shared = (list(load_patches(patches, Batches(0, 3, 4), count, pin=False)) for count in (0, workers))
    assert all(torch.equal(one[name], other[name]) for one, other in zip(alone, shared, strict=True) for name in one)


def test_a_picture_that_is_damaged_during_the_run_is_named(tmp_path):
    patches = Patches([], 32, seed=0, pairs=[write_pairs(tmp_path, 1)])
    shutil.copy(tmp_path / "LR" / "0.png", tmp_path / "HR" / "0.png")
    with pytest.raises(DegradekitError, match=r"^pairs: .*HR/0.png and .*LR/0.png have other sizes than when the run"):
        patches[0]
    (tmp_path / "HR" / "0.png").write_bytes(b"")
    with pytest.raises(DegradekitError, match=r"^pairs: .*HR/0.png: cannot be read \(empty file\)"):
        patches[0]


def test_an_exported_dataset_is_a_folder_of_pairs(training_shards, tmp_path):
    export(training_shards, tmp_path / "paired", "folder", engine=IN_PROCESS)
    tiles = Pairs(training_shards, "train")
    assert len(OwnPairs(str(tmp_path / "paired"))) == len(OwnPairs(str(tmp_path / "paired" / "train"))) == len(tiles)
    with pytest.raises(
        DegradekitError, match=r"^pairs: is a degradekit dataset: name it among the shards, or export it"
    ):
        OwnPairs(training_shards)
