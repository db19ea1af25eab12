"""`Degradation.target`: the HR, sharpened if its record begins with sharpening."""

import re

import numpy as np
import pytest
from PIL import Image

from degradekit import Chain, Degradation, HighOrder, ImageError, Kernel, Resize, Sharpen
from degradekit.functional.levels import to_float

SHARPENING = HighOrder(scale=2)
PLAIN = HighOrder(scale=2, sharpen=None)


def test_the_target_is_the_sharpened_hr_and_the_lr_is_made_from_it(astronaut):
    drawn = SHARPENING.sample((400, 400), seed=3)
    target = drawn.target(astronaut)
    np.testing.assert_array_equal(target, Sharpen()(astronaut, seed=0))
    assert np.abs(target.astype(int) - astronaut).max() > 10
    (_, sharpened), *_ = drawn.trace(astronaut)
    np.testing.assert_array_equal(drawn.target(to_float(astronaut)), sharpened)
    unsharpened = Degradation(drawn.size, drawn.scale, drawn.steps[1:])
    np.testing.assert_array_equal(unsharpened.to_pixels(drawn.target(to_float(astronaut))), drawn(astronaut))


KINDS = {
    "uint8": lambda hr: hr,
    "uint16": lambda hr: hr.astype(np.uint16) * 256 + 3,
    "big-endian": lambda hr: hr.astype(">u2") * 257,
    "float32": to_float,
    "gray": lambda hr: hr[..., 1],
    "gray with an axis": lambda hr: hr[..., :1],
    "read-only": lambda hr: np.broadcast_to(hr[:1], hr.shape),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_array_has_a_target_of_its_own_kind(kind, astronaut):
    hr = KINDS[kind](astronaut[:64, :80])
    before = hr.copy()
    plain = PLAIN.sample((64, 80), seed=1).target(hr)
    np.testing.assert_array_equal(plain, hr)
    assert not np.shares_memory(plain, hr)
    sharpened = SHARPENING.sample((64, 80), seed=1).target(hr)
    for target in (plain, sharpened):
        assert (target.dtype, target.shape) == (hr.dtype, hr.shape)
    np.testing.assert_array_equal(hr, before)


def test_the_targets_of_all_kinds_are_one_image_but_for_their_depth(astronaut):
    drawn, hr = SHARPENING.sample((400, 400), seed=1), astronaut
    exact = drawn.target(to_float(hr))
    np.testing.assert_array_equal(drawn.target(hr), np.rint(exact * 255))
    np.testing.assert_array_equal(np.asarray(drawn.target(Image.fromarray(hr))), drawn.target(hr))
    deep = hr.astype(np.uint16) * 257
    exact = drawn.target(deep / np.float32(65535))
    np.testing.assert_array_equal(drawn.target(deep), np.rint(exact * np.float32(65535)))
    assert (drawn.target(deep) % 257 != 0).any()  # they have 16 bits, not 8


def test_pil_images_of_16_bits_keep_them(astronaut):
    levels = astronaut[:32, :40, 0].astype("<u2") * 256 + 5
    hr = Image.frombytes("I;16", (40, 32), levels.tobytes())
    for recipe in (PLAIN, SHARPENING):
        drawn = recipe.sample((32, 40), seed=1)
        target = drawn.target(hr)
        assert target.mode == "I;16"
        np.testing.assert_array_equal(np.asarray(target), drawn.target(levels))


def test_only_sharpening_at_the_beginning_makes_a_target(astronaut):
    twice = Chain((Sharpen(), Sharpen(weight=0.2), Kernel(), Resize(to="lr"), Sharpen()), scale=2)
    drawn = twice.sample((400, 400), seed=0)
    expected = drawn.steps[1](drawn.steps[0](to_float(astronaut)))
    assert drawn.steps[-1].op == "sharpen"
    np.testing.assert_array_equal(drawn.target(to_float(astronaut)), expected)
    after = Chain((Kernel(), Sharpen(), Resize(to="lr")), scale=2).sample((400, 400), seed=0)
    np.testing.assert_array_equal(after.target(astronaut), astronaut)
    assert (Sharpen().sample((400, 400), seed=0).target(astronaut) != astronaut).any()


def test_a_target_is_scale_times_as_large_as_the_lr(astronaut):
    hr = astronaut[:63, :81]
    for recipe, cropped in ((SHARPENING, Sharpen()(hr[:62, :80], seed=0)), (PLAIN, hr[:62, :80])):
        np.testing.assert_array_equal(recipe.sample((63, 81), seed=0).target(hr), cropped)


def test_what_the_call_refuses_has_no_target(astronaut):
    drawn = SHARPENING.sample((400, 400), seed=0)
    for hr in (astronaut[:399], astronaut.astype("f8"), astronaut.transpose(2, 0, 1), "hr.png"):
        with pytest.raises(ImageError) as refusal:
            drawn(hr)
        with pytest.raises(ImageError, match=f"^{re.escape(str(refusal.value))}$"):
            drawn.target(hr)
