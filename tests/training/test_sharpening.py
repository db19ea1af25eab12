"""Sharpening of training targets on the device."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from degradekit_models.patches import Patches
from degradekit_models.sharpening import MARGIN, sharpen, with_margin, without_margin

from degradekit import Degradation
from degradekit.dataset import Pairs
from degradekit.functional.coarse_blur import ERROR
from degradekit.functional.levels import to_float
from degradekit.functional.unsharp import TOLERANCE, gaussian_blur, unsharp_mask

ROUNDING = 2 * 102 * 2.0**-24
"""How far two blurs may differ: each is two sums of 51 products with weights of sum 1, and so off by at most 102 half
units in the last place of 1."""


@pytest.mark.parametrize("corner", [(0, 0), (60, 33), (144, 144)])
def test_a_patch_with_its_margin_is_sharpened_as_the_tile_is(corner, astronaut):
    """With a weight for which the library blurs with the Gaussian's own taps, as the trainer does with any weight."""
    y, x = corner
    whole = unsharp_mask(to_float(astronaut), 51, 0.6, 10.0)
    patch = torch.from_numpy(with_margin(astronaut, y, x, 256)).permute(2, 0, 1)[None].float() / 255
    assert patch.shape[-1] == 256 + 2 * MARGIN
    difference = np.abs(sharpen(patch, 0.6)[0].permute(1, 2, 0).numpy() - whole[y : y + 256, x : x + 256])
    assert (difference <= 1e-5 + undecided(to_float(astronaut), 0.6, ROUNDING)[y : y + 256, x : x + 256]).all()
    plain = (without_margin(patch)[0] * 255).round().byte().permute(1, 2, 0).numpy()
    np.testing.assert_array_equal(plain, astronaut[y : y + 256, x : x + 256])


def undecided(image: np.ndarray, weight: float, error: float) -> np.ndarray:
    """Return how far two ways of sharpening may differ whose blurs differ by the error, because of the threshold.

    A pixel whose residual is so close to the threshold may be masked in one of them only; the blurred mask then gives
    another share to the weight times the residual around it.
    """
    residual = np.abs(image - gaussian_blur(image, 51))
    near = np.abs(residual - 10 / 255) < error
    return gaussian_blur(near.astype(np.float32), 51) * residual * weight


def test_a_patch_is_sharpened_to_the_target_of_its_record(training_shards):
    """The latter is blurred on a coarse grid and rounded to levels."""
    pairs, patches = Pairs(training_shards), Patches([training_shards], 96, seed=0, flip=False)
    expected = {pair.hr.tobytes(): Degradation.from_json(pair.degradation).target(pair.hr) for pair in pairs}
    for index in range(4):  # patches that are whole tiles
        patch = patches[index]
        hr = patch["hr"].numpy()[MARGIN:-MARGIN, MARGIN:-MARGIN]
        weight, threshold = patch["sharpening"].tolist()
        sharpened = sharpen(patch["hr"].permute(2, 0, 1)[None].float() / 255, weight, threshold)
        target = expected[hr.tobytes()]
        assert (target != hr).any()
        difference = np.abs(sharpened[0].permute(1, 2, 0).numpy() - to_float(target))
        assert (difference <= 0.5 / 255 + TOLERANCE + undecided(to_float(hr), weight, ERROR + ROUNDING)).all()


@pytest.mark.parametrize(("height", "width"), [(4, 8), (9, 300), (60, 51)])
def test_the_margin_of_a_small_tile_is_its_mirror_image(height, width, astronaut):
    tile = astronaut[100 : 100 + height, :width]
    y, x = height - 4, width // 2 - 4
    mirrored = np.pad(tile, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), "reflect")
    expected = mirrored[y : y + 4 + 2 * MARGIN, x : x + 4 + 2 * MARGIN]
    np.testing.assert_array_equal(with_margin(tile, y, x, 4), expected)


def test_weight_and_threshold_may_differ_within_a_batch():
    images = torch.from_numpy(np.random.default_rng(0).random((2, 3, 32 + 2 * MARGIN, 40 + 2 * MARGIN), np.float32))
    both = sharpen(images, torch.tensor([0.8, 0.0]).view(2, 1, 1, 1), 5.0)
    # A batch of one may be summed in another order. A residual at the threshold that is masked for that reason moves
    # the blurred mask by taps[25]^2 < 0.0025 at most, and the result by 0.8 * 5 / 255 of it: ten at one place are 4e-4.
    assert (both[:1] - sharpen(images[:1], 0.8, 5.0)).abs().max() < 4e-4
    assert (both[1] - without_margin(images)[1]).abs().max() < 1e-6
    assert (both[0] - without_margin(images)[0]).abs().max() > 0.05
