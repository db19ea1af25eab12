import json

import numpy as np
import pytest

from degradekit import JPEG, Chain, Degradation, HighOrder, Kernel, Noise, RecordError, Resize, Sharpen
from degradekit.degradation import degrade_all
from degradekit.errors import ImageError
from degradekit.functional.filtering import TOLERANCE
from degradekit.functional.levels import to_float


def record(**changes) -> str:
    data = json.loads(Chain((Kernel(sinc_probability=0.0), JPEG())).sample((40, 30), seed=0).to_json())
    return json.dumps(data | changes)


def with_step(**step) -> str:
    return record(steps=[step])


KERNEL = {"op": "kernel", "family": "iso", "size": 7, "sigma_x": 1.0, "sigma_y": 1.0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"record: must be JSON"),
        ("[]", r"version: must be 2, the one that this release of degradekit reads and writes \(got \[\]\)"),
        (record(version=1), r"version: must be 2, the one .* \(got 1\)"),
        ('{"format":1,"size":[4,4],"scale":1,"steps":[]}', r"version: must be 2, the one .* \(got 'none'\)"),
        (record(size=[40]), r"size\[1\]: must be given"),
        (record(size=[40, 0]), r"size\[1\]: must be between 1 and 131072 \(got 0\)"),
        (record(scale=0), r"scale: must be between 1 and 64 \(got 0\)"),
        (record(steps=5), r"steps: must be a list \(got 5\)"),
        (record(steps=["jpeg"]), r"steps\[0\]: must be a mapping with the field 'op' \(got 'jpeg'\)"),
        (record(extra=1), r"extra: unknown field"),
        ('{"version":2,"size":[4,4],"scale":1}', r"steps: must be given"),
        (with_step(op="blur"), r"steps\[0\]: unknown operator 'blur'; known: box_blur"),
        (with_step(), r"steps\[0\]: unknown operator None"),
        (with_step(op="chain"), r"steps\[0\]: unknown step 'chain'; steps of chain: none, as it is made of other"),
        (with_step(op="noise"), r"steps\[0\]: unknown step 'noise'; steps of noise: noise.gaussian, noise.poisson, "),
        (with_step(op="jpeg", quality=0), r"steps\[0\]\.quality: must be between 1 and 100 \(got 0\)"),
        (with_step(op="jpeg", quality=1.5), r"steps\[0\]\.quality: must be an integer \(got 1.5\)"),
        (with_step(op="jpeg", quality=True), r"steps\[0\]\.quality: must be an integer \(got True\)"),
        (with_step(op="jpeg", quality=9, subsampling="4:1:0"), r"steps\[0\]\.subsampling: must be '4:2:0', '4:2:2', "),
        (with_step(op="jpeg"), r"steps\[0\]\.quality: must be given"),
        (with_step(op="sinc", size=7, cutof=1.0), r"cutof: unknown field; known: size, cutoff; did you mean 'cutoff'"),
        (with_step(op="sinc", size=8, cutoff=1.0), r"steps\[0\]\.size: must be odd and between 1 and 255 \(got 8\)"),
        (with_step(op="sinc", size=7, cutoff=4.0), r"cutoff: must be between 0.001 and 3.14159 \(got 4.0\)"),
        (with_step(op="sharpen", size=50, weight=0.5, threshold=1.0), r"size: must be odd and between 3 and 255"),
        (with_step(**KERNEL | {"size": 0}), r"size: must be odd and between 1 and 255"),
        (with_step(**KERNEL | {"sigma_x": 0.0}), r"sigma_x: must be between 0.001 and 100"),
        (with_step(**KERNEL | {"family": "sinc"}), r"family: must be 'iso', 'aniso', "),
        (with_step(op="noise.poisson", scale=1.0, seed=1, peak=0.0), r"peak: must be between 1 and 100000 \(got 0.0\)"),
        (with_step(op="noise.poisson", seed=1), r"scale: must be given"),
        (with_step(op="noise.gaussian", sigma=1.0, seed=2**53), r"seed: must be between 0 and 9007199254740991"),
        (with_step(op="crop", height=50, width=5), r"steps\[0\]: crop: must fit into 40 x 30 \(got 50 x 5\)"),
        (with_step(op="resize.gaussian", height=5, width=5, factor=1.0), r"sigma: must be given"),
    ],
)
def test_broken_records_are_refused_with_field_rule_and_value(text, message):
    with pytest.raises(RecordError, match=message):
        Degradation.from_json(text)


def test_another_size_is_refused():
    degradation = HighOrder().sample((40, 32), seed=0)
    with pytest.raises(
        ImageError, match=r"size: must be that for which the degradation was drawn, 40 x 32 \(got 32 x 40\)"
    ):
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
        assert kernel.shape == (step.size, step.size)
        assert kernel.dtype == np.float32
        assert abs(kernel.sum() - 1) < 1e-5


def test_a_kernel_label_is_what_the_step_does_to_a_point():
    degradation = Kernel(families="plateau_aniso", sinc_probability=0.0).sample((41, 41), seed=2)
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


def test_trace_takes_what_a_call_takes_and_the_inner_ways_refuse_it(astronaut):
    degradation = HighOrder().sample((400, 400), seed=3)
    for (_, one), (_, other) in zip(degradation.trace(astronaut), degradation.trace(to_float(astronaut)), strict=True):
        np.testing.assert_array_equal(one, other)
    for inner in (degradation.apply, degradation.to_pixels):
        with pytest.raises(ImageError, match="must be a float32 array"):
            inner(astronaut)


def test_degrade_all_equals_one_by_one(astronaut):
    """Variants share their sharpened HR; a single one, equal ones and ones with nothing in common work too."""
    image = to_float(astronaut[:80, :80])
    for recipe in (HighOrder(), HighOrder(sharpen=None), Sharpen(), Chain((Resize(to=(20, 20)), Noise()))):
        for count in (1, 3):
            drawn = [recipe.sample((80, 80), seed=0, variant=variant) for variant in range(count)]
            for degradation, pixels in zip(drawn, degrade_all(drawn, image), strict=True):
                np.testing.assert_array_equal(pixels, degradation.to_pixels(image))


def test_records_are_compact():
    """A second-order record takes about a kilobyte."""
    assert max(len(HighOrder().sample((400, 400), seed=seed).to_json()) for seed in range(200)) < 1200
