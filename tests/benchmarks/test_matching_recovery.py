"""How the benchmark of matches judges a fit, on fits whose verdict is known."""

from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("scipy")
recovery = pytest.importorskip("matching_recovery")
training = pytest.importorskip("matching_training")

from degradekit.matching.fields import Field
from degradekit.matching.results import FieldFit

SIGMA = Field("noise.sigma", "span", 0.0, 20.0)
KINDS = Field("noise.kinds", "weights", names=("gaussian", "poisson"), shares=(0.5, 0.5))
NAN = float("nan")


def recovered(before: float, after: float, moved: float, score: float = 0.9, fitted: bool = True):
    fit = FieldFit(SIGMA, "fitted" if fitted else "unchanged", score, 60)
    return recovery.Recovery(fit, None, before, after, moved)


def outcome(each, is_inside: bool, is_explained: bool = True):
    hidden = SimpleNamespace(is_inside=is_inside, name="hidden")
    agreement = SimpleNamespace(is_explained=is_explained, auc_prior=0.9, auc_fitted=0.6, auc_content=0.5)
    return recovery.Outcome(hidden, SimpleNamespace(agreement=agreement), [each])


def test_the_distance_of_numbers_is_in_their_range():
    """Two uniform distributions of one width lie as far apart as their middles; NaN is not drawn."""
    one = np.append(np.linspace(0, 10, 1001), NAN)
    assert abs(recovery.distance(SIGMA, one, np.linspace(5, 15, 1001)) - 5 / 20) < 1e-9


def test_the_distance_of_names_is_the_share_that_changes():
    one = np.array(["gaussian"] * 3 + ["poisson"] + [""] * 9)
    assert recovery.distance(KINDS, one, np.array(["gaussian", "poisson"] * 5)) == 0.25


@pytest.mark.parametrize(
    ("each", "is_inside", "is_explained", "is_wrong"),
    [
        (recovered(before=0.2, after=0.08, moved=0.5), True, True, False),
        (recovered(before=0.2, after=0.09, moved=0.5), True, True, True),
        (recovered(before=0.2, after=0.2, moved=0.0, score=0.2, fitted=False), True, True, False),
        (recovered(before=0.01, after=0.05, moved=0.14), True, True, False),
        (recovered(before=0.01, after=0.05, moved=0.16), True, True, True),
        (recovered(before=NAN, after=NAN, moved=0.5), False, True, False),
        (recovered(before=NAN, after=NAN, moved=0.5), False, False, True),
        (recovered(before=0.1, after=0.2, moved=0.5), False, True, True),
    ],
    ids=[
        "recovered", "not recovered", "not seen", "nearly still", "moved",
        "elsewhere", "not explained", "away from the truth",
    ],
)  # fmt: skip
def test_a_fit_is_wrong_that_the_acceptance_forbids(each, is_inside, is_explained, is_wrong):
    judged = outcome(each, is_inside, is_explained)
    assert judged.wrong == ([each] if is_wrong else [])
    cells = recovery.summary_lines([judged])[-1].split("|")
    assert cells[-2].strip() == ("`noise.sigma`" if is_wrong else "-")


def test_a_gain_has_errors_over_photos_and_over_seeds():
    """The first photo has two LRs that count as one; two values differ by twice their standard error."""
    gain = training.gain_over(np.array([[1.0, 3.0, 4.0], [3.0, 5.0, 6.0]]), np.zeros((2, 3)), np.array([0, 0, 1]))
    assert gain.mean == 22 / 6
    assert abs(gain.error_of_photos - (5 - 3) / 2) < 1e-12
    assert abs(gain.error_of_seeds - ((14 - 8) / 3) / 2) < 1e-12
