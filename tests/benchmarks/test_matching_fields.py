"""The table of what one LR shows of each field of a preset."""

import numpy as np
import pytest

pytest.importorskip("scipy")
benchmark = pytest.importorskip("matching_fields")

from degradekit import Chain, Noise, Resize
from degradekit.matching.fields import fields_of
from degradekit.matching.views import LEAST_AUC, LEAST_R_SQUARED, View

RECIPE = Chain((Noise(sigma=(1, 20), scale=(0.1, 2)), Resize(to="lr")), scale=2)


def test_fields_that_leave_a_trace_are_counted_and_come_first():
    """Each threshold is that of a match: a field that reaches it leaves a trace."""
    span, name = next(f for f in fields_of(RECIPE) if f.names == ()), next(f for f in fields_of(RECIPE) if f.names)
    scores = {span: (0.1, LEAST_R_SQUARED), name: (LEAST_AUC - 0.01, 0.9)}
    seen = [View(field, score, "", np.empty(0)) for field, pair in scores.items() for score in pair]
    first, _, *rows = benchmark.preset_lines("mine", RECIPE, seen)
    assert first == "`mine`: 2 of 4 fields leave a trace."
    assert [row.split(" | ")[-1] for row in rows[2:-1]] == ["yes |", "yes |", "no |", "no |"]
    assert rows[2].startswith(f"| `{span.path}` | noise: {span.path.rpartition('.')[2]} | R2 0.15 | ")
