"""The weighted sum in machine code, against the same sum by NumPy."""

import numba
import numpy as np
import pytest

from degradekit.functional.compiled import compiled
from degradekit.functional.weighted_sum import weighted_sum


@compiled
def compiled_sum(target, target_start, source, source_starts, weights, terms, span):
    weighted_sum(target, target_start, source, source_starts, weights, terms, span)


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="numba is switched off")
@pytest.mark.parametrize("length", [1, 15, 16, 17, 63, 64, 65, 129, 300])
def test_compiled_sums_have_the_bits_of_sums_in_order(length):
    """Whole blocks of 64 and of 16, the overlap at their end, and single numbers; nothing else is written."""
    generator = np.random.default_rng(length)
    source, weights = generator.random(1000, np.float32), generator.random(9, np.float32) - np.float32(0.5)
    starts = generator.integers(0, 600, 9)
    expected, result = np.full(400, 7, np.float32), np.full(400, 7, np.float32)
    weighted_sum(expected, 11, source, starts, weights, (1, 8), (3, 3 + length))
    compiled_sum(result, 11, source, starts, weights, (1, 8), (3, 3 + length))
    np.testing.assert_array_equal(result, expected)
    assert (expected != 7).sum() == length
