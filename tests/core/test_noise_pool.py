"""Noise from a folder of photos: what is cut, what is added, and which folders are refused."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_datasets import IN_PROCESS

from degradekit import Chain, Degradation, Maybe, NoisePool, Resize, recipes
from degradekit.dataset import Options, synthesize
from degradekit.errors import RecipeError, RecordError
from degradekit.functional.noise_pool import flat_patches, pooled_field
from degradekit.functional.normal import standard_normal
from degradekit.operators import noise_pool, pinned_folder


def noisy(level: float, sigma: float, seed: int, height: int = 256, width: int = 256) -> np.ndarray:
    return np.rint(level + sigma * standard_normal((height, width, 3), seed)).clip(0, 255).astype(np.uint8)


@pytest.fixture
def folder(tmp_path) -> Path:
    """One photo of two patches, and one of a patch and a margin; and what is not a photo."""
    pool = tmp_path / "pool"
    pool.mkdir()
    Image.fromarray(noisy(100, 3, 1, 256, 512)).save(pool / "a.png")
    Image.fromarray(noisy(180, 2, 2, 300, 400)).save(pool / "b.png")
    (pool / "notes.txt").write_text("no photo")
    return pool


def step_of(recipe: NoisePool, variant: int = 0) -> noise_pool.NoisePoolStep:
    return recipe.sample((64, 64), seed=3, variant=variant).steps[0]


def test_patches_are_the_flat_and_bright_ones_of_the_grid():
    """Against NumPy's variance and mean of the luma, in float64."""
    photo = np.concatenate([noisy(100, 3, 1), noisy(100, 30, 2), noisy(30, 3, 3), noisy(200, 5, 4)], axis=1)
    photo = np.concatenate([photo, photo[:, ::-1]])[:511, :1100]
    expected = []
    for top in range(0, 511 - 255, 256):
        for left in range(0, 1100 - 255, 256):
            patch = photo[top : top + 256, left : left + 256]
            luma = patch @ np.array([0.299, 0.587, 0.114])
            if luma.var() < 20 and luma.mean() > 50:
                expected.append(patch)
    patches = flat_patches(photo, 20.0, 50.0)
    assert len(patches) == len(expected) == 2
    np.testing.assert_array_equal(patches, expected)


@pytest.mark.parametrize("deviation", [30, 47, 55, 64, 90, 127])
def test_no_patch_of_strong_contrast_is_flat(deviation):
    """Half of the pixels is that much above the mean and half of it below."""
    levels = np.where(np.indices((256, 256)).sum(axis=0) % 2, 128 + deviation, 128 - deviation).astype(np.uint8)
    photo = levels[..., None].repeat(3, axis=2)
    assert flat_patches(photo, deviation**2 - 0.001, 50.0) == []
    assert len(flat_patches(photo, deviation**2 + 0.001, 50.0)) == 1


def test_a_patch_without_its_mean_is_the_field_of_realsr():
    patch = noisy(120, 4, 5)
    field = pooled_field(patch[None], (256, 256), gray=False, plane=False, seed=8)
    expected = (patch - patch.mean(axis=(0, 1))) / 255
    np.testing.assert_allclose(field, expected, atol=1e-7)
    np.testing.assert_allclose(
        pooled_field(patch[None], (256, 256), gray=True, plane=False, seed=8)[..., 0],
        expected @ [0.2989, 0.587, 0.114],
        atol=1e-7,
    )


def test_a_plane_is_fitted_to_each_block():
    """Least squares, by NumPy, in blocks of 64; a smooth gradient leaves only rounding to 8 bits."""
    y, x = np.mgrid[:256, :256]
    patch = np.rint(noisy(100, 2, 6) + (0.1 * y + 0.2 * x)[..., None]).astype(np.uint8)
    field = pooled_field(patch[None], (256, 256), gray=False, plane=True, seed=1)
    design = np.stack([np.ones(64 * 64), *(axis.ravel() for axis in np.mgrid[:64, :64])], axis=1)
    for top in range(0, 256, 64):
        for left in range(0, 256, 64):
            levels = patch[top : top + 64, left : left + 64].reshape(-1, 3).astype(np.float64)
            rest = levels - design @ np.linalg.lstsq(design, levels, rcond=None)[0]
            got = field[top : top + 64, left : left + 64].reshape(-1, 3)
            np.testing.assert_allclose(got, rest / 255, atol=1e-6)
    slope = np.repeat(np.rint(0.3 * x).astype(np.uint8)[..., None], 3, axis=2)
    assert np.abs(pooled_field(slope[None], (256, 256), False, True, 1)).max() < 1.01 / 255


def test_parts_are_cut_at_random_and_large_images_are_filled_by_reflection():
    patch = noisy(120, 4, 5)
    whole = pooled_field(patch[None], (256, 256), False, False, 0)
    corners = set()
    for seed in range(40):
        part = pooled_field(patch[None], (200, 100), False, False, seed)
        matches = [
            (top, left)
            for top in range(57)
            for left in range(157)
            if np.array_equal(part[0, 0], whole[top, left]) and np.array_equal(part, whole[top:, left:][:200, :100])
        ]
        assert len(matches) == 1
        corners.update(matches)
    assert len(corners) > 35
    large = pooled_field(patch[None], (300, 600), False, False, 0)
    expected = np.pad(whole, ((0, 44), (0, 344), (0, 0)), mode="reflect")
    np.testing.assert_array_equal(large, expected)


def test_the_noise_of_a_draw_is_added_and_clipped(folder):
    step = step_of(NoisePool(str(folder), strength=2.0))
    image = np.full((64, 64, 3), 0.5, np.float32)
    added = (step(image) - image) * 255
    assert 1.5 * 2 < added.std() < 3.5 * 2
    assert step(np.ones((64, 64, 3), np.float32)).max() == 1


def test_the_recipe_and_the_record_pin_the_digest(folder, tmp_path):
    recipe = NoisePool(str(folder))
    assert len(recipe.to_dict()["digest"]) == 64
    assert step_of(recipe).to_dict()["digest"] == recipe.digest
    moved = tmp_path / "renamed"
    folder.rename(moved)
    assert recipes.from_dict(recipe.to_dict()) == recipe  # a recipe that has its digest reads no folder
    assert Degradation.from_json(recipe.sample((9, 9), seed=1).to_json()).steps == recipe.sample((9, 9), seed=1).steps
    (moved / "b.png").rename(moved / "0.png")
    assert NoisePool(str(moved)).digest == recipe.digest


def test_names_of_files_decide_nothing(folder, tmp_path, random_image):
    image, renamed = random_image(64, 64), tmp_path / "renamed"
    shutil.copytree(folder, renamed)
    (renamed / "a.png").rename(renamed / "z.png")
    for variant in range(4):
        a, b = (step_of(NoisePool(str(each)), variant)(image) for each in (folder, renamed))
        np.testing.assert_array_equal(a, b)


def changed(folder: Path) -> None:
    Image.fromarray(noisy(100, 3, 7)).save(folder / "a.png")


def more(folder: Path) -> None:
    shutil.copy(folder / "a.png", folder / "c.png")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            shutil.rmtree,
            r"folder: must be a folder with photos, .* \(No such file .*\); put those with the digest [0-9a-f]{12}",
        ),
        (changed, r"must have the photos of the recipe, and has others, .*, or leave `digest` out of the recipe"),
        (more, r"must have the photos of the recipe, and has others"),
        (lambda pool: (pool / "a.png").unlink(), r"must have the photos of the recipe, and has others"),
    ],
)
def test_a_folder_that_is_missing_or_has_changed_is_refused_before_the_first_photo(
    folder, photos, tmp_path, change, message
):
    pool = NoisePool(str(folder))
    change(folder)
    noise_pool._read_patches.cache_clear()
    with pytest.raises(RecordError, match=message):
        pool(np.zeros((9, 9, 3), np.uint8), seed=1)
    rarely = Chain((Maybe(pool, 0.001), Resize(to="lr")), scale=2)
    with pytest.raises(RecipeError, match=message):
        synthesize(photos, tmp_path / "dataset", rarely, Options(tile=64), engine=IN_PROCESS)
    assert not (tmp_path / "dataset").exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            "missing",
            r"folder: must be a folder with photos, and cannot be read \(No such file or directory\) \(got 'missing'\)",
        ),
        ("", "folder: must be the path of a folder, without null characters"),
        ("a\0b", "folder: must be the path of a folder, without null characters"),
        ("x" * 5000, "folder: must have at most 4096 characters"),
    ],
)
def test_a_recipe_names_an_existing_folder(given, message):
    with pytest.raises(RecipeError, match=message):
        NoisePool(given)


def test_a_folder_without_pictures_or_without_flat_parts_is_refused(tmp_path):
    with pytest.raises(RecipeError, match=r"folder: must have 1 to 10,000 photos, and has 0"):
        NoisePool(str(tmp_path))
    Image.fromarray(noisy(100, 60, 1)).save(tmp_path / "rough.png")
    recipe = NoisePool(str(tmp_path))
    with pytest.raises(
        RecordError, match=r"must have a part of 256 x 256 with a luma variance below 20 and a mean abo"
    ):
        recipe(np.zeros((9, 9, 3), np.uint8), seed=1)


@pytest.mark.parametrize(("limit", "value"), [("MAX_FOLDER_FILES", 1), ("MAX_FOLDER_BYTES", 1000)])
def test_a_pool_beyond_the_limits_is_refused_before_it_is_read(folder, monkeypatch, limit, value):
    monkeypatch.setattr(pinned_folder, limit, value)
    monkeypatch.setattr(pinned_folder, "read_regular", None)
    with pytest.raises(RecipeError, match=r"folder: must have (1 to 1 photos|photos of at most 1,000 bytes)"):
        NoisePool(str(folder))


def test_patches_beyond_the_limit_are_not_cut(folder, monkeypatch):
    monkeypatch.setattr(noise_pool, "MAX_POOL_PATCHES", 2)
    recipe = NoisePool(str(folder))
    assert len(noise_pool._read_patches.__wrapped__(recipe.folder, recipe.digest, 20.0, 50.0)) == 2


def test_damaged_pictures_pipes_and_broken_links_are_refused_or_left_out(folder):
    os.mkfifo(folder / "pipe.png")
    (folder / "broken.png").symlink_to(folder / "gone.png")
    step_of(NoisePool(str(folder)))(np.zeros((9, 9, 3), np.float32))
    (folder / "0.png").write_bytes(b"no picture")
    with pytest.raises(RecordError, match=r"must have photos that can be read \(0.png: .*\); take that file away"):
        step_of(NoisePool(str(folder)))(np.zeros((9, 9, 3), np.float32))


def test_a_record_of_a_stranger_reads_nothing_without_the_digest_of_what_is_there(folder):
    """Only pictures of that digest are decoded, and folders in the folder are not entered."""
    stranger = noise_pool.NoisePoolStep(str(folder.parent), "0" * 64, 1)
    with pytest.raises(RecordError, match="must have 1 to 10,000 photos, and has 0"):
        stranger(np.zeros((9, 9, 3), np.float32))
    for digest in ("", "0" * 63, "G" * 64):
        with pytest.raises(RecordError, match="digest: must be a SHA-256, 64 hexadecimal digits"):
            noise_pool.NoisePoolStep(str(folder), digest, 1)


def test_a_process_reads_a_pool_once(folder, monkeypatch):
    step = step_of(NoisePool(str(folder)))
    expected = step(np.zeros((9, 9, 3), np.float32))
    monkeypatch.setattr(pinned_folder, "read_regular", None)
    np.testing.assert_array_equal(step(np.zeros((9, 9, 3), np.float32)), expected)
