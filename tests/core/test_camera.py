"""The camera against few-line float64 versions, and its noise within five standard errors."""

import math

import numpy as np
import pytest
from bounds import assert_frequency, assert_mean, assert_uniform
from scipy.ndimage import convolve
from scipy.stats import kstest, poisson

from degradekit import Camera
from degradekit.errors import RecipeError, RecordError
from degradekit.functional.demosaicing import RED_AT, demosaic, mosaic_of
from degradekit.functional.sensor_noise import SensorNoise, sensed
from degradekit.operators.camera import MEASURED, SATURATION, CameraStep

SIZES = [(1, 1), (1, 2), (2, 2), (2, 3), (5, 7), (8, 6), (31, 70), (70, 33)]
SETTINGS = {"color_weights": (0.4, 0.1, 0.3, 0.2), "gain": 1.2, "red_gain": 2.1, "blue_gain": 1.7, "seed": 5}


def camera(**fields) -> CameraStep:
    return CameraStep(**{"shot_variance": 0.0, "read_variance": 0.0, "row_sigma": 0.0, **SETTINGS, **fields})


# What is published: Brooks et al., CVPR 2019


MATRICES = np.array(
    [
        [[1.0234, -0.2969, -0.2266], [-0.5625, 1.6328, -0.0469], [-0.0703, 0.2188, 0.6406]],
        [[0.4913, -0.0541, -0.0202], [-0.6130, 1.3513, 0.2906], [-0.1564, 0.2151, 0.7183]],
        [[0.8380, -0.2630, -0.0639], [-0.2887, 1.0725, 0.2496], [-0.0627, 0.1427, 0.5438]],
        [[0.6596, -0.2079, -0.0562], [-0.4782, 1.3016, 0.1933], [-0.0970, 0.1581, 0.5181]],
    ]
)
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def to_camera(weights) -> np.ndarray:
    matrix = np.tensordot(np.array(weights) / sum(weights), MATRICES, 1) @ XYZ
    return matrix / matrix.sum(axis=1, keepdims=True)


def unprocess(image, step: CameraStep) -> np.ndarray:
    t = 0.5 - np.sin(np.arcsin(1 - 2 * image) / 3) if step.tone_curve == "smoothstep" else image
    linear = np.maximum(t, 1e-8) ** 2.2 @ to_camera(step.color_weights).T
    gains = np.array([1 / step.red_gain, 1, 1 / step.blue_gain]) / step.gain
    mask = (np.maximum(linear.mean(axis=-1, keepdims=True) - 0.9, 0) / 0.1) ** 2
    return np.clip(linear * np.maximum(mask + (1 - mask) * gains, gains), 0, 1)


def balance(raw, step: CameraStep) -> np.ndarray:
    return np.clip(raw * step.gain * np.array([step.red_gain, 1, step.blue_gain]), 0, 1)


def develop(balanced, step: CameraStep) -> np.ndarray:
    t = np.clip(balanced @ np.linalg.inv(to_camera(step.color_weights)).T, 0, 1) ** (1 / 2.2)
    return 3 * t**2 - 2 * t**3 if step.tone_curve == "smoothstep" else t


def masks(height: int, width: int, bayer: str) -> np.ndarray:
    """1 where the sensor measures the color: (H, W, 3)."""
    y, x = np.mgrid[:height, :width]
    color = np.array(["RGB".index(letter) for letter in bayer])[2 * (y % 2) + x % 2]
    return (color[..., None] == np.arange(3)).astype(float)


def bilinear(mosaic, mask) -> np.ndarray:
    green = np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]]) / 4
    others = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 4
    kernels = (others, green, others)
    return np.stack([convolve(mosaic * mask[..., c], kernels[c], mode="mirror") for c in range(3)], axis=-1)


def malvar(mosaic, mask) -> np.ndarray:
    """As printed in figure 2 of Malvar, He and Cutler, ICASSP 2004."""
    at_cross = np.array([[0, 0, -1, 0, 0], [0, 0, 2, 0, 0], [-1, 2, 4, 2, -1], [0, 0, 2, 0, 0], [0, 0, -1, 0, 0]]) / 8
    in_row = (
        np.array([[0, 0, 0.5, 0, 0], [0, -1, 0, -1, 0], [-1, 4, 5, 4, -1], [0, -1, 0, -1, 0], [0, 0, 0.5, 0, 0]]) / 8
    )
    corner = [[0, 0, -1.5, 0, 0], [0, 2, 0, 2, 0], [-1.5, 0, 6, 0, -1.5], [0, 2, 0, 2, 0], [0, 0, -1.5, 0, 0]]
    diagonal = np.array(corner) / 8
    cross, row, column, corners = (
        convolve(mosaic, kernel, mode="mirror") for kernel in (at_cross, in_row, in_row.T, diagonal)
    )
    red, green, blue = (mask[..., c] > 0 for c in range(3))
    result = np.stack([mosaic] * 3, axis=-1)
    result[~green, 1] = cross[~green]
    for own, other, c in ((red, blue, 0), (blue, red, 2)):
        beside = np.roll(np.pad(own, 2, mode="reflect"), 1, axis=1)[2:-2, 2:-2]
        result[green & beside, c], result[green & ~beside, c] = row[green & beside], column[green & ~beside]
        result[other, c] = corners[other]
    return result


# The identity


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("tone", ["smoothstep", "none"])
@pytest.mark.parametrize("size", SIZES)
def test_without_noise_and_mosaic_a_photo_keeps_every_bit(size, tone, channels, random_image):
    image = random_image(*size, channels)
    for weights, gain in (((1.0, 0.0, 0.0, 0.0), 2.0), ((0.0, 0.3, 0.0, 0.2), 0.9)):
        step = camera(demosaic_method="none", tone_curve=tone, color_weights=weights, gain=gain)
        np.testing.assert_array_equal(step(image), image)


def test_the_round_trip_itself_is_the_identity_of_colors_that_the_sensor_can_see(random_image):
    """The test's own float64 version inverts the published steps, where nothing is clipped."""
    image = random_image(40, 40).astype(float) * 0.5 + 0.2
    for tone in ("smoothstep", "none"):
        step = camera(tone_curve=tone, gain=1.3)
        raw = unprocess(image, step)
        inside = ((raw > 0) & (raw < 1)).all(axis=-1)
        assert inside.mean() > 0.9
        np.testing.assert_allclose(develop(balance(raw, step), step)[inside], image[inside], atol=1e-9)


@pytest.mark.parametrize("size", SIZES)
def test_a_gray_photo_is_taken_without_a_mosaic(size, random_image):
    image = random_image(*size, 1)
    np.testing.assert_array_equal(camera(demosaic_method="malvar")(image), image)


@pytest.mark.parametrize("kind", ["bilinear", "malvar"])
def test_a_mosaic_changes_edges_and_no_flat_part(kind):
    image = np.full((40, 40, 3), (0.2, 0.5, 0.4), np.float32)
    image[:, 20:] = (0.7, 0.4, 0.3)
    change = np.abs(camera(demosaic_method=kind)(image) - image)
    assert change[:, :17].max() < 1e-5
    assert change[:, 23:].max() < 1e-5
    assert change[:, 17:23].max() > 0.02


# Against float64


@pytest.mark.parametrize("tone", ["smoothstep", "none"])
def test_noise_without_a_mosaic_is_developed_as_published(tone, random_image):
    """Between the entries of its table a curve is off by at most 2e-4, near white."""
    image = random_image(31, 40) * 0.95
    step = camera(demosaic_method="none", tone_curve=tone, read_variance=1e-4, row_sigma=0.01)
    raw = unprocess(image.astype(float), step)
    noise = SensorNoise(0.0, step.read_variance, step.row_sigma, step.seed)
    noisy = raw + sensed(np.zeros((31, 120), np.float32), noise).reshape(raw.shape)
    expected = image + develop(balance(noisy, step), step) - develop(balance(raw, step), step)
    np.testing.assert_allclose(step(image), np.clip(expected, 0, 1), atol=1e-3)


@pytest.mark.parametrize("kind", ["bilinear", "malvar"])
@pytest.mark.parametrize("bayer", RED_AT)
@pytest.mark.parametrize("size", [size for size in SIZES if min(size) > 1])
def test_noise_under_a_mosaic_is_developed_as_published(size, bayer, kind, random_image):
    image = random_image(*size) * 0.95
    step = camera(demosaic_method=kind, bayer_pattern=bayer, read_variance=1e-4)
    raw, mask = unprocess(image.astype(float), step), masks(*size, bayer)
    noise = sensed(np.zeros(size, np.float32), SensorNoise(0.0, step.read_variance, 0.0, step.seed))
    measured = (balance(raw + noise[..., None], step) * mask).sum(axis=-1)
    demosaicked = (bilinear if kind == "bilinear" else malvar)(measured, mask)
    expected = image + develop(demosaicked, step) - develop(balance(raw, step), step)
    np.testing.assert_allclose(step(image), np.clip(expected, 0, 1), atol=1e-3)


@pytest.mark.parametrize("bayer", RED_AT)
def test_demosaicing_is_that_of_float64(bayer, random_image):
    image = random_image(31, 22)
    mask = masks(31, 22, bayer)
    mosaic = mosaic_of(image, *RED_AT[bayer])
    np.testing.assert_array_equal(mosaic, (image * mask).sum(axis=-1).astype(np.float32))
    np.testing.assert_allclose(demosaic(mosaic, *RED_AT[bayer], False), bilinear(mosaic.astype(float), mask), atol=1e-6)
    np.testing.assert_allclose(demosaic(mosaic, *RED_AT[bayer], True), malvar(mosaic.astype(float), mask), atol=1e-6)


# Moments of the noise


@pytest.mark.parametrize("shot", [1e-4, 3e-3, 0.012, 0.3])
@pytest.mark.parametrize("signal", [0.0, 0.002, 0.03, 0.11, 0.5, 1.0])
def test_a_flat_patch_has_the_variance_shot_times_signal_plus_read(signal, shot):
    read = 0.5 * shot**2
    raw = np.full((500, 500), signal, np.float32)
    noise = sensed(raw, SensorNoise(shot, read, 0.0, seed=11)).astype(float) - np.float64(raw[0, 0])
    variance = shot * signal + read
    assert_mean(noise, 0, math.sqrt(variance), "mean")
    assert_mean(noise**2, variance, (noise**2).std(), "variance")


@pytest.mark.parametrize("mean", [0.05, 1.0, 7.9])
def test_few_photons_are_exactly_poisson_distributed(mean):
    shot, n = 0.01, 400_000
    counts = sensed(np.full((1, n), mean * shot, np.float32), SensorNoise(shot, 0.0, 0.0, seed=3))[0] / shot
    assert np.abs(counts - np.rint(counts)).max() < 1e-4
    for k in range(25):
        p = float(poisson.pmf(k, mean))
        if p * n >= 20:
            assert_frequency(int((np.rint(counts) == k).sum()), n, p, f"count {k}")


@pytest.mark.parametrize("mean", [8.0, 30.0, 200.0])
def test_many_photons_have_a_poisson_distributions_skewness(mean):
    """The expansion's next term is of the order 1 / mean of the skewness."""
    noise = sensed(np.full((1000, 400), mean / 256, np.float32), SensorNoise(1 / 256, 0.0, 0.0, seed=4)) * 256.0 - mean
    third = noise.astype(float) ** 3
    assert abs(third.mean() - mean) < 5 * third.std() / math.sqrt(third.size) + 0.2


@pytest.mark.parametrize("shot", [1e-320, 1e-40, 1e-20, 1e-11])
def test_shot_noise_that_nobody_could_see_changes_next_to_nothing(shot):
    raw = np.linspace(0, 1, 1000, dtype=np.float32)[np.newaxis]
    np.testing.assert_allclose(sensed(raw, SensorNoise(shot, 0.0, 0.0, seed=1)), raw, atol=2e-5)


def test_noise_is_white_and_another_seed_is_another_field():
    flat = np.full((300, 300), 0.3, np.float32)
    a, b = (sensed(flat, SensorNoise(0.01, 1e-4, 0.0, seed)).astype(float) - 0.3 for seed in (1, 2))
    for x, y in ((a, b), (a[:, 1:], a[:, :-1]), (a[1:], a[:-1])):
        assert_mean(x * y, 0, (x * y).std())


def test_row_noise_is_one_offset_for_each_row():
    sigma, rows = 0.02, 4000
    offsets = sensed(np.full((rows, 5), 0.5, np.float32), SensorNoise(0.0, 0.0, sigma, seed=8)).astype(float) - 0.5
    assert np.ptp(offsets, axis=1).max() == 0
    offset = offsets[:, 0]
    assert_mean(offset, 0, sigma)
    assert_mean(offset**2, sigma**2, sigma**2 * math.sqrt(2))
    assert_mean(offset[1:] * offset[:-1], 0, sigma**2)
    assert kstest(offset / sigma, "norm").pvalue > 1e-6


def test_row_noise_bands_a_photo_along_its_rows():
    photo = np.full((60, 60, 3), 0.2, np.float32)
    change = camera(row_sigma=0.01)(photo) - photo
    assert change.mean(axis=1).std() > 5 * change.mean(axis=0).std()


def test_noise_grows_with_shot_and_is_strongest_in_the_shadows(astronaut):
    image = astronaut.astype(np.float32)[:200, :200] / np.float32(255)
    errors = [np.square(camera(shot_variance=shot)(image) - image).mean() for shot in (1e-4, 1e-3, 4e-3, 0.012)]
    assert errors == sorted(errors)
    dark, bright = (np.full((80, 80, 3), level, np.float32) for level in (0.2, 0.9))
    step = camera(shot_variance=0.001, read_variance=1e-4)
    assert (step(dark) - dark).std() > 2 * (step(bright) - bright).std()


def test_white_stays_white():
    white = np.ones((50, 50, 3), np.float32)
    np.testing.assert_array_equal(camera(shot_variance=1e-3, read_variance=1e-6)(white), white)


# Draws


def steps_of(operator: Camera, n: int = 4000) -> list[CameraStep]:
    return [operator.sample((40, 40), seed=3, variant=variant).steps[0] for variant in range(n)]


def test_shot_and_read_noise_follow_the_published_line():
    steps = steps_of(Camera(sensors="brooks"))
    log_shot = np.log([step.shot_variance for step in steps])
    assert_uniform(list(log_shot), math.log(1e-4), math.log(0.012))
    rest = (np.log([step.read_variance for step in steps]) - 2.18 * log_shot - 1.20) / 0.26
    assert kstest(rest, "norm").pvalue > 1e-6
    assert_uniform([step.row_sigma / math.sqrt(step.read_variance) for step in steps], 0, 0.2)


@pytest.mark.parametrize("name", MEASURED)
def test_measured_cameras_follow_their_log_linear_lines(name):
    published = {
        "sony_a7s2": (0.094, 6.0, 0.541, 1.218, 0.268, 0.528, -0.592, 0.294),
        "canon_5d4": (0.218, 14.0, 0.677, 1.512, 0.246, 0.471, -0.808, 0.244),
        "canon_70d": (0.408, 26.1, 0.568, 1.998, 0.249, 0.729, -0.937, 0.250),
        "canon_700d": (0.448, 28.6, 0.653, 2.080, 0.258, 0.622, -0.776, 0.249),
        "nikon_d850": (0.415, 26.6, 0.564, 0.799, 0.214, 0.448, -1.798, 0.232),
    }
    low, high, *lines = published[name]
    steps = steps_of(Camera(sensors=name, push_stops=0), 2000)
    log_gain = np.log([step.shot_variance * 15583 for step in steps])
    assert_uniform(list(log_gain), math.log(low) - 1e-9, math.log(high) + 1e-9)
    for values, (slope, bias, sigma) in (
        ([math.sqrt(step.read_variance) for step in steps], lines[:3]),
        ([step.row_sigma for step in steps], lines[3:]),
    ):
        rest = (np.log(values) + math.log(15583) - slope * log_gain - bias) / sigma
        assert kstest(rest, "norm").pvalue > 1e-6


def test_pushed_photos_have_the_noise_of_less_light():
    plain, pushed = (steps_of(Camera(sensors="sony_a7s2", push_stops=stops), 20) for stops in (0, 3))
    for a, b in zip(plain, pushed, strict=True):
        assert b.shot_variance == pytest.approx(8 * a.shot_variance)
        assert b.read_variance == pytest.approx(64 * a.read_variance)
        assert b.row_sigma == pytest.approx(8 * a.row_sigma)
    assert SATURATION == 15583


def test_gains_matrices_and_patterns_are_drawn_as_published():
    steps = steps_of(Camera(sensors="brooks"))
    assert_uniform([step.red_gain for step in steps], 1.9, 2.4)
    assert_uniform([step.blue_gain for step in steps], 1.5, 1.9)
    darkening = np.array([1 / step.gain for step in steps])
    assert darkening.min() >= 0.5 - 1e-12
    assert darkening.max() <= 1.1 + 1e-12
    assert_mean(darkening, 0.8, 0.1)
    assert abs(darkening.std() - 0.0987) < 5 * 0.1 / math.sqrt(2 * 4000)  # it ends at three standard deviations
    for k in range(4):
        assert_uniform([step.color_weights[k] for step in steps], 0, 1)
    for bayer in RED_AT:
        assert_frequency(sum(step.bayer_pattern == bayer for step in steps), len(steps), 0.25, bayer)
    assert_frequency(sum(step.demosaic_method == "malvar" for step in steps), len(steps), 0.5)


def test_the_mix_of_sensors_is_the_one_asked_for():
    """`brooks` has a read noise that no measured camera comes near at its shot noise."""
    steps = steps_of(Camera(sensors={"brooks": 1.0, "nikon_d850": 3.0}, row_noise_ratio=0))
    assert_frequency(sum(step.row_sigma == 0 for step in steps), len(steps), 0.25)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"sensors": "leica"}, r"sensors: unknown name 'leica'; known: brooks, sony_a7s2"),
        ({"shot_variance": (0, 0.01)}, r"shot_variance: must satisfy 1e-07 <= low <= high <= 1"),
        ({"push_stops": (0, 20)}, r"push_stops: must satisfy 0 <= low <= high <= 12"),
        ({"red_gain": (0, 2)}, r"red_gain: must satisfy 0.0625 <= low <= high <= 16"),
        ({"bayer_patterns": "RGBG"}, r"bayer_patterns: unknown name 'RGBG'; known: RGGB, GRBG, GBRG, BGGR"),
    ],
)
def test_a_camera_that_cannot_be_is_refused(fields, message):
    with pytest.raises(RecipeError, match=message):
        Camera(**fields)


def test_a_step_without_a_color_matrix_is_refused():
    with pytest.raises(RecordError, match="color_weights: at least one must be above 0"):
        camera(color_weights=(0.0, 0.0, 0.0, 0.0))
    with pytest.raises(RecordError, match="shot_variance: must be between 0 and 1"):
        camera(shot_variance=2.0)
