"""Video codecs on a still: the same pixels whatever runs beside them, and worse ones with a higher crf."""

import ctypes
import dataclasses
import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from bounds import assert_frequency, assert_mean, assert_uniform

from degradekit import AV1, H264, HEVC, MPEG2, MPEG4, VP9
from degradekit.errors import DegradekitError, RecipeError, RecordError
from degradekit.operators.video_h26x import H264Step, HEVCStep
from degradekit.operators.video_mpeg import MPEG2Step, MPEG4Step
from degradekit.operators.video_web import AV1Step, VP9Step

pytest.importorskip("av")

MILD_TO_STRONG = {
    "h264": [H264Step(crf, "fast") for crf in (4, 18, 28, 38, 51)],
    "hevc": [HEVCStep(crf, "fast") for crf in (4, 18, 28, 38, 51)],
    "mpeg2": [MPEG2Step(quantizer) for quantizer in (1, 4, 8, 16, 31)],
    "mpeg4": [MPEG4Step(quantizer) for quantizer in (1, 4, 8, 16, 31)],
    "vp9": [VP9Step(crf) for crf in (4, 20, 35, 50, 63)],
    "av1": [AV1Step(crf) for crf in (4, 20, 35, 50, 63)],
}
STILLS = [steps[2] for steps in MILD_TO_STRONG.values()]
CLIPS = [dataclasses.replace(still, frames=4, pick=2, drift_y=0.4, drift_x=-0.7) for still in STILLS]
each_codec = pytest.mark.parametrize("codec", MILD_TO_STRONG)


@pytest.fixture
def crop(astronaut) -> np.ndarray:
    return astronaut[60:160, 140:240].astype(np.float32) / np.float32(255)


def psnr(result, image) -> float:
    return -10 * math.log10(np.mean((result.astype(np.float64) - image) ** 2))


def noise_like(shape, seed):
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


@each_codec
@pytest.mark.parametrize("channels", [1, 3])
def test_a_higher_crf_or_quantizer_is_worse(codec, channels, crop):
    image = crop[:, :, :channels]
    scores = [psnr(step(image), image) for step in MILD_TO_STRONG[codec]]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 36
    assert scores[-1] < 31


@pytest.mark.parametrize("step_type", [H264Step, HEVCStep, VP9Step, MPEG2Step])
def test_more_samples_of_chroma_keep_more_color(step_type):
    """Of a red and blue checkerboard of single pixels 4:2:0 leaves the mean."""
    board = np.zeros((64, 64, 3), np.float32)
    board[:, :, 0] = np.indices((64, 64)).sum(0) % 2
    board[:, :, 2] = 1 - board[:, :, 0]
    best = 1 if step_type is MPEG2Step else 4
    least, more = (psnr(step_type(best, subsampling=s)(board), board) for s in ("4:2:0", "4:2:2"))
    assert more > least - 0.1
    if step_type is not MPEG2Step:
        assert psnr(step_type(best, subsampling="4:4:4")(board), board) > least + 6


@pytest.mark.parametrize("color", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1), (0, 0, 0), (0.5, 0.25, 0.75)])
def test_flat_colors_come_back(color):
    """Within the rounding to limited-range levels and one more level of the codec."""
    image = np.full((33, 47, 3), color, np.float32)
    for step in (steps[0] for steps in MILD_TO_STRONG.values()):
        assert np.abs(step(image) - image).max() < 2 * 1.772 * 1.5 / 219


def test_the_planes_are_limited_range_bt601():
    """The definition in float64; ties apart, the rounded levels are equal."""
    from degradekit.functional.video import _planes

    image = noise_like((32, 32, 3), 0)
    luma, cb, cr = _planes(image, (32, 32), "4:4:4")
    r, g, b = np.moveaxis(image.astype(np.float64), 2, 0)
    for levels, exact in (
        (luma, 16 + 65.481 * r + 128.553 * g + 24.966 * b),
        (cb, 128 - 37.797 * r - 74.203 * g + 112.0 * b),
        (cr, 128 + 112.0 * r - 93.786 * g - 18.214 * b),
    ):
        assert np.abs(levels - exact).max() < 0.501


@pytest.mark.parametrize("step", STILLS + CLIPS, ids=str)
def test_the_same_pixels_beside_other_encoders_in_threads(step, crop):
    alone = step(crop)
    with ThreadPoolExecutor(4) as pool:
        for result in pool.map(lambda _: step(crop), range(6)):
            np.testing.assert_array_equal(result, alone)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="only glibc fills new memory on request")
@pytest.mark.parametrize("size", [(100, 100), (20, 33)])
@pytest.mark.parametrize("step", STILLS + CLIPS, ids=str)
def test_what_was_in_memory_before_decides_no_pixel(step, size, crop):
    """x264's macroblock tree, and x265 in narrow clips, read what they have not written."""
    image = crop[: size[0], : size[1]]
    libc, results = ctypes.CDLL(None), []
    try:
        for filling in (1, 77, 200):
            libc.mallopt(-6, filling)  # M_PERTURB
            results.append(step(image))
    finally:
        libc.mallopt(-6, 0)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


@each_codec
def test_the_kept_frame_of_a_clip_shows_the_image_where_it_was(codec, crop):
    """It is nearer to the image than to the image moved by half a pixel to any side."""
    image = np.ascontiguousarray(crop)
    for pick in range(3):
        step = dataclasses.replace(MILD_TO_STRONG[codec][1], frames=3, pick=pick, drift_y=1.0, drift_x=-1.5)
        result, inside = step(image), np.s_[8:-8, 8:-8]
        aligned = psnr(result[inside], image[inside])
        for axis in (0, 1):
            for moved in (-1, 1):
                half = (image + np.roll(image, moved, axis)) / 2
                assert aligned > psnr(result[inside], half[inside])


def test_frames_of_a_clip_move_by_the_drift(crop):
    """A whole pixel a frame: frame 0, shifted back by two, is what frame 2 shows."""
    from degradekit.functional.video import _moved

    np.testing.assert_allclose(_moved(crop, 2.0, -3.0)[:-2, 3:], crop[2:, :-3], atol=1e-6)


@each_codec
def test_later_frames_are_predicted(codec, crop):
    still = MILD_TO_STRONG[codec][3]
    first = still(crop)
    assert not np.array_equal(dataclasses.replace(still, frames=4, pick=3, drift_x=0.6)(crop), first)


@pytest.mark.parametrize("step", STILLS, ids=str)
@pytest.mark.parametrize("size", [(4096, 16), (3, 8188)])
def test_long_images_are_encoded(step, size):
    image = np.full((*size, 3), 0.5, np.float32)
    assert np.abs(step(image) - image).max() < 0.02


@pytest.mark.parametrize("step", STILLS, ids=str)
def test_longer_images_are_refused_before_any_work(step):
    with pytest.raises(RecordError, match=r"must have at most 8,188 pixels a side for a video codec \(got 8189 x 4\)"):
        step.output_size((8189, 4))


def test_encoders_print_nothing(capfd):
    for step in STILLS + CLIPS:
        step(np.zeros((40, 40, 3), np.float32))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("modules", [("av", "cv2"), ("cv2", "av")])
def test_opencv_and_pyav_live_in_one_process_whichever_comes_first(modules):
    code = (
        f"import {modules[0]}, {modules[1]}, numpy as np\nfrom degradekit import Chain, H264, JPEG\n"
        "print(Chain([JPEG(), H264(), JPEG()])(np.zeros((32, 32, 3), np.uint8), seed=0).max())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_a_pyav_without_an_encoder_is_reported_with_a_cure():
    from degradekit.functional.video import through_codec

    with pytest.raises(
        DegradekitError, match="PyAV: must have the encoder libnone, as its wheels from PyPI do; install"
    ):
        through_codec(np.zeros((16, 16, 3), np.float32), "libnone", "4:2:0", {})


def drawn(operator, n=1000):
    return [operator.sample((64, 64), seed=3, variant=v).steps[0] for v in range(n)]


def test_settings_are_drawn_from_their_spans_and_weights():
    steps = drawn(H264(crf=(20, 24), speed={"fast": 1, "slow": 3}, subsampling={"4:2:0": 1, "4:4:4": 1}))
    for crf in range(20, 25):
        assert_frequency(sum(step.crf == crf for step in steps), len(steps), 0.2)
    assert_frequency(sum(step.speed == "slow" for step in steps), len(steps), 0.75)
    assert_frequency(sum(step.subsampling == "4:4:4" for step in steps), len(steps), 0.5)
    assert {(step.frames, step.pick, step.drift_x) for step in steps} == {(1, 0, 0.0)}
    assert {step.speed for step in drawn(AV1(speed=(6, 8)), 50)} == {6, 7, 8}
    assert {step.quantizer for step in drawn(MPEG4(quantizer=(2, 4)), 50)} == {2, 3, 4}


def test_clips_drift_in_all_directions_and_keep_the_drawn_frame():
    steps = drawn(MPEG2(frames=(2, 5), drift=(0.5, 1.5), pick="any"))
    for frames in range(2, 6):
        of_length = [step.pick for step in steps if step.frames == frames]
        assert_frequency(len(of_length), len(steps), 0.25)
        for pick in range(frames):
            assert_frequency(of_length.count(pick), len(of_length), 1 / frames)
    assert_uniform([math.hypot(step.drift_y, step.drift_x) for step in steps], 0.5, 1.5)
    assert_uniform([math.atan2(step.drift_y, step.drift_x) for step in steps], -math.pi, math.pi)
    assert {step.pick for step in drawn(HEVC(frames=(3, 3)), 20)} == {2}
    assert_mean(np.array([step.drift_x for step in steps]), 0.0, 0.75)


def test_bad_parameters_are_refused_with_field_rule_and_value():
    for make, message in (
        (lambda: H264(crf=(20, 52)), r"crf: must satisfy 0 <= low <= high <= 51 \(got \[20, 52\]\)"),
        (lambda: HEVC(speed="placebo"), "speed: unknown name 'placebo'; known: ultrafast, superfast"),
        (lambda: MPEG2(subsampling="4:4:4"), "subsampling: unknown name '4:4:4'; known: 4:2:0, 4:2:2"),
        (lambda: MPEG4(quantizer=0), "quantizer: must satisfy 1 <= low <= high <= 31"),
        (lambda: MPEG4(subsampling="4:2:0"), "subsampling: unknown field"),
        (lambda: VP9(speed=6), "speed: must satisfy 0 <= low <= high <= 5"),
        (lambda: AV1(frames=9), "frames: must satisfy 1 <= low <= high <= 8"),
        (lambda: AV1(drift=(0, 2.5)), "drift: must satisfy 0 <= low <= high <= 2"),
        (lambda: AV1(pick="first"), "pick: must be 'last' or 'any'"),
    ):
        with pytest.raises(RecipeError, match=message):
            make()
    with pytest.raises(RecordError, match=r"pick: must be below the number of frames, 3 \(got 3\)"):
        H264Step(20, frames=3, pick=3)
    with pytest.raises(RecordError, match=r"drift_y: must be between -2 and 2 \(got 2.1\)"):
        H264Step(20, drift_y=2.1)


def test_slow_encoders_count_as_more_work():
    assert AV1Step(30, 0, frames=8).taps == 8 * AV1Step(30, 0).taps > 100 * AV1Step(30).taps
