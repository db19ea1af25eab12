"""Fields of noise that do not depend on the image, and where they are added: moments, and formulas in float64."""

import math

import numpy as np
import pytest
from bounds import assert_frequency, assert_mean
from pictures import splitmix64
from scipy.stats import kstest

from degradekit.functional import fractal, grain
from degradekit.functional.impulses import salt_pepper
from degradekit.functional.noise_fields import add_where, uniform_field
from degradekit.functional.normal import standard_normal
from degradekit.functional.paper import paper_texture
from degradekit.operators.fractal_noise import FractalNoiseStep
from degradekit.operators.noise import GaussianStep, SpeckleStep
from degradekit.operators.resized_noise import ResizedNoiseStep
from degradekit.operators.uniform_noise import UniformNoiseStep

CHROMA = np.array([[0, 1.402], [-0.344136, -0.714136], [1.772, 0]])
"""RGB of Cb and Cr, in JPEG's YCbCr."""
LUMA = np.array([0.299, 0.587, 0.114])


def gray_ramp(channels: int = 3) -> np.ndarray:
    return np.tile(np.linspace(0, 1, 256, dtype=np.float32)[:, None, None], (1, 64, channels))


def test_uniform_numbers_have_the_moments_of_their_distribution():
    """The k-th moment of a uniform number in [-1, 1] is 1 / (k + 1) for even k."""
    x = uniform_field((1_000_000,), seed=3).astype(np.float64)
    assert np.abs(x).max() <= 1
    for power in (1, 2, 3, 4):
        mean = 0 if power % 2 else 1 / (power + 1)
        assert_mean(x**power, mean, math.sqrt(1 / (2 * power + 1) - mean**2), f"moment {power}")
    assert kstest(x, "uniform", args=(-1, 2)).pvalue > 1e-6


def test_uniform_numbers_are_uncorrelated_in_space_between_channels_and_between_seeds():
    field, other = (uniform_field((400, 400, 3), seed=seed).astype(np.float64) for seed in (5, 6))
    pairs = [(field.ravel()[:-k], field.ravel()[k:]) for k in (1, 2, 3, 6, 1200)]
    for a, b in [*pairs, (field[..., 0], field[..., 1]), (field[..., 0], field[..., 2]), (field, other)]:
        assert_mean(a * b, 0, 1 / 3)


def test_the_amplitude_of_uniform_noise_is_its_bound():
    image = np.full((300, 300, 3), 0.5, np.float32)
    added = (UniformNoiseStep(20.0, seed=1)(image) - image) * 255.0
    assert 19.99 < np.abs(added).max() < 20.01
    assert_mean(added.astype(np.float64) ** 2, 20**2 / 3, 20**2 * math.sqrt(1 / 5 - 1 / 9))


@pytest.mark.parametrize("step", [GaussianStep(8.0, 4, "chroma"), UniformNoiseStep(14.0, seed=4, channels="chroma")])
def test_chroma_noise_has_the_covariance_of_ycbcr_and_leaves_the_luma_alone(step):
    image = np.full((500, 500, 3), 0.5, np.float32)
    added = (step(image).astype(np.float64) - 0.5) * 255
    variance = 8.0**2 if isinstance(step, GaussianStep) else 14.0**2 / 3
    assert np.abs(added @ LUMA).max() < 0.001
    expected = variance * CHROMA @ CHROMA.T
    for i in range(3):
        for j in range(3):
            product = added[..., i] * added[..., j]
            assert_mean(product, expected[i, j], product.std(), f"{i} {j}")


def test_chroma_noise_leaves_gray_images_alone(random_image):
    image = random_image(20, 30, 1)
    for step in (GaussianStep(30.0, 1, "chroma"), SpeckleStep(30.0, 1, "chroma"), UniformNoiseStep(9.0, seed=1)):
        unchanged = np.array_equal(step(image), image)
        assert unchanged == (step.channels == "chroma")


def test_luma_noise_is_gray_noise_and_as_speckle_proportional_to_the_luma(random_image):
    image = random_image(40, 50) * 0.4 + 0.3
    np.testing.assert_array_equal(GaussianStep(9.0, 3, "luma")(image), GaussianStep(9.0, 3, "gray")(image))
    added = SpeckleStep(9.0, 3, "luma")(image).astype(np.float64) - image
    normal = standard_normal((40, 50, 1), seed=3) * 9.0 / 255
    np.testing.assert_allclose(added, np.repeat(normal * (image @ [0.2989, 0.587, 0.114])[..., None], 3, 2), atol=2e-7)


@pytest.mark.parametrize("channels", [1, 3])
def test_noise_passes_where_the_luma_lies_between_the_bounds(channels):
    image = gray_ramp(channels)
    added = UniformNoiseStep(5.0, seed=2, channels="gray", luma_above=60.0, luma_below=180.0)(image) != image
    levels = np.arange(256)
    changed = added.any(axis=(1, 2))
    np.testing.assert_array_equal(changed, (levels > 60) & (levels < 180))


def test_offset_and_shadows_follow_their_formula(random_image):
    image, field = random_image(30, 40), uniform_field((30, 40, 3), seed=1) * np.float32(0.1)
    expected = image + 1.2 * (1 - image.astype(np.float64).mean(axis=2, keepdims=True)) * (field + 10.0 / 255)
    result = add_where(image, field, None, None, in_shadows=True, offset=10.0)
    np.testing.assert_allclose(result, np.clip(expected, 0, 1), atol=3e-7)


@pytest.mark.parametrize("kind", ["both", "salt", "pepper"])
@pytest.mark.parametrize("gray", [False, True])
def test_salt_and_pepper_strike_as_often_as_asked_for(kind, gray):
    salt, pepper = 0.02 * (kind != "pepper"), 0.03 * (kind != "salt")
    image = np.full((500, 500, 3), 0.5, np.float32)
    result = salt_pepper(image, salt, pepper, gray, seed=8)
    if gray:
        assert np.ptp(result, axis=2).max() == 0
    decided = result[..., 0] if gray else result
    assert_frequency(int((decided == 1).sum()), decided.size, salt, "salt")
    assert_frequency(int((decided == 0).sum()), decided.size, pepper, "pepper")
    np.testing.assert_array_equal(decided[(decided > 0) & (decided < 1)], np.float32(0.5))


def test_salt_and_pepper_of_neighbors_and_channels_are_independent():
    struck = salt_pepper(np.full((400, 400, 3), 0.5, np.float32), 0.2, 0.0, False, seed=1) == 1
    for a, b in ((struck[:, 1:], struck[:, :-1]), (struck[1:], struck[:-1]), (struck[..., 0], struck[..., 1])):
        assert_mean((a & b).astype(np.float64), 0.04, math.sqrt(0.04 * 0.96))


def test_all_pixels_or_none_can_be_struck(random_image):
    image = random_image(9, 9)
    assert (salt_pepper(image, 1.0, 0.0, False, 1) == 1).all()
    assert (salt_pepper(image, 0.0, 1.0, True, 1) == 0).all()
    np.testing.assert_array_equal(salt_pepper(image, 0.0, 0.0, False, 1), image)


def test_noise_is_enlarged_sharpened_and_renormalized_by_the_formulas():
    """In float64: triangle interpolation at pixel centers, n + a (n - G n), and the root mean square back to 1."""
    height, width = 45, 70
    small = standard_normal((math.ceil(height / 1.5), math.ceil(width / 2), 2), seed=9).astype(np.float64)

    def interpolated(field: np.ndarray, sides: int, axis: int) -> np.ndarray:
        n = field.shape[axis]
        at = np.clip((np.arange(sides) + 0.5) * n / sides - 0.5, 0, n - 1)
        return np.apply_along_axis(lambda line: np.interp(at, np.arange(n), line), axis, field)

    field = interpolated(interpolated(small, height, 0), width, 1)
    taps = np.exp(-0.5 * (np.arange(-4, 5) / 1.2) ** 2)
    blurred = np.pad(field, ((4, 4), (4, 4), (0, 0)), mode="reflect")
    for axis in (0, 1):
        blurred = np.apply_along_axis(lambda line: np.convolve(line, taps / taps.sum(), "valid"), axis, blurred)
    expected = field + 2.0 * (field - blurred)
    expected /= math.sqrt((expected**2).mean())
    step = ResizedNoiseStep(
        25.5, factor_y=1.5, factor_x=2.0, filter="bilinear", sharpening=2.0, sharpening_sigma=1.2, seed=9
    )
    np.testing.assert_allclose(step.planes((height, width, 2)), expected * 0.1, atol=2e-6)


@pytest.mark.parametrize(("direction", "down", "right"), [(name, *move) for name, move in grain.STEPS_OF_LINES.items()])
@pytest.mark.parametrize("shape", [(9, 12, 3), (1, 5, 1), (5, 1, 2), (1, 1, 3), (2, 2, 1)])
def test_a_line_averages_three_pixels(direction, down, right, shape):
    white = standard_normal(shape, seed=4).astype(np.float64)

    padded = np.pad(white, ((1, 1), (1, 1), (0, 0)), mode="reflect")

    def moved(y: int, x: int) -> np.ndarray:
        return padded[1 + y : 1 + y + shape[0], 1 + x : 1 + x + shape[1]]

    expected = 0.5 * white + 0.25 * (moved(-down, -right) + moved(down, right))
    result = grain.resized_normal(shape, (1.0, 1.0), "lanczos", 4, line=0.25, direction=direction)
    np.testing.assert_allclose(result, expected, atol=2e-6)


def test_blurred_noise_has_the_variance_and_the_covariances_of_its_weights():
    """Of weights s, c, s: variance c^2 + 2 s^2, covariance 2 c s at distance 1, and s^2 at distance 2."""
    side, center = 0.3, 0.4
    field = grain.resized_normal((600, 600, 1), (1.0, 1.0), "lanczos", 5, line=side)[:, 1:-1, 0].astype(np.float64)
    for lag, expected in ((0, center**2 + 2 * side**2), (1, 2 * center * side), (2, side**2), (3, 0)):
        product = field[:, lag:] * field[:, : field.shape[1] - lag]
        # Neighboring products are correlated, over 2 + lag pixels at most on each side.
        assert_mean(product, expected, product.std() * math.sqrt(5 + 2 * lag), f"lag {lag}")
    across = field[1:] * field[:-1]
    assert_mean(across, 0, across.std() * math.sqrt(5), "across the line")


@pytest.mark.parametrize("filter", ["lanczos", "bilinear", "nearest"])
def test_enlarged_noise_keeps_its_deviation_and_correlates_neighbors(filter):
    planes = ResizedNoiseStep(12.0, 2.0, 2.0, filter, seed=3).planes((300, 300, 1)).astype(np.float64)[..., 0] * 255
    assert math.sqrt((planes**2).mean()) == pytest.approx(12.0, rel=1e-5)
    correlation = (planes[:, 1:] * planes[:, :-1]).mean() / (planes**2).mean()
    assert 0.4 < correlation < 0.9


def test_signs_keep_one_side_of_the_noise():
    """Half of a normal number is kept: its mean is 1 / sqrt(2 pi), its second moment 1 / 2."""
    for sign, side in (("lighten", 1), ("darken", -1)):
        field = side * ResizedNoiseStep(255.0, sign=sign, renormalize=False, seed=3).planes((500, 500, 1))
        assert field.min() == 0
        assert_mean(field, 1 / math.sqrt(2 * math.pi), math.sqrt(0.5 - 0.5 / math.pi))
        assert_mean(field**2, 0.5, math.sqrt(1.5 - 0.25))


@pytest.mark.parametrize("block", [1, 8])
def test_noise_is_kept_in_as_many_blocks_as_asked_for(block):
    height, width = 801, 650
    kept = grain.keep_in_blocks(np.ones((height, width, 2), np.float32), 0.3, block, seed=2)
    np.testing.assert_array_equal(kept[..., 0], kept[..., 1])
    corners = kept[::block, ::block, 0]
    np.testing.assert_array_equal(kept[..., 0], np.kron(corners, np.ones((block, block)))[:height, :width])
    assert_frequency(int(corners.sum()), corners.size, 0.3)
    for a, b in ((corners[1:], corners[:-1]), (corners[:, 1:], corners[:, :-1])):
        assert_mean(a * b, 0.09, math.sqrt(0.09 * 0.91))


def perlin(u: np.ndarray, v: np.ndarray, start: int) -> np.ndarray:
    """Perlin's noise, whose gradients are the 256th parts of a turn in the high bytes of words, in float64."""
    j, i = np.floor(u).astype(int), np.floor(v).astype(int)
    of_lattice = splitmix64(start, 2)

    def slope(di: int, dj: int) -> np.ndarray:
        points = ((i + di) * 2**20 + j + dj).ravel()
        angle = np.array([splitmix64(of_lattice, int(k)) >> 56 for k in points]).reshape(u.shape) * math.pi / 128
        return np.cos(angle) * (u - j - dj) + np.sin(angle) * (v - i - di)

    fade_u, fade_v = (6 * t**5 - 15 * t**4 + 10 * t**3 for t in (u - j, v - i))
    top = (1 - fade_u) * slope(0, 0) + fade_u * slope(0, 1)
    return (1 - fade_v) * top + fade_v * ((1 - fade_u) * slope(1, 0) + fade_u * slope(1, 1))


@pytest.mark.parametrize(
    ("height", "width", "octaves", "frequency", "lacunarity", "theta"),
    [
        (23, 31, 1, 0.25, 0.5, 0.0),
        (23, 31, 3, 0.3, 1.7, 0.0),
        (23, 31, 3, 0.9, 0.4, 0.0),
        (23, 31, 2, 0.2, 0.5, 0.7),
        (31, 23, 2, 0.5, 3.0, -2.5),
        (300, 4, 1, 0.7, 0.5, 0.3),
        (3, 270, 1, 1.0, 0.5, 2.0),
    ],
)
def test_fractal_noise_is_perlins_summed_over_octaves(height, width, octaves, frequency, lacunarity, theta):
    y, x = np.mgrid[:height, :width].astype(np.float64)
    total, weights = np.zeros((height, width)), 0.0
    for k in range(octaves):
        cells = frequency * lacunarity**k
        if k and cells > 1:
            continue
        start = splitmix64(splitmix64(77, 1), k)
        offset_u, offset_v = ((splitmix64(start, n) >> 11) / 2**53 for n in (0, 1))
        u = cells * (math.cos(theta) * x + math.sin(theta) * y) + offset_u
        v = cells * (math.cos(theta) * y - math.sin(theta) * x) + offset_v
        total += 2.0**-k * perlin(u, v, start)
        weights += 2.0**-k
    result = fractal.fractal_field((height, width, 1), octaves, frequency, lacunarity, theta, seed=77)
    np.testing.assert_allclose(result[..., 0], math.sqrt(2) * total / weights, atol=2e-6)


def test_fractal_noise_has_the_moments_of_perlins():
    """Over all offsets in a cell, the variance of N is that of four independent slopes, weighted by their fades.

    A unit vector's slope at a distance d has the variance d^2 / 2, and N is scaled by sqrt(2).
    """
    v, u = (np.mgrid[:200, :200] + 0.5) / 200
    fade_u, fade_v = (6 * t**5 - 15 * t**4 + 10 * t**3 for t in (u, v))
    corners = [((fade_u if j else 1 - fade_u) * (fade_v if i else 1 - fade_v), i, j) for i in (0, 1) for j in (0, 1)]
    one = float(np.mean(sum(w**2 * ((u - j) ** 2 + (v - i) ** 2) for w, i, j in corners)))
    for octaves, variance in ((1, one), (3, one * (1 + 1 / 4 + 1 / 16) / (1 + 1 / 2 + 1 / 4) ** 2)):
        drawn = [fractal.fractal_field((1, 1, 1), octaves, 0.3, 0.5, 0.4, seed)[0, 0, 0] for seed in range(4000)]
        x = np.array(drawn, np.float64)
        assert_mean(x, 0, math.sqrt(variance))
        assert_mean(x**2, variance, (x**2).std())
        assert np.abs(x).max() <= 1


def test_fractal_noise_of_a_long_image_takes_no_more_memory_than_the_image():
    """The rectangle of the lattice that holds the image has 10^10 points."""
    assert fractal.fractal_field((1, 2**17, 1), 1, 1.0, 0.5, math.pi / 4, seed=1).shape == (1, 2**17, 1)


def test_fractal_noise_is_smooth_and_its_planes_are_independent():
    """At 50 pixels a cell, neighbors differ by a slope of at most a few amplitudes a cell."""
    field = fractal.fractal_field((200, 200, 2), 1, 0.02, 0.5, 0.3, seed=5).astype(np.float64)
    assert np.abs(np.diff(field, axis=0)).max() < 5 * 0.02
    assert np.abs(np.diff(field, axis=1)).max() < 5 * 0.02
    points = np.array(
        [fractal.fractal_field((1, 1, 2), 1, 0.5, 0.5, 0, seed)[0, 0] for seed in range(2000)], np.float64
    )
    product = points[:, 0] * points[:, 1]
    assert_mean(product, 0, product.std())


@pytest.mark.parametrize("shape", [(30, 40, 3), (31, 41, 1), (1, 1, 1), (2, 1, 2)])
@pytest.mark.parametrize("filter", ["bilinear", "nearest"])
def test_grain_is_noise_of_two_sizes_over_its_largest_magnitude(shape, filter):
    height, width, planes = shape
    small = max(1, height // 2), max(1, width // 2)
    numbers = standard_normal((height * width * planes + small[0] * small[1] * planes,), seed=6).astype(np.float64)
    coarse = numbers[height * width * planes :].reshape(*small, planes)
    for axis, sides in ((0, height), (1, width)):
        n = coarse.shape[axis]
        at = (np.arange(sides) + 0.5) * n / sides - 0.5
        if filter == "nearest":
            coarse = np.take(coarse, np.floor(at + 0.5).astype(int), axis)
        else:
            inputs = np.arange(n)
            coarse = np.apply_along_axis(
                lambda line, at, inputs: np.interp(at, inputs, line), axis, coarse, np.clip(at, 0, n - 1), inputs
            )
    expected = 0.6 * numbers[: height * width * planes].reshape(shape) + coarse
    expected /= np.abs(expected).max()
    np.testing.assert_allclose(grain.two_grains(shape, 0.6, 1.0, filter, seed=6), expected, atol=1e-6)


@pytest.mark.parametrize("tile", ["circle", "rectangle", "checker"])
@pytest.mark.parametrize("inverted", [False, True])
def test_paper_texture_follows_its_formula(tile, inverted):
    """The share of a pixel in a shape goes from 0 to 1 over the pixel at its edge; the mean is taken off."""
    (height, width), period, sides, radius, theta = (25, 34), 7.3, (0.8, 0.5), 0.6, 0.3
    y, x = np.mgrid[:height, :width].astype(np.float64)
    start = splitmix64(splitmix64(12, 1), -1)
    offset_u, offset_v = ((splitmix64(start, n) >> 11) / 2**53 for n in (0, 1))
    u = (math.cos(theta) * x + math.sin(theta) * y) / period + offset_u
    v = (math.cos(theta) * y - math.sin(theta) * x) / period + offset_v
    p = np.stack([np.abs(u % 1 - 0.5), np.abs(v % 1 - 0.5)]) * period
    half = np.array([sides[1], sides[0]])[:, None, None] * period / 2
    if tile == "circle":
        distance = (np.sqrt(((p / half) ** 2).sum(axis=0)) - 1) * half.min()
    else:
        corner = radius * half.min()
        q = p - half + corner
        distance = np.sqrt((np.maximum(q, 0) ** 2).sum(axis=0)) + np.minimum(q.max(axis=0), 0) - corner
    share = np.clip(0.5 - distance, 0, 1)
    if tile == "checker":
        share[(np.floor(u) + np.floor(v)) % 2 == 1] = 0
    white = standard_normal((height, width, 3), seed=12).astype(np.float64)
    expected = 2 * (-0.37 if inverted else 0.37) * share[..., None] + 2 * 0.026 * period * white
    result = paper_texture((height, width, 3), tile, period, sides, radius, theta, 12, inverted=inverted)
    np.testing.assert_allclose(result, expected - expected.mean(), atol=2e-6)
    assert abs(result.mean(dtype=np.float64)) < 1e-6


def test_the_constants_of_paper_are_the_moments_of_clipped_noise():
    """A tile of 15 x 15 cells of 0 or 1 gets noise of deviation 1 and is clipped; a pixel averages (15 / period)^2."""
    n = 2_000_000
    white = standard_normal((n,), seed=1).astype(np.float64)
    dark, bright = np.clip(white, 0, 1), np.clip(white + 1, 0, 1)
    assert bright.mean() - dark.mean() == pytest.approx(0.37, abs=0.005)
    assert dark.std() / 15 == pytest.approx(0.026, abs=0.001)


def test_every_draw_of_a_field_has_a_seed_of_its_own():
    fields = [FractalNoiseStep(9.0, 2, 0.3, 0.5, seed=seed).planes((40, 40, 1)) for seed in range(20)]
    assert len({field.tobytes() for field in fields}) == 20
