"""JPEG with quantization tables of one's own."""

import numpy as np
import pytest
from bounds import assert_frequency

from degradekit import JPEGTables
from degradekit.errors import DegradekitError
from degradekit.functional.jpeg_tables import CHROMA, LUMA, scaled
from degradekit.operators.jpeg import JPEGStep
from degradekit.operators.jpeg_tables import MOZJPEG, JPEGTablesStep

SIZE = (400, 400)
DRAWS = 3000


def drawn(operator) -> list:
    return [operator.sample(SIZE, seed=4, variant=variant).steps for variant in range(DRAWS)]


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:2:2", "4:4:4"])
@pytest.mark.parametrize("quality", [10, 75])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_standards_tables_as_ones_own_make_the_same_pixels(quality, subsampling, channels, crop):
    image = np.ascontiguousarray(crop[:, :, :channels])
    own = JPEGTablesStep(scaled(LUMA, quality), scaled(CHROMA, quality), subsampling)
    np.testing.assert_array_equal(own(image), JPEGStep(quality, subsampling)(image))


def test_the_second_entry_of_a_table_divides_the_horizontal_frequency():
    """A half period of a cosine across the block is lost, and one down the block is kept, to a level each."""
    wave = 0.5 + 0.05 * np.cos(np.pi * (np.arange(8) + 0.5) / 8)
    image = np.tile(np.float32(wave), (8, 1))[:, :, None]
    table = [1, 255] + [1] * 62
    lost = JPEGTablesStep(table, table)(image)
    kept = JPEGTablesStep(table, table)(np.ascontiguousarray(image.transpose(1, 0, 2)))
    assert lost.std() < 1 / 255
    assert abs(kept.std() - image.std()) < 1 / 255


def test_qualities_scale_ones_own_tables_as_those_of_the_standard():
    tables = ([2, 418] * 32, [7] * 64)
    assert {steps[0].luma for steps in drawn(JPEGTables((tables,), quality=50))} == {(2, 255) * 32}
    sevens = {tuple(scaled([7] * 64, quality)) for quality in range(1, 101)}
    assert {step.chroma for (step,) in drawn(JPEGTables((tables,), quality=(1, 100)))} == sevens
    (step,) = JPEGTables(quality=75).sample(SIZE, seed=0).steps
    assert tuple(step.luma) == tuple(step.chroma) == scaled(MOZJPEG, 75)


def test_pairs_of_tables_are_equally_likely_and_stay_together():
    operator = JPEGTables([[[1] * 64, [2] * 64], [[3] * 64, [4] * 64]], quality=50)
    pairs = [(step.luma[0], step.chroma[0]) for (step,) in drawn(operator)]
    assert set(pairs) == {(1, 2), (3, 4)}
    assert_frequency(pairs.count((1, 2)), DRAWS, 0.5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: JPEGTables(tables=()), r"tables: must have at least one item"),
        (lambda: JPEGTables(tables=[[[1] * 63, [1] * 64]]), r"tables\[0\]\[0\]: must have at least 64 items"),
        (lambda: JPEGTables(tables=[[[1] * 64, [1] * 65]]), r"tables\[0\]\[1\]: must have at most 64 items"),
        (
            lambda: JPEGTables(tables=[[[0] * 64, [1] * 64]]),
            r"tables\[0\]\[0\]\[0\]: must be between 1 and 32767 \(got 0\)",
        ),
        (lambda: JPEGTables(tables=[[[1] * 64]]), r"tables\[0\]\[1\]: must be given"),
        (lambda: JPEGTables(subsampling="4:1:1"), r"unknown name '4:1:1'; known: 4:2:0, 4:2:2, 4:4:4"),
        (lambda: JPEGTablesStep([1] * 64, [256] + [1] * 63), r"chroma\[0\]: must be between 1 and 255 \(got 256\)"),
    ],
)
def test_bad_parameters_are_refused_with_field_rule_and_value(make, message):
    with pytest.raises(DegradekitError, match=message):
        make()
