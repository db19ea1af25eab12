import json

import numpy as np
import pytest

from degradekit import JPEG, Degradation, HighOrder, Kernel, Noise, RecordError, Resize, Sequence, Sharpen
from degradekit.degradation import degrade_all
from degradekit.errors import ImageError
from degradekit.functional.filtering import TOLERANCE
from degradekit.functional.levels import to_float


def record(**changes) -> str:
    data = json.loads(Sequence((Kernel(sinc=0.0), JPEG())).sample((40, 30), seed=0).to_json())
    return json.dumps(data | changes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"record: must be JSON"),
        ("[]", r"format: must be 1, the one this version reads \(got \[\]\)"),
        (record(format=2), r"format: must be 1, the one this version reads \(got 2\)"),
        (record(size=[40]), r"size"),
        (record(size=[40, 0]), r"size and scale must be >= 1"),
        (record(steps=5), r"steps: must be a valid array|steps: must be a valid list"),
        (record(extra=1), r"extra: unknown field; known: format, size, scale, steps"),
        (record(steps=[{"op": "blur"}]), r"steps\[0\]\.op: unknown operator 'blur'; known: kernel"),
        (record(steps=[{}]), r"steps\[0\]\.op: unknown operator None"),
        (record(steps=[{"op": "sequence"}]), r"steps\[0\]\.op: operator 'sequence' is no single step"),
        (
            record(steps=[{"op": "jpeg", "quality": 0, "subsampling": "4:2:0"}]),
            r"steps\[0\]: quality: must lie in 1..100",
        ),
        (
            record(steps=[{"op": "jpeg", "quality": 1.5, "subsampling": "4:2:0"}]),
            r"steps\[0\]\.quality: must be a valid int",
        ),
        (
            record(steps=[{"op": "jpeg", "quality": True, "subsampling": "4:2:0"}]),
            r"steps\[0\]\.quality: must be a valid int",
        ),
        (
            record(steps=[{"op": "jpeg", "quality": 50, "subsampling": "4:1:1"}]),
            r"steps\[0\]\.subsampling: must be '4:2:0'",
        ),
        (record(steps=[{"op": "jpeg", "quality": 50}]), r"steps\[0\]\.subsampling: must be given"),
        (
            record(steps=[{"op": "sinc", "size": 7, "cutof": 1.0}]),
            r"cutof: unknown field; known: size, cutoff; did you mean",
        ),
        (
            record(steps=[{"op": "sinc", "size": 8, "cutoff": 1.0}]),
            r"steps\[0\]: size: must be odd and lie in 1..255 \(got 8\)",
        ),
        (record(steps=[{"op": "sinc", "size": 7, "cutoff": 4.0}]), r"cutoff: must lie in"),
        (record(steps=[{"op": "sharpen", "size": 50, "weight": 0.5, "threshold": 1.0}]), r"size: must be odd"),
        (
            record(
                steps=[
                    {
                        "op": "kernel",
                        "family": "iso",
                        "size": 0,
                        "sigma_x": 1.0,
                        "sigma_y": 1.0,
                        "theta": 0.0,
                        "beta": 1.0,
                    }
                ]
            ),
            r"size: must be odd",
        ),
        (
            record(
                steps=[
                    {
                        "op": "kernel",
                        "family": "iso",
                        "size": 7,
                        "sigma_x": 0.0,
                        "sigma_y": 1.0,
                        "theta": 0.0,
                        "beta": 1.0,
                    }
                ]
            ),
            r"sigma_x: must be at least",
        ),
        (
            record(
                steps=[{"op": "noise", "kind": "poisson", "channels": "gray", "seed": 1, "scale": 1.0, "peak": 0.0}]
            ),
            r"peak: must lie in",
        ),
        (record(steps=[{"op": "crop", "height": 50, "width": 5}]), r"crop: must fit into \(40, 30\) \(got \(50, 5\)\)"),
        (
            record(steps=[{"op": "resize", "height": 5, "width": 5, "factor": 1.0, "filter": "gaussian"}]),
            r"sigma: must be at least",
        ),
        (record(steps=[{"op": "kernel", "family": "sinc", "size": 7}]), r"cutoff: must be given for the family 'sinc'"),
        (
            record(steps=[{"op": "noise", "kind": "poisson", "channels": "gray", "seed": 1}]),
            r"scale: must be given for gray poisson noise",
        ),
    ],
)
def test_broken_records_are_refused_with_place_rule_and_value(text, message):
    with pytest.raises(RecordError, match=message):
        Degradation.from_json(text)


def test_another_size_is_refused():
    degradation = HighOrder().sample((40, 32), seed=0)
    with pytest.raises(ImageError, match=r"size: must be the one drawn for, 40 x 32 \(got 32 x 40\)"):
        degradation(np.zeros((32, 40, 3), np.uint8))


def test_the_same_degradation_applies_to_another_image_of_the_size(astronaut):
    degradation = HighOrder().sample((400, 400), seed=7)
    assert degradation(astronaut).shape == degradation(astronaut[::-1]).shape == (100, 100, 3)
    np.testing.assert_array_equal(degradation(astronaut), degradation(astronaut.copy()))


def test_kernels_are_those_of_the_blurring_steps_in_order():
    degradation = HighOrder().sample((400, 400), seed=7)
    blurs = [step for step in degradation.steps if step.op in ("kernel", "sinc")]
    kernels = degradation.kernels()
    assert len(kernels) == len(blurs) > 1
    for kernel, step in zip(kernels, blurs, strict=True):
        assert kernel.shape == (step.params.size, step.params.size)
        assert kernel.dtype == np.float32
        assert abs(kernel.sum() - 1) < 1e-5


def test_a_kernel_label_is_what_the_step_does_to_a_point():
    degradation = Kernel(families={"plateau_aniso": 1.0}, sinc=0.0).sample((41, 41), seed=2)
    point = np.zeros((41, 41, 1), np.float32)
    point[20, 20] = 1
    kernel = degradation.kernels()[0]
    half = kernel.shape[0] // 2
    response = degradation.steps[0](point)[20 - half : 21 + half, 20 - half : 21 + half, 0]
    assert np.abs(response - kernel).sum() < TOLERANCE


def test_the_table_shows_every_step_and_the_sizes_between():
    table = str(HighOrder().sample((403, 401), seed=7)).splitlines()
    assert table[0].split() == ["HR", "401", "x", "403"]
    assert "crop to 400 x 400" in table[1]
    assert table[-1].endswith("100 x 100")


def test_trace_ends_where_the_call_does(astronaut):
    degradation = HighOrder().sample((400, 400), seed=3)
    images = list(degradation.trace(to_float(astronaut)))
    assert [step for step, _ in images] == list(degradation.steps)
    np.testing.assert_array_equal(np.rint(np.clip(images[-1][1], 0, 1) * 255).astype(np.uint8), degradation(astronaut))


def test_degrade_all_equals_one_by_one(astronaut):
    """Variants share their sharpened HR; a single one, equal ones and ones with nothing in common work too."""
    image = to_float(astronaut[:80, :80])
    for recipe in (HighOrder(), HighOrder(sharpen=None), Sharpen(), Sequence((Resize(to=(20, 20)), Noise()))):
        for count in (1, 3):
            drawn = [recipe.sample((80, 80), seed=0, variant=variant) for variant in range(count)]
            for degradation, pixels in zip(drawn, degrade_all(drawn, image), strict=True):
                np.testing.assert_array_equal(pixels, degradation.pixels(image))


def test_records_are_compact():
    """A second-order record takes about a kilobyte."""
    assert max(len(HighOrder().sample((400, 400), seed=seed).to_json()) for seed in range(200)) < 1200
