"""Enlarging pictures by tiles."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from degradekit_models.generator import BLOCK_REACH, END_REACH, RRDBNet
from degradekit_models.upscale import UpscaleError, enlarge, resize_levels, scaled_size


class Nearest(RRDBNet):
    """Repeats each pixel: what comes out is known."""

    def __init__(self, scale: int) -> None:
        super().__init__(scale, features=3 * (4 // scale) ** 2, blocks=1)
        self.body = torch.nn.Sequential(torch.nn.Identity())

    def first_features(self, image):
        return torch.nn.functional.pixel_unshuffle(image, 4 // self.scale)

    def enlarged(self, first, deep):
        image = torch.nn.functional.pixel_shuffle(deep, 4 // self.scale)
        return torch.nn.functional.interpolate(image, scale_factor=self.scale, mode="nearest")


def small(scale: int = 4) -> RRDBNet:
    torch.manual_seed(0)
    return RRDBNet(scale, features=4, blocks=1).eval()


@pytest.mark.parametrize("scale", [1, 2, 4])
@pytest.mark.parametrize(("part", "overlap"), [(0, 0), (7, 3), (16, 0), (100, 8)])
def test_parts_fit_together_to_the_pixel(scale, part, overlap):
    image = np.random.default_rng(0).integers(0, 256, (30, 41, 3), dtype=np.uint8)
    network, seen = Nearest(scale), []
    network.body[0].register_forward_pre_hook(lambda _, inputs: seen.append(max(inputs[0].shape[2:]) * 4 // scale))
    enlarged = enlarge(network, image, 0, overlap, part)
    np.testing.assert_array_equal(enlarged, image.repeat(scale, 0).repeat(scale, 1))
    assert len(seen) == (1 if part in (0, 100) else -(-30 // part) * -(-41 // part))
    assert max(seen) <= (part + 2 * overlap + 2 * (4 // scale) if part else 44)


@pytest.mark.parametrize("scale", [1, 2, 4])
@pytest.mark.parametrize("tile", [7, 16, 25])
def test_tiles_give_what_the_whole_picture_gives(scale, tile):
    """In float64 to the last of 16 bits, although each of three blocks sees farther than the width of a tile."""
    torch.manual_seed(0)
    network = RRDBNet(scale, features=4, blocks=3).eval().double()
    with torch.no_grad():  # distances show in the result
        for parameter in network.body.parameters():
            parameter *= 8
        network.conv_last.weight *= 20
        network.conv_last.bias += 0.5
    image = np.random.default_rng(0).integers(0, 65536, (37, 44, 3), dtype=np.uint16)
    seen = []
    network.body[1].register_forward_pre_hook(lambda _, inputs: seen.append(max(inputs[0].shape[2:])))
    tiled = enlarge(network, image, tile)
    assert max(seen) <= -(-tile // (4 // scale)) + 2 * BLOCK_REACH
    np.testing.assert_array_equal(tiled, enlarge(network, image, 0))
    assert tiled.std() > 1000


def test_a_stage_sees_no_farther_than_its_reach():
    """And as far, so that its tiles compute no more than they must."""
    network = RRDBNet(4, features=2, blocks=1).double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(0.1)
    features = torch.ones(1, 2, 41, 41, dtype=torch.float64)
    changed = features.clone()
    changed[..., 20, 20] += 1
    for stage, reach, factor in (
        (network.body[0], BLOCK_REACH, 1),
        (lambda deep: network.enlarged(features, deep), END_REACH, 4),
    ):
        with torch.no_grad():
            rows = (stage(changed) != stage(features)).any(dim=(0, 1, 3)).nonzero()
        assert 20 - rows.min() // factor == reach
        assert rows.max() // factor - 20 == reach


def test_the_steps_of_the_work_are_counted_before_it_begins():
    shown = []

    def track(steps):
        shown.append(len(steps))
        for step in steps:
            shown.append(step)
            yield step
        shown.append("done")

    levels = np.zeros((30, 40, 4), np.uint8)
    levels[:, 20:, 3] = 255
    enlarge(small(), levels, tile=16, track=track)
    assert shown == [24, *range(24), "done"]  # colors and alpha, a block and the end, 2 x 3 tiles


@pytest.mark.parametrize(("scale", "part", "overlap"), [(1, 33, 30), (1, 50, 31), (2, 33, 31)])
def test_parts_begin_where_the_whole_picture_has_blocks(scale, part, overlap):
    """Otherwise the pixel-unshuffle would take other pixels together than in the whole picture."""
    network, image = small(scale), np.random.default_rng(0).integers(0, 65536, (96, 96, 3), dtype=np.uint16)
    whole, cut = enlarge(network, image), enlarge(network, image, 0, overlap, part)
    inner = slice(0, 64 * scale)  # a part that ends within a block sees less than the whole picture there
    assert np.abs(whole[inner, inner].astype(int) - cut[inner, inner]).mean() < 0.01 * whole.std()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_gray_alpha_and_16_bits_stay_what_they_are(channels, dtype):
    levels = np.random.default_rng(0).integers(1, np.iinfo(dtype).max + 1, (20, 24, channels), dtype=dtype)
    enlarged = enlarge(Nearest(4), levels, 16, 4)
    assert enlarged.dtype == dtype
    difference = np.abs(enlarged.astype(int) - levels.repeat(4, 0).repeat(4, 1))
    assert difference.max() <= (1 if dtype == np.uint16 else 0)  # float32 holds 24 bits


@pytest.mark.parametrize("scale", [1, 2, 4])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 1), (3, 2)])
@pytest.mark.parametrize(("tile", "overlap", "part"), [(0, 0, 0), (1, 5, 0), (2, 9, 2)])
def test_pictures_of_any_size_are_enlarged(scale, size, tile, overlap, part):
    """Sizes include less than a block of the pixel-unshuffle, and an overlap larger than part and picture."""
    levels = np.random.default_rng(0).integers(1, 256, (*size, 4), dtype=np.uint8)
    enlarged = enlarge(Nearest(scale), levels, tile, overlap, part)
    np.testing.assert_array_equal(enlarged, levels.repeat(scale, 0).repeat(scale, 1))
    assert enlarge(small(scale), levels, tile, overlap, part).shape == enlarged.shape


@pytest.mark.parametrize("setting", ["tile", "overlap", "part"])
def test_negative_sizes_are_refused(setting):
    with pytest.raises(UpscaleError, match=rf"{setting}: must be >= 0 \(got -1\)"):
        enlarge(Nearest(4), np.zeros((8, 8, 3), np.uint8), **{setting: -1})


def test_values_that_are_not_finite_are_refused():
    network = Nearest(4)
    network.body[0].register_forward_hook(lambda _, __, result: result * float("nan"))
    with pytest.raises(UpscaleError, match=r"model: gives values that are not finite in torch.float32"):
        enlarge(network, np.zeros((8, 8, 3), np.uint8), 0, 0)


@pytest.mark.parametrize(
    "error",
    [
        torch.cuda.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("MPS backend out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_a_tile_that_the_device_has_no_memory_for_is_explained(error):
    network = Nearest(4)

    def full(*_: object) -> None:
        raise error

    network.body[0].register_forward_pre_hook(full)
    with pytest.raises(UpscaleError, match=r"tile: needs more memory than the device has.*\(got 512\)"):
        enlarge(network, np.zeros((8, 8, 3), np.uint8), 512, 32)


@pytest.mark.parametrize(
    ("scale", "size"), [(4, (28, 40)), (3.5, (25, 35)), (0.25, (2, 3)), (0.05, (1, 1)), (1.05, (7, 11)), (0.5, (4, 5))]
)
def test_sides_of_another_scale_are_rounded_to_the_nearest_pixel(scale, size):
    """7 x 3.5 is 24.5, which is rounded up; no side is less than a pixel."""
    assert scaled_size(7, 10, scale) == size


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_resizing_keeps_constants_and_the_kind_of_picture(channels, dtype):
    white = np.full((40, 30, channels), np.iinfo(dtype).max, dtype)
    for height, width in ((31, 22), (90, 33), (1, 1)):
        resized = resize_levels(white, height, width)
        assert resized.dtype == dtype
        assert resized.shape == (height, width, channels)
        assert resized.min() == np.iinfo(dtype).max
    assert resize_levels(white, 40, 30) is white


def test_resizing_is_antialiased():
    """Stripes of one pixel become their mean when they are reduced, where a filter without antialiasing would alias."""
    stripes = np.zeros((60, 60, 1), np.uint8)
    stripes[:, ::2] = 200
    inner = resize_levels(stripes, 20, 20)[4:-4, 4:-4]
    assert abs(inner.astype(int) - 100).max() <= 2
