"""The antialiased filters, their widths, linear light, detail-preserving downscaling, and resizing on detours."""

import math
from typing import get_args

import numpy as np
import pytest
from bounds import assert_frequency, assert_uniform

from degradekit import Chain, RecipeError, Resize, ResizeTwice
from degradekit.functional.dpid import dpid
from degradekit.functional.power_law import from_linear_light, to_linear_light
from degradekit.functional.resizing import resize
from degradekit.operators.resize import DPIDStep, GaussianResizeStep, ResizeStep, Window

WINDOWS = get_args(Window)


def cubic(b, c):
    def value(t):
        t = abs(t)
        if t < 1:
            return ((12 - 9 * b - 6 * c) * t**3 + (-18 + 12 * b + 6 * c) * t**2 + 6 - 2 * b) / 6
        outer = (-b - 6 * c) * t**3 + (6 * b + 30 * c) * t**2 + (-12 * b - 48 * c) * t + 8 * b + 24 * c
        return outer / 6 if t < 2 else 0.0

    return value


def lagrange(t):
    distances = [math.floor(2 + abs(t)) - i for i in range(4)]
    return math.prod((d - abs(t)) / d for d in distances if d) if abs(t) < 2 else 0.0


FORMULAS = {
    "box": lambda t: float(abs(t) <= 0.5 + 1e-9),
    "bilinear_antialiased": lambda t: max(1 - abs(t), 0.0),
    "hermite": cubic(0, 0),
    "catrom": cubic(0, 0.5),
    "mitchell": cubic(1 / 3, 1 / 3),
    "bspline": cubic(1, 0),
    "hamming": lambda t: np.sinc(t) * (0.54 + 0.46 * math.cos(math.pi * t)) * (abs(t) < 1),
    "hann": lambda t: np.sinc(t) * (0.5 + 0.5 * math.cos(math.pi * t)) * (abs(t) < 1),
    "lagrange": lagrange,
    "sinc": lambda t: np.sinc(t) * (abs(t) < 4),
    "lanczos": lambda t: np.sinc(t) * np.sinc(t / 3) * (abs(t) < 3),
}


def by_formula(image: np.ndarray, m: int, filter: str, width: float = 1.0) -> np.ndarray:
    """Resample the rows of an image to m, in float64; inputs beyond the border have no part."""
    n = image.shape[0]
    stretch = max(n / m, 1) * width
    rows = []
    for output in range(m):
        center = (output + 0.5) * n / m - 0.5
        weights = np.array([FORMULAS[filter]((i - center) / stretch) for i in range(n)])
        if not weights.any():
            weights[math.floor(center + 0.5)] = 1
        rows.append(np.tensordot(weights / weights.sum(), image.astype(np.float64), 1))
    return np.array(rows)


def test_every_window_has_its_formula():
    assert set(WINDOWS) < set(FORMULAS)


@pytest.mark.parametrize("filter", FORMULAS)
@pytest.mark.parametrize(
    ("n", "m"), [(64, 16), (61, 20), (60, 40), (45, 44), (20, 61), (32, 64), (7, 7), (1, 5), (5, 1)]
)
def test_filters_follow_their_formulas_up_and_down(filter, n, m, random_image):
    image = random_image(n, 3)
    assert np.abs(resize(image, m, 3, filter)[:, 1] - by_column(image, m, filter)).max() < 2e-6


def by_column(image, m, filter, width=1.0):
    """The middle column; resampling three columns to three leaves it alone but for filters that blur."""
    columns = by_formula(image.transpose(1, 0, 2), 3, filter, width).transpose(1, 0, 2)
    return by_formula(columns, m, filter, width)[:, 1]


@pytest.mark.parametrize("filter", FORMULAS)
@pytest.mark.parametrize("width", [0.5, 0.95, 1.05, 2.0])
@pytest.mark.parametrize(("n", "m"), [(60, 17), (31, 31), (30, 45), (2, 9)])
def test_a_filter_of_another_width_is_the_same_formula_stretched(filter, width, n, m, random_image):
    image = random_image(n, 3)
    result = resize(image, m, 3, filter, filter_width=width)[:, 1]
    assert np.isfinite(result).all()
    assert np.abs(result - by_column(image, m, filter, width)).max() < 3e-6


@pytest.mark.parametrize(("n", "m"), [(400, 100), (101, 37), (30, 75)])
@pytest.mark.parametrize(("filter", "mode"), [("bilinear_antialiased", "bilinear"), ("catrom", "bicubic")])
def test_antialiased_filters_are_those_of_torch_up_to_the_border(filter, mode, n, m, random_image):
    torch = pytest.importorskip("torch")
    image = random_image(n, 21)
    tensor = torch.from_numpy(image).permute(2, 0, 1)[None]
    expected = torch.nn.functional.interpolate(tensor, size=(m, 9), mode=mode, antialias=True)[0].permute(1, 2, 0)
    assert np.abs(resize(image, m, 9, filter) - expected.numpy()).max() < 1e-5


@pytest.mark.parametrize(("n", "m"), [(400, 100), (101, 37), (30, 75)])
def test_hamming_is_that_of_pillow(n, m, random_image):
    from PIL import Image

    image = random_image(n, 21, 1)
    pillow = np.asarray(Image.fromarray(image[:, :, 0]).resize((9, m), Image.Resampling.HAMMING))
    assert np.abs(resize(image, m, 9, "hamming")[:, :, 0] - pillow).max() < 1e-5


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_a_box_takes_equal_means_and_is_area_at_whole_ratios(factor, random_image):
    image = random_image(12 * factor, 12 * factor)
    means = image.reshape(12, factor, 12, factor, 3).astype(np.float64).mean((1, 3))
    assert np.abs(resize(image, 12, 12, "box") - means).max() < 1e-6


@pytest.mark.parametrize("filter", [name for name in WINDOWS if name not in ("mitchell", "bspline")])
def test_interpolating_filters_copy_an_image_to_its_own_size(filter, random_image):
    image = random_image(31, 23)
    np.testing.assert_array_equal(resize(image, 31, 23, filter), image)
    alone = np.concatenate([resize(row[None], 1, 7, filter) for row in image])  # nor do rows mix that are kept
    assert np.abs(resize(image, 31, 7, filter) - alone).max() < 1e-6


@pytest.mark.parametrize("filter", ["mitchell", "bspline"])
def test_smoothing_cubics_blur_an_image_at_its_own_size(filter, random_image):
    image = random_image(31, 23)
    assert np.abs(resize(image, 31, 23, filter) - image).max() > 0.1


def test_linear_light_is_the_power_of_22_tenths_and_keeps_signs():
    """To one unit in the last place of float32, and back to the very numbers within two."""
    levels = np.concatenate([np.linspace(-0.3, 1.5, 5001), np.geomspace(1e-12, 100, 500)]).astype(np.float32)[
        None, :, None
    ]
    exact = levels.astype(np.float64)
    np.testing.assert_allclose(
        to_linear_light(levels), np.sign(exact) * np.abs(exact) ** 2.2, rtol=2.0**-23, atol=1e-30
    )
    np.testing.assert_allclose(
        from_linear_light(levels), np.sign(exact) * np.abs(exact) ** (1 / 2.2), rtol=2.0**-23, atol=1e-13
    )
    np.testing.assert_allclose(from_linear_light(to_linear_light(levels)), levels, rtol=2.0**-22, atol=1e-12)


@pytest.mark.parametrize(
    "step",
    [
        ResizeStep(20, 31, 0.5, "hann", linear_light=True),
        GaussianResizeStep(20, 31, 0.5, 1.0, linear_light=True),
        DPIDStep(20, 31, 0.5, 0.5, linear_light=True),
    ],
)
def test_linear_light_resizes_light_instead_of_levels(step, random_image):
    """A fine pattern of black and white keeps its light, and so becomes brighter than middle gray."""
    image = random_image(41, 62)
    plain = type(step)(**{k: v for k, v in step.to_dict().items() if k not in ("op", "linear_light")})
    light = np.sign(image) * np.abs(image.astype(np.float64)) ** 2.2
    resized = plain(light.astype(np.float32)).astype(np.float64)
    np.testing.assert_allclose(step(image), np.sign(resized) * np.abs(resized) ** (1 / 2.2), atol=1e-5)
    stripes = np.tile(np.float32([0, 1]), (40, 20))[..., None]
    assert abs(ResizeStep(20, 20, 0.5, "box", linear_light=True)(stripes).mean() - 0.5 ** (1 / 2.2)) < 1e-6


def dpid_by_formula(image: np.ndarray, height: int, width: int, detail: float) -> np.ndarray:
    """The weighted mean of each cell with matrices of shares, in float64."""

    def shares(n, m):
        edges = np.arange(m + 1) * n / m
        lower = np.maximum(edges[:-1, None], np.arange(n))
        return np.clip(np.minimum(edges[1:, None], np.arange(n) + 1) - lower, 0, None)

    rows, columns = shares(image.shape[0], height), shares(image.shape[1], width)
    exact = image.astype(np.float64)
    area = np.einsum("yi,xj->yxij", rows, columns)
    means = np.einsum("yxij,ijc->yxc", area, exact) / area.sum((2, 3))[..., None]
    padded = np.pad(np.concatenate([means, np.ones((height, width, 1))], axis=2), ((1, 1), (1, 1), (0, 0)))
    guide = sum(
        (2 - abs(a - 1)) * (2 - abs(b - 1)) * padded[a : a + height, b : b + width] for a in range(3) for b in range(3)
    )
    guide = guide[..., :-1] / guide[..., -1:]
    weights = area * np.linalg.norm(guide[:, :, None, None] - exact, axis=-1) ** detail
    return np.einsum("yxij,ijc->yxc", weights, exact) / weights.sum((2, 3))[..., None]


@pytest.mark.parametrize("detail", [0.0, 0.111, 0.5, 1.0])
@pytest.mark.parametrize(("size", "to"), [((40, 30), (10, 10)), ((31, 23), (7, 9)), ((9, 8), (13, 8))])
def test_dpid_follows_its_formula(detail, size, to, random_image):
    for channels in (1, 3):
        image = random_image(*size, channels)
        assert np.abs(dpid(image, *to, detail) - dpid_by_formula(image, *to, detail)).max() < 1e-6


def test_dpid_keeps_a_constant_image_and_a_thin_line():
    assert np.abs(dpid(np.full((30, 41, 3), 0.3, np.float32), 7, 11, 1.0) - np.float32(0.3)).max() < 1e-7
    line = np.zeros((40, 40, 1), np.float32)
    line[:, 18] = 1
    assert dpid(line, 10, 10, 1.0).max() > 2 * resize(line, 10, 10, "area").max()


def steps_of(operator, n=2000, scale=None):
    chain = Chain((operator,), scale=scale)
    return [chain.sample((400, 300), seed=3, variant=variant).steps for variant in range(n)]


def test_sizes_are_rounded_down_or_to_the_nearest_integer():
    for rounding, rounded in (("down", math.floor), ("nearest", round)):
        for (step,) in steps_of(Resize(rounding=rounding, factor=(0.3, 1.7)), 200):
            assert (step.height, step.width) == (rounded(400 * step.factor), rounded(300 * step.factor))


def test_the_filter_width_is_drawn_and_stands_in_the_record_only_where_it_is_used():
    steps = [step for (step,) in steps_of(Resize(filters="sinc", filter_width=(0.95, 1.05)))]
    assert_uniform([step.filter_width for step in steps], 0.95, 1.05)
    ((plain,), *_) = steps_of(Resize(filters="sinc"), 1)
    assert set(plain.to_dict()) == {"op", "height", "width", "factor", "filter"}


def test_new_filters_and_fields_move_no_draw_of_the_old_ones():
    """A weight of 0 for all new filters leaves the draws as they are, in the order in which a person writes them."""
    old = {"nearest": 1.0, "area": 2.0, "gaussian": 1.0, "lanczos": 0.5}
    more = dict.fromkeys((*WINDOWS, "dpid"), 0.0) | old
    assert steps_of(Resize(filters=more), 200) == steps_of(Resize(filters=old), 200)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"filter_width": (0.9, 1.1)},
            r"filter_width: must be 1 where .* leave these filters out: area, bilinear, bicubic",
        ),
        ({"filter_width": 3, "filters": "box"}, "filter_width: must satisfy 0.5 <= low <= high <= 2"),
        ({"filters": "gauss"}, "filters: unknown name 'gauss'; known: area, .*, dpid"),
        ({"detail": -1}, "detail: must satisfy 0 <= low <= high <= 8"),
        ({"rounding": "up"}, "rounding: must be 'down' or 'nearest'"),
        ({"linear_light": 2.2}, "linear_light: must be true or false"),
    ],
)
def test_bad_fields_are_refused_with_rule_and_value(fields, message):
    with pytest.raises(RecipeError, match=message):
        Resize(**fields)


def test_detours_go_past_the_lr_or_beyond_the_hr_and_end_at_the_lr():
    n = 3000
    schemes = {"down_up": 0, "up_down": 0, "down_down": 0}
    operator = ResizeTwice(up_filters="catrom", down_filters={"box": 1, "sinc": 1}, passes=(3, 5))
    factors: dict[str, list[float]] = {"down_up": [], "up_down": []}
    for steps in steps_of(operator, n, scale=4):
        heights = [step.height for step in steps]
        assert (steps[-1].height, steps[-1].width) == (100, 75)
        if len(steps) > 2:
            schemes["down_down"] += 1
            assert heights == [
                400 - 300 * k // len(steps) - (300 * k % len(steps) > 0) for k in range(1, len(steps) + 1)
            ]
            assert len({step.filter for step in steps}) == 1
            continue
        scheme = "down_up" if heights[0] <= 100 else "up_down"
        schemes[scheme] += 1
        up, down = steps[::-1] if scheme == "down_up" else steps
        assert up.filter == "catrom"
        assert down.filter in ("box", "sinc")
        factors[scheme].append(100 / heights[0] if scheme == "down_up" else heights[0] / 400)
    for name, count in schemes.items():
        assert_frequency(count, n, 1 / 3, name)
    for scheme, drawn in factors.items():  # a side is rounded down, which moves the factor by up to 2 / 50 and 1 / 400
        assert abs(np.mean(drawn) - 1.5) < 5 * math.sqrt(1 / 12 / len(drawn)) + (0.02 if scheme == "down_up" else 0.003)


def test_steps_of_a_detour_are_equal_and_their_number_is_drawn():
    counts = [len(steps) for steps in steps_of(ResizeTwice(schemes="down_down"), scale=4)]
    for count in range(1, 6):
        assert_frequency(counts.count(count), len(counts), 0.2, f"{count} steps")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"factor": 0.5}, "factor: must satisfy 1 <= low <= high <= 100"),
        ({"passes": (0, 5)}, "passes: must satisfy 1 <= low <= high <= 16"),
        ({"schemes": "spread"}, "schemes: unknown name 'spread'; known: down_up, up_down, down_down"),
    ],
)
def test_bad_fields_of_a_detour_are_refused_with_rule_and_value(fields, message):
    with pytest.raises(RecipeError, match=message):
        ResizeTwice(**fields)
