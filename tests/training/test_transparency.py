"""Transparent pictures: hidden colors never show, and alpha stays what it is where it does not vary."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from degradekit_models.generator import RRDBNet
from degradekit_models.transparency import enlarge_alpha, fill_hidden_colors
from degradekit_models.upscale import enlarge


def sprite(hidden: int, dtype: type = np.uint8) -> np.ndarray:
    """A disc whose color is the same everywhere, and what is hidden around it."""
    white = np.iinfo(dtype).max
    y, x = np.mgrid[:40, :40] - 19.5
    alpha = np.clip(12 - np.hypot(x, y) + 0.5, 0, 1) * white
    levels = np.full((40, 40, 4), hidden * (white // 255), dtype)
    levels[..., 3] = alpha
    levels[levels[..., 3] > 0, :3] = [white, white // 2, white // 4]
    return levels


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [[0, 1, 2, 3], [1, 3]])
def test_hidden_colors_take_no_part(dtype, channels):
    torch.manual_seed(0)
    network = RRDBNet(4, features=4, blocks=1).eval()
    black, other = (enlarge(network, sprite(hidden, dtype)[..., channels], 16, 8) for hidden in (0, 200))
    np.testing.assert_array_equal(black, other)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_visible_colors_continue_below_transparent_pixels(dtype):
    given = sprite(0, dtype)
    filled = fill_hidden_colors(given)
    visible = given[..., 3] > 0
    np.testing.assert_array_equal(filled[visible], given[visible])
    np.testing.assert_array_equal(filled[..., 3], given[..., 3])
    np.testing.assert_allclose(filled[..., :3].astype(int), np.broadcast_to(given[20, 20, :3], (40, 40, 3)), atol=1)
    assert given[0, 0].max() == 0  # a copy was changed


def test_a_picture_that_hides_nothing_or_all_stays_as_it_is():
    for alpha in (0, 1, 255):
        levels = np.random.default_rng(0).integers(0, 256, (9, 7, 4), dtype=np.uint8)
        levels[..., 3] = alpha
        assert fill_hidden_colors(levels) is levels


@pytest.mark.parametrize("size", [(1, 2), (5, 1), (9, 7)])
def test_one_visible_pixel_colors_a_picture_of_any_size(size):
    levels = np.zeros((*size, 2), np.uint8)
    levels[-1, -1] = 70, 1
    assert (fill_hidden_colors(levels)[..., 0] == 70).all()


def test_alpha_is_exact_where_it_does_not_vary():
    """The network here makes everything one level darker, as a trained one does to white."""
    alpha = sprite(0)[..., 3:]

    def darker(levels: np.ndarray) -> np.ndarray:
        return np.maximum(levels.repeat(2, 0).repeat(2, 1), 1) - 1

    large, nearest = enlarge_alpha(alpha, 2, darker), alpha.repeat(2, 0).repeat(2, 1)
    np.testing.assert_array_equal(large[[0, 39, 40], [0, 39, 40]], nearest[[0, 39, 40], [0, 39, 40]])
    y, x = np.mgrid[:80, :80] - 39.5
    at_the_edge = (abs(np.hypot(x, y) - 24) < 1) & (nearest[..., 0] > 0)
    np.testing.assert_array_equal(large[at_the_edge], nearest[at_the_edge] - 1)


@pytest.mark.parametrize("alpha", [0, 77, 255])
def test_constant_alpha_needs_no_network(alpha):
    levels = np.full((5, 6, 1), alpha, np.uint8)
    assert (enlarge_alpha(levels, 4, lambda _: pytest.fail("the network was called")) == alpha).all()
