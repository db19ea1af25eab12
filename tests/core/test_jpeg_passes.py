"""JPEG several times, on the same or on shifted grids of blocks."""

import numpy as np
import pytest
from bounds import assert_frequency, assert_uniform_integers

from degradekit import JPEGPasses, OneOf, recipes
from degradekit.errors import DegradekitError, ImageError
from degradekit.operators.jpeg import JPEGStep
from degradekit.operators.jpeg_passes import ShiftedJPEGStep

SIZE = (400, 400)
DRAWS = 3000


def drawn(operator) -> list:
    return [operator.sample(SIZE, seed=4, variant=variant).steps for variant in range(DRAWS)]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("cut", [1, 4, 7])
def test_a_shifted_grid_is_that_of_a_picture_with_rows_and_columns_cut_off(cut, channels, crop):
    """Blocks are coded on their own without subsampling, so all but the cut blocks must have the same pixels."""
    image = np.ascontiguousarray(crop[:, :, :channels])
    shifted = ShiftedJPEGStep(40, "4:4:4", 8 - cut, (8 - cut) % 8)(image)
    np.testing.assert_array_equal(shifted[cut:, cut:], JPEGStep(40, "4:4:4")(np.ascontiguousarray(image[cut:, cut:])))


def test_a_shifted_grid_repeats_the_edge(crop):
    padded = crop[np.maximum(np.arange(-3, 160), 0)][:, np.maximum(np.arange(-5, 180), 0)]
    expected = JPEGStep(30, "4:2:0")(padded)[3:, 5:]
    np.testing.assert_array_equal(ShiftedJPEGStep(30, "4:2:0", 3, 5)(crop), expected)


def test_a_second_aligned_pass_changes_little_and_a_shifted_one_much(crop):
    once = JPEGStep(50)(crop)
    aligned, shifted = (np.abs(step(once) - once).mean() for step in (JPEGStep(50), ShiftedJPEGStep(50, "4:2:0", 4, 4)))
    assert shifted > 5 * aligned


def test_a_shift_may_not_make_the_picture_too_large_for_jpeg():
    image = np.full((65_500, 1, 1), 0.5, np.float32)
    assert ShiftedJPEGStep(50, "4:4:4", 0, 7)(image).shape == image.shape
    with pytest.raises(ImageError, match="at most 65500 pixels a side for JPEG"):
        ShiftedJPEGStep(50, "4:4:4", 1, 0)(image)


def test_the_first_pass_is_a_jpeg_and_the_second_lower_by_the_drop():
    steps = drawn(JPEGPasses())
    assert {len(each) for each in steps} == {2}
    assert {type(first) for first, _ in steps} == {JPEGStep}
    assert_uniform_integers([first.quality for first, _ in steps], 37, 70)
    assert_uniform_integers([first.quality - second.quality for first, second in steps], 5, 10)


def test_the_subsampling_is_drawn_once_for_all_passes():
    steps = drawn(JPEGPasses(quality_drops=((5, 15), (15, 25)), quality=(52, 70)))
    assert all(len({step.subsampling for step in each}) == 1 for each in steps)
    assert_frequency(sum(each[0].subsampling == "4:2:0" for each in steps), DRAWS, 0.5)


def test_later_passes_have_qualities_of_their_own_after_the_drops():
    steps = drawn(JPEGPasses(quality=(40, 60), quality_drops=((1, 3),), later_qualities=((70, 90), 20)))
    assert_uniform_integers([each[0].quality - each[1].quality for each in steps], 1, 3)
    assert_uniform_integers([each[2].quality for each in steps], 70, 90)
    assert {each[3].quality for each in steps} == {20}


def test_grids_are_shifted_between_all_passes_of_an_image_or_none():
    """A shift of 0 down and across, one in 64, leaves an aligned pass in an image that has shifts."""
    steps = drawn(JPEGPasses(quality_drops=(5, 5, 5), shift_probability=0.3))
    counts = [sum(isinstance(step, ShiftedJPEGStep) for step in each[1:]) for each in steps]
    assert_frequency(sum(count > 0 for count in counts), DRAWS, 0.3 * (1 - 1 / 64**3))
    assert_frequency(sum(count == 3 for count in counts), DRAWS, 0.3 * (63 / 64) ** 3)


def test_shifts_down_and_across_are_uniform_and_independent():
    shifts = [
        (step.top, step.left) if isinstance(step, ShiftedJPEGStep) else (0, 0)
        for _, step in drawn(JPEGPasses(shift_probability=1.0))
    ]
    assert_uniform_integers([8 * top + left for top, left in shifts], 0, 63)


def test_no_shift_is_drawn_without_a_probability_or_a_span():
    for operator in (JPEGPasses(shift_probability=0.0), JPEGPasses(shift_probability=1.0, shift=0)):
        assert {type(step) for each in drawn(operator) for step in each} == {JPEGStep}


def test_the_ladders_of_waifu2x_are_a_weighted_choice_between_passes():
    """Level 2 for art: one pass, two with a drop, three with two drops, at .6, .3 and .1."""
    shared = {"subsampling": {"4:2:0": 0.5, "4:4:4": 0.5}, "shift_probability": 0.07}
    ladder = OneOf(
        (
            JPEGPasses((27, 70), quality_drops=(), **shared),
            JPEGPasses((37, 70), quality_drops=((5, 10),), **shared),
            JPEGPasses((52, 70), quality_drops=((5, 15), (15, 25)), **shared),
        ),
        weights=(0.6, 0.3, 0.1),
    )
    assert recipes.loads(recipes.dumps(ladder)) == ladder
    steps = drawn(ladder)
    for passes, probability in ((1, 0.6), (2, 0.3), (3, 0.1)):
        assert_frequency(sum(len(each) == passes for each in steps), DRAWS, probability)
    for each in steps:
        assert all(5 <= each[0].quality - step.quality <= 15 for step in each[1:2])
        assert all(15 <= each[0].quality - step.quality <= 25 for step in each[2:])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: JPEGPasses(quality_drops=(100,)),
            r"quality_drops\[0\]: must satisfy 0 <= low <= high <= 99 \(got 100\)",
        ),
        (
            lambda: JPEGPasses(quality_drops=((5, 10), (20, 37))),
            r"quality_drops\[1\]: must be below the lowest quality .*, 37 \(got ",
        ),
        (
            lambda: JPEGPasses(later_qualities=((0, 50),)),
            r"later_qualities\[0\]: must satisfy 1 <= low <= high <= 100 \(got \[0, 50\]\)",
        ),
        (lambda: JPEGPasses(later_qualities=50), r"later_qualities: must be a list \(got 50\)"),
        (lambda: JPEGPasses(shift=(0, 8)), r"shift: must satisfy 0 <= low <= high <= 7 \(got \[0, 8\]\)"),
        (lambda: JPEGPasses(shift_probability=1.1), r"shift_probability: must be between 0 and 1 \(got 1.1\)"),
        (lambda: ShiftedJPEGStep(50, "4:2:0", 0, 8), r"left: must be between 0 and 7 \(got 8\)"),
    ],
)
def test_bad_parameters_are_refused_with_field_rule_and_value(make, message):
    with pytest.raises(DegradekitError, match=message):
        make()
