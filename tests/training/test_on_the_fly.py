"""Pairs that are made while a network trains."""

import pickle
import shutil
import subprocess
import sys
import tarfile

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from degradekit_models import OnTheFly
from degradekit_models.photos import Photo
from torch.utils.data import DataLoader

from degradekit import Chain, ChromaticAberration, DatasetError, HighOrder, OneOf, RecipeError, Resize
from degradekit.dataset import Selection
from degradekit.picture_files import decode
from degradekit.presets import preset
from degradekit.types import Frame

NEAREST = Chain((Resize(filters="nearest", to="lr"),), scale=4)
"""A recipe by which every LR pixel equals a pixel of the target."""
LEVELS = np.float32(255)


def on_the_fly(photos, recipe=NEAREST, patch=32, tile=64, **options) -> OnTheFly:
    return OnTheFly(photos, recipe, patch, tile, **options)


def equal(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def holds(photo: np.ndarray, patch: "torch.Tensor") -> bool:
    """Return whether a photo contains a patch."""
    pixels = patch.permute(1, 2, 0).numpy()
    starts = np.argwhere((photo == pixels[0, 0]).all(axis=2))
    return any(np.array_equal(photo[y : y + len(pixels), x : x + len(pixels)], pixels) for y, x in starts)


def epochs_of(pairs: OnTheFly, epochs: int = 2, **options) -> list[bytes]:
    """Return the LRs of each epoch, as a loader of these options yields them."""
    loader = DataLoader(pairs, batch_size=None, **options)
    lrs = []
    for epoch in range(epochs):
        pairs.set_epoch(epoch)
        lrs.append(b"".join(item["lq"].numpy().tobytes() for item in loader))
    return lrs


@pytest.fixture(scope="module")
def pairs(photos) -> OnTheFly:
    return on_the_fly(photos, HighOrder(), patches_per_photo=2)


def test_an_item_has_rgb_images_in_the_unit_range(pairs, photos):
    assert len(pairs) == 2 * pairs.photos == 10
    for item in (pairs[0], pairs[-1]):
        assert {name: tuple(image.shape) for name, image in item.items()} == {
            "lq": (3, 8, 8), "gt": (3, 32, 32), "gt_usm": (3, 32, 32),
        }  # fmt: skip
        assert all(image.dtype == torch.float32 and image.is_contiguous() for image in item.values())
        assert all(0 <= image.min() <= image.max() <= 1 for image in item.values())
    with pytest.raises(IndexError, match=r"between -10 and 9 \(got 10\)"):
        pairs[10]
    whole = OnTheFly(photos, NEAREST, None, 64)[0]
    assert whole["gt"].shape == (3, 64, 64)


def test_an_item_is_a_function_of_seed_epoch_and_index(pairs, photos):
    again = on_the_fly(photos, HighOrder(), patches_per_photo=2)
    items = [pairs[index] for index in range(len(pairs))]
    assert all(equal(again[index], items[index]) for index in (7, 0, 9))
    other = on_the_fly(photos, HighOrder(), patches_per_photo=2, seed=1)
    assert not any(equal(other[index], item) for index, item in enumerate(items))
    assert not any(equal(items[index], items[index + 5]) for index in range(5)), "patches of the same photo"
    again.set_epoch(1)
    assert not any(equal(again[index], item) for index, item in enumerate(items))
    again.set_epoch(0)
    assert equal(again[3], items[3])


@pytest.mark.parametrize(
    ("method", "persistent"),
    [
        ("fork", False),
        ("fork", True),
        pytest.param("spawn", False, marks=pytest.mark.slow),  # each process imports torch
        pytest.param("spawn", True, marks=pytest.mark.slow),
    ],
)
def test_workers_yield_the_same_bytes_and_see_the_epoch(method, persistent, photos):
    if method not in torch.multiprocessing.get_all_start_methods():
        pytest.skip("this system cannot fork")
    pairs = on_the_fly(photos)
    alone = epochs_of(pairs)
    assert alone[0] != alone[1]
    options = {"multiprocessing_context": method, "persistent_workers": persistent}
    for workers in (1, 2) if method == "fork" else (1,):
        assert epochs_of(pairs, num_workers=workers, **options) == alone


def test_the_lr_is_made_from_gt_usm(photos):
    """With nearest-neighbor downscaling every LR pixel is one of the sharpened HR's, rounded to 8 bits."""
    sharpening = Chain((preset("real-esrgan").sharpen, Resize(filters="nearest", to="lr")), scale=4)
    for recipe, sharpens in ((sharpening, True), (NEAREST, False)):
        pairs = on_the_fly(photos, recipe, patches_per_photo=2)
        assert pairs.sharpens == sharpens
        items = [pairs[index] for index in range(len(pairs))]
        assert all(torch.equal(item["gt"], item["gt_usm"]) for item in items) != sharpens
        for item in items:
            assert torch.equal((item["gt_usm"][:, 2::4, 2::4] * 255).round(), item["lq"] * 255)


def test_gt_is_a_patch_of_the_photo_and_flips_come_before_the_degradation(photos):
    """The nearest pixel of each four is the third, so an LR that was flipped afterwards would hold the second."""
    photo = decode((photos / "astronaut.png").read_bytes()).astype(np.float32) / LEVELS
    views = {"plain": photo, "mirrored": photo[:, ::-1]}
    seen = set()
    pairs = on_the_fly(photos / "astronaut.png", patches_per_photo=12)
    for index in range(len(pairs)):
        item = pairs[index]
        seen.update(name for name, view in views.items() if holds(view, item["gt"]))
        assert torch.equal(item["gt"][:, 2::4, 2::4], item["lq"])
    assert seen == {"plain", "mirrored"}
    straight = [on_the_fly(photos / "astronaut.png", patches_per_photo=5, flip=False)[index] for index in range(5)]
    assert all(holds(photo, item["gt"]) for item in straight)


def test_a_lens_is_mirrored_and_turned_with_its_photo():
    """A marked pixel keeps its distance to the photo's center, wherever the parts are cut out."""
    pixels = np.zeros((30, 50, 3), np.uint8)
    pixels[4, 11] = 255
    photo = Photo("a", pixels, Frame(7, 20, 90, 200))
    center = np.array([44.5 - 7, 99.5 - 20])
    distances = []
    for turned in (photo, photo.mirrored(), *(photo.turned(quarters) for quarters in (1, 2, 3))):
        (y, x) = np.argwhere(turned.pixels[..., 0])[0]
        top, left, height, width = turned.frame
        distances.append(np.hypot(y + top - (height - 1) / 2, x + left - (width - 1) / 2))
    assert distances == pytest.approx([np.hypot(*(np.array([4, 11]) - center))] * 5)
    assert photo.turned(2).mirrored().turned(2).mirrored().frame == photo.frame
    assert np.array_equal(photo.turned(1).pixels, np.rot90(pixels))


def test_the_recipe_gets_the_frame_of_the_tile(photos, monkeypatch):
    frames = []
    recipe = Chain((ChromaticAberration(), Resize(to="lr")), scale=4)
    pairs = on_the_fly(photos / "astronaut.png", recipe, patches_per_photo=5)
    sample = type(recipe).sample
    monkeypatch.setattr(
        type(recipe), "sample", lambda *args, frame=None, **kw: frames.append(frame) or sample(*args, frame=frame, **kw)
    )
    for index in range(len(pairs)):
        pairs[index]
    assert {(frame.height, frame.width) for frame in frames} == {(180, 200)}
    assert len({(frame.top, frame.left) for frame in frames}) == 5


def test_a_photo_smaller_than_a_tile_is_reflected_as_synth_does(photos):
    gt = OnTheFly(photos / "more" / "small.webp", NEAREST, None, 64, flip=False)[0]["gt"].permute(1, 2, 0).numpy()
    photo = decode((photos / "more" / "small.webp").read_bytes()) / LEVELS
    padded = [np.pad(photo[:, x : x + 64], ((0, 14), (0, 0), (0, 0)), mode="reflect") for x in range(7)]
    assert sum(np.array_equal(gt, tile) for tile in padded) == 1


def test_photos_come_from_lists_archives_selections_and_datasets(photos, training_shards, tmp_path):
    (tmp_path / "photos.txt").write_text(f"{photos / 'coffee.png'}\n{photos / 'chelsea.png'}\n")
    with tarfile.open(tmp_path / "photos.tar", "w") as tar:
        tar.add(photos / "coffee.png", "coffee.png")
    assert on_the_fly(tmp_path / "photos.txt").photos == 2
    assert on_the_fly([photos / "coffee.png", photos / "chelsea.png"]).photos == 2
    assert on_the_fly(Selection(photos, include=["*.png"])).photos == 3
    archive = on_the_fly(tmp_path / "photos.tar")
    assert equal(pickle.loads(pickle.dumps(archive))[0], archive[0])
    tiles = on_the_fly(training_shards)
    assert tiles.photos > 5
    assert tiles[0]["gt"].shape == (3, 32, 32)
    assert tiles.photo_name(3) == "00000003"
    assert on_the_fly(photos).photo_name(1) == "photos/chelsea.png"


def test_photos_of_other_splits_are_left_out(photos, tmp_path):
    for name in ("train", "val"):
        shutil.copytree(photos / "more", tmp_path / "set" / name)
    assert on_the_fly(tmp_path / "set").photos == on_the_fly(tmp_path / "set", split="validation").photos == 2
    with pytest.raises(DatasetError, match="none is of the split 'test'; all 4 are of other splits"):
        on_the_fly(tmp_path / "set", split="test")
    with pytest.raises(DatasetError, match=r"split: must be one of train, validation, test \(got 'val'\)"):
        on_the_fly(tmp_path / "set", split="val")


def test_a_photo_that_cannot_be_used_is_named_and_never_replaced(folder):
    """An empty file is refused before the training, a damaged one when it is read, through workers too."""
    (folder / "chelsea.png").write_bytes((folder / "chelsea.png").read_bytes()[:500])
    pairs = on_the_fly(folder)
    message = r"photos: 'photos/chelsea.png' cannot be used: .*leave it out with `Selection\(photos, exclude="
    with pytest.raises(DatasetError, match=f"^{message}"):
        epochs_of(pairs)
    with pytest.raises(DatasetError, match=message):
        epochs_of(pairs, num_workers=1)
    assert on_the_fly(Selection(folder, exclude=["chelsea.png"])).photos == 4
    (folder / "chelsea.png").write_bytes(b"")
    with pytest.raises(DatasetError, match=r"^photos: 'photos/chelsea.png' cannot be used: empty file; remove the"):
        on_the_fly(folder)


def test_a_recipe_is_an_operator_a_name_or_a_file(photos, tmp_path):
    (tmp_path / "mine.yaml").write_text("extends: bicubic\nscale: 2\n")
    for recipe, scale in ((NEAREST, 4), ("bicubic", 4), (tmp_path / "mine.yaml", 2), (str(tmp_path / "mine.yaml"), 2)):
        assert on_the_fly(photos, recipe).scale == scale
    assert on_the_fly(photos, "bicubic", scale=2).scale == 2
    with pytest.raises(DatasetError, match="scale: must be given only with a recipe's name or path"):
        on_the_fly(photos, NEAREST, scale=2)
    with pytest.raises(RecipeError, match="did you mean 'real-esrgan'"):
        on_the_fly(photos, "real_esrgan_")
    with pytest.raises(DatasetError, match="recipe: must have a scale"):
        on_the_fly(photos, Resize())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"patch": 30}, r"patch: must be a multiple of the scale, 4, and at most 64 \(got 30\)"),
        ({"patch": 68}, r"patch: must be a multiple of the scale, 4, and at most 64 \(got 68\)"),
        ({"tile": 66}, r"tile: must be a multiple of the scale, 4, and at most 4096 \(got 66\)"),
        ({"patches_per_photo": 0}, r"patches_per_photo: must be >= 1 \(got 0\)"),
        ({"seed": "a"}, r"seed: must be an integer \(got 'a'\)"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_read(options, message):
    with pytest.raises(DatasetError, match=message):
        on_the_fly("no such folder", **options)


@pytest.mark.parametrize("epoch", [-1, 1.5, None, 2**63])
def test_an_epoch_is_an_integer(epoch, pairs):
    with pytest.raises(DatasetError, match=r"epoch: must be an integer >= 0"):
        pairs.set_epoch(epoch)


def test_a_mixture_is_a_recipe(photos):
    pairs = on_the_fly(photos, OneOf((HighOrder(order=1), HighOrder(order=2))), labels=True)
    assert "one_of.recipe: how often" in pairs.parameter_names
    assert pairs[0]["lq"].shape == (3, 8, 8)


def test_importing_the_package_imports_neither_torch_nor_the_builder():
    code = "import sys, degradekit_models; print(*({'torch', 'numpy', 'degradekit.dataset'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not done.stdout.strip()
