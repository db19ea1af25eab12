"""What every codec of still pictures must do, and the facts that the docs state about each."""

import io
import os
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from bounds import assert_uniform
from PIL import Image

from degradekit import AVIF, JPEG2000, JPEGXL, Degradation, WebP
from degradekit.errors import DegradekitError, ImageError
from degradekit.functional.levels import to_float, to_pixels
from degradekit.operators.jpeg import JPEGStep
from degradekit.operators.jpeg_passes import ShiftedJPEGStep
from degradekit.operators.jpeg_tables import JPEGTablesStep
from degradekit.operators.still_codecs import AVIFStep, JPEG2000Step, JPEGXLStep, WebPStep
from degradekit.step import Step

WORST_TO_BEST: dict[str, list[Step]] = {
    "jpeg 4:2:0": [JPEGStep(quality) for quality in (1, 10, 50, 90, 100)],
    "jpeg 4:4:0": [JPEGStep(quality, "4:4:0") for quality in (1, 10, 50, 90, 100)],
    "jpeg 4:1:1": [JPEGStep(quality, "4:1:1") for quality in (1, 10, 50, 90, 100)],
    "jpeg shifted": [ShiftedJPEGStep(quality, "4:2:0", 3, 6) for quality in (1, 10, 50, 90, 100)],
    "jpeg_tables": [JPEGTablesStep((step,) * 64, (2 * step,) * 64, "4:2:2") for step in (120, 50, 20, 8, 2)],
    "webp fast": [WebPStep(quality, 0) for quality in (0, 10, 50, 90, 100)],
    "webp slow": [WebPStep(quality, 6) for quality in (0, 10, 50, 90, 100)],
    "avif 4:2:0": [AVIFStep(quality, 9, "4:2:0") for quality in (0, 20, 50, 80, 100)],
    "avif 4:2:2": [AVIFStep(quality, 9, "4:2:2") for quality in (0, 20, 50, 80, 100)],
    "avif 4:4:4": [AVIFStep(quality, 8, "4:4:4") for quality in (0, 20, 50, 80, 100)],
    "jpeg2000 9/7": [JPEG2000Step(ratio, "9/7") for ratio in (1000.0, 170.0, 45.0, 16.0, 4.0)],
    "jpeg2000 5/3": [JPEG2000Step(ratio, "5/3") for ratio in (1000.0, 170.0, 45.0, 16.0, 1.0)],
    "jpegxl fast": [JPEGXLStep(quality, 3) for quality in (0, 20, 50, 80, 99)],
    "jpegxl": [JPEGXLStep(quality, 7) for quality in (0, 20, 50, 80, 99)],
}
each = pytest.mark.parametrize("name", WORST_TO_BEST)


def psnr(image: np.ndarray, other: np.ndarray) -> float:
    error = np.mean((image.astype(np.float64) - other) ** 2)
    return float("inf") if error == 0 else float(10 * np.log10(1 / error))


def read_by_pillow(data: bytes) -> np.ndarray:
    pixels = np.asarray(Image.open(io.BytesIO(data)))
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


def saved_by_pillow(pixels: np.ndarray, format: str, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(file, format, **options)
    return file.getvalue()


@each
@pytest.mark.parametrize("channels", [1, 3])
def test_psnr_falls_with_falling_quality(name, channels, crop):
    image = np.ascontiguousarray(crop[:, :, :channels])
    scores = [psnr(step(image), image) for step in WORST_TO_BEST[name]]
    assert scores == sorted(set(scores))
    assert scores[0] > 12
    assert scores[-1] > 33


def assert_coded(step: Step, height: int, width: int, channels: int) -> None:
    image = np.random.default_rng(height * 100 + width).random((height, width, channels), dtype=np.float32)
    result = step(image)
    assert result.shape == image.shape
    assert result.dtype == np.float32
    np.testing.assert_array_equal(to_float(to_pixels(result)), result)


@each
def test_every_height_and_width_is_coded(name):
    """From 1 x 1 to 70 x 70, in gray and in color: 27 h mod 71 runs through all widths as h does."""
    for height in range(1, 71):
        assert_coded(WORST_TO_BEST[name][height % 5], height, height * 27 % 71, (1, 3)[height % 2])
    for height, width in ((1, 1), (1, 70), (70, 1), (2, 2), (70, 70)):
        for channels in (1, 3):
            assert_coded(WORST_TO_BEST[name][2], height, width, channels)


@pytest.mark.slow
@each
def test_every_size_is_coded(name):
    for height in range(1, 71):
        for width in range(1, 71):
            assert_coded(WORST_TO_BEST[name][(height + width) % 5], height, width, (1, 3)[height % 2])


@each
def test_a_constant_gray_stays_gray(name):
    """In color too: a codec that mixes up its channels, matrices or ranges would tint or shift it."""
    for level in (0, 64, 255):
        image = to_float(np.full((24, 40, 3), level, np.uint8))
        result = WORST_TO_BEST[name][3](image)
        assert np.abs(result - image).max() <= 2.5 / 255


@each
def test_threads_at_the_same_time_make_the_same_pixels(name, crop):
    steps = WORST_TO_BEST[name][1:4]
    expected = [step(crop) for step in steps]
    with ThreadPoolExecutor(4) as pool:
        for index, result in enumerate(pool.map(lambda index: steps[index % 3](crop), range(12))):
            np.testing.assert_array_equal(result, expected[index % 3])


@each
def test_no_limit_or_warning_of_pillow_matters(name, crop, monkeypatch):
    step = WORST_TO_BEST[name][2]
    expected = step(crop)
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(step(crop), expected)


@pytest.mark.parametrize("threads", [1, 3])
def test_the_number_of_processors_matters_neither_to_avif_nor_to_jpeg_xl(threads, crop, monkeypatch):
    """At speed 8, libaom makes other pixels with two threads than with one."""
    pytest.importorskip("pillow_jxl")
    image = np.tile(crop, (2, 2, 1))
    avif, jpegxl = AVIFStep(40, 8), JPEGXLStep(40, 3)
    expected = avif(image), jpegxl(image)
    monkeypatch.setattr("PIL.AvifImagePlugin.DEFAULT_MAX_THREADS", threads)
    monkeypatch.setattr("pillow_jxl.JpegXLImagePlugin.DECODE_THREADS", threads)
    np.testing.assert_array_equal(avif(image), expected[0])
    np.testing.assert_array_equal(jpegxl(image), expected[1])


PROBE = """
from degradekit import AVIF, JPEG, JPEG2000, JPEGXL, Chain, JPEGPasses, JPEGTables, WebP
from degradekit.dataset.probe import recipe_probe
jpeg = JPEG(subsampling={"4:2:0": 1, "4:2:2": 1, "4:4:4": 1, "4:4:0": 1, "4:1:1": 1})
jpeg2000 = JPEG2000(wavelets={"9/7": 1, "5/3": 1})
print(recipe_probe(Chain((jpeg, JPEGTables(), JPEGPasses(), WebP(), AVIF(), jpeg2000, JPEGXL()))))
"""


def probe_with(**environment: str) -> str:
    command = [sys.executable, "-c", PROBE]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=True)
    return done.stdout.strip()


@pytest.mark.slow
def test_the_code_that_codecs_choose_for_a_processor_changes_nothing():
    environments = {"JSIMD_FORCENONE": "1"}, {"AOM_SIMD_CAPS": "0"}, {"OPENCV_CPU_DISABLE": "AVX2,FMA3,AVX"}
    assert {probe_with(**environment) for environment in environments} == {probe_with()}


@pytest.mark.parametrize("options", [{"progressive": True}, {"optimize": True}])
@pytest.mark.parametrize("quality", [5, 40, 95])
def test_progressive_and_optimized_jpegs_have_the_same_pixels(options, quality, crop):
    """So neither is an option."""
    pixels = to_pixels(crop)
    other = read_by_pillow(saved_by_pillow(pixels, "JPEG", quality=quality, subsampling="4:2:0", **options))
    np.testing.assert_array_equal(other, to_pixels(JPEGStep(quality)(crop)))


@pytest.mark.parametrize(("quality", "method"), [(0, 4), (30, 0), (75, 6), (100, 2)])
def test_webp_is_bit_identical_to_pillow(quality, method, crop):
    expected = read_by_pillow(saved_by_pillow(to_pixels(crop), "WEBP", quality=quality, method=method))
    np.testing.assert_array_equal(to_pixels(WebPStep(quality, method)(crop)), expected)


def test_webp_subsamples_the_chroma_at_any_quality():
    """Columns of red and blue in turns average to one color."""
    image = np.zeros((32, 32, 3), np.float32)
    image[:, ::2, 0], image[:, 1::2, 2] = 1, 1
    result = WebPStep(100, 6)(image)
    assert np.abs(result[8:24, 8:24:2, 0] - result[8:24, 9:25:2, 0]).mean() < 0.5


@pytest.mark.parametrize(("quality", "speed", "subsampling"), [(0, 10, "4:2:0"), (60, 9, "4:2:2"), (90, 8, "4:4:4")])
def test_avif_is_bit_identical_to_pillow_with_one_thread(quality, speed, subsampling, crop):
    options = {"quality": quality, "speed": speed, "subsampling": subsampling, "max_threads": 1}
    expected = read_by_pillow(saved_by_pillow(to_pixels(crop), "AVIF", **options))
    np.testing.assert_array_equal(to_pixels(AVIFStep(quality, speed, subsampling)(crop)), expected)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("ratio", "wavelet"), [(20.0, "9/7"), (33.5, "5/3")])
def test_jpeg_2000_has_the_size_of_the_ratio(ratio, wavelet, channels, crop):
    pixels = to_pixels(np.ascontiguousarray(crop[:, :, :channels]))
    options = {"quality_layers": [ratio], "irreversible": wavelet == "9/7", "mct": int(channels == 3), "no_jp2": True}
    data = saved_by_pillow(pixels, "JPEG2000", **options)
    np.testing.assert_array_equal(to_pixels(JPEG2000Step(ratio, wavelet)(to_float(pixels))), read_by_pillow(data))
    assert 0.9 < len(data) * ratio / pixels.size < 1.1


def test_jpeg_2000_without_compression_is_lossless_with_the_reversible_wavelet(crop):
    np.testing.assert_array_equal(JPEG2000Step(1.0, "5/3")(crop), crop)
    assert not np.array_equal(JPEG2000Step(1.0, "9/7")(crop), crop)


@pytest.mark.parametrize(
    ("step", "codec", "most"), [(WebPStep(50, 0), "WebP", 16_383), (AVIFStep(50, 10), "AVIF", 32_768)]
)
@pytest.mark.parametrize("is_tall", [True, False])
def test_the_longest_side_is_coded_and_a_longer_one_refused(step, codec, most, is_tall):
    for side in (most, most + 1):
        image = np.full((side, 1, 3) if is_tall else (1, side, 3), 0.5, np.float32)
        if side == most:
            assert step(image).shape == image.shape
        else:
            with pytest.raises(ImageError, match=rf"at most {most} pixels a side for {codec} \(got {image.shape[0]} x"):
                step(image)


def test_the_more_an_encoder_tries_the_more_work_it_counts():
    assert [AVIFStep(50, speed).taps for speed in (10, 8, 0)] == [100, 400, 102_400]
    assert [JPEGXLStep(50, effort).taps for effort in (1, 3, 9)] == [40, 160, 10_240]
    with pytest.raises(DegradekitError, match="multiplications for each pixel"):
        Degradation((400, 400), 1, (AVIFStep(50, 0),) * 6)


def drawn(operator) -> list:
    return [operator.sample((64, 64), seed=3, variant=variant).steps[0] for variant in range(2000)]


def test_qualities_and_efforts_are_drawn_with_both_ends():
    webp, avif, jpegxl = drawn(WebP()), drawn(AVIF()), drawn(JPEGXL())
    for steps in (webp, avif, jpegxl):
        assert {step.quality for step in steps} == set(range(20, 96))
    assert {step.method for step in webp} == set(range(7))
    assert {step.speed for step in avif} == {8, 9, 10}
    assert {step.subsampling for step in avif} == {"4:2:0"}
    assert {step.effort for step in jpegxl} == {3, 4, 5, 6, 7}


def test_the_ratio_is_drawn_log_uniformly():
    steps = drawn(JPEG2000())
    assert_uniform([float(np.log(step.ratio)) for step in steps], float(np.log(16)), float(np.log(170)))
    assert {step.wavelet for step in steps} == {"9/7"}
    assert {step.ratio for step in drawn(JPEG2000(ratio=37.3))} == {37.3}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: WebP(quality=(0, 101)), r"quality: must satisfy 0 <= low <= high <= 100 \(got \[0, 101\]\)"),
        (lambda: WebP(method=7), r"method: must satisfy 0 <= low <= high <= 6 \(got 7\)"),
        (lambda: WebP(quality=50.5), r"quality\[0\]: must be an integer"),
        (lambda: AVIF(speed=(-1, 4)), r"speed: must satisfy 0 <= low <= high <= 10 \(got \[-1, 4\]\)"),
        (lambda: AVIF(subsampling="4:0:0"), r"subsampling: unknown name '4:0:0'; known: 4:2:0, 4:2:2, 4:4:4"),
        (lambda: JPEG2000(ratio=0.5), r"ratio: must satisfy 1 <= low <= high <= 1000 \(got 0.5\)"),
        (lambda: JPEG2000(wavelets="haar"), r"wavelets: unknown name 'haar'; known: 9/7, 5/3"),
        (lambda: JPEGXL(quality=100), r"quality: must satisfy 0 <= low <= high <= 99 \(got 100\)"),
        (lambda: JPEGXL(effort=0), r"effort: must satisfy 1 <= low <= high <= 9 \(got 0\)"),
        (lambda: WebPStep(101, 4), r"quality: must be between 0 and 100 \(got 101\)"),
        (lambda: AVIFStep(50, 11), r"speed: must be between 0 and 10 \(got 11\)"),
        (lambda: JPEG2000Step(float("nan")), r"ratio: must be a finite number \(got nan\)"),
        (lambda: JPEGXLStep(100, 3), r"quality: must be between 0 and 99 \(got 100\)"),
    ],
)
def test_bad_parameters_are_refused_with_field_rule_and_value(make, message):
    with pytest.raises(DegradekitError, match=message):
        make()


def test_jpeg_xl_without_its_package_is_one_sentence_with_the_command(monkeypatch, crop):
    monkeypatch.setitem(sys.modules, "pillow_jxl", None)
    with pytest.raises(DegradekitError, match=r"jpegxl: needs the package pillow-jxl-plugin; .*'degradekit\[jxl\]'"):
        JPEGXLStep(50, 3)(crop)
    with pytest.raises(DegradekitError, match=r"jpegxl: needs the package pillow-jxl-plugin"):
        JPEGXL().require_all()
