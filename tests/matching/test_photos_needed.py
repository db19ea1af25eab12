"""How many photos a field needs to be seen, from predictions that are distributed by a known law."""

import numpy as np
import pytest

from degradekit.matching.evidence import Evidence
from degradekit.matching.field_fits import fit_views
from degradekit.matching.fields import Field
from degradekit.matching.views import View

SIGMA = Field("noise.sigma", "span", 0, 16)
KIND = Field("noise.kinds", "weights", names=("gaussian", "poisson"), shares=(0.5, 0.5))
DRAWS, HR_PHOTOS = 16_000, 40
ALIKE = np.arange(DRAWS) // (DRAWS // HR_PHOTOS)
"""The HR photo of each draw; all of them have the same predictions."""


def of_names(wrong: int) -> View:
    """Return a view of two names, which predictions confuse in so many of 100 draws."""
    values = np.arange(DRAWS) % 2
    cells = np.where(np.arange(DRAWS) // 2 % 100 < wrong, 1 - values, values)
    return View(KIND, 0.8, "", values.astype(float), cells=cells, real_cells=np.arange(60) % 2)


def of_span(right: int) -> View:
    """Return a view of a span of 16 bins, whose predictions are right in so many of 10 draws, or else anywhere."""
    bins = np.arange(DRAWS) % 16
    cells = np.where(np.arange(DRAWS) // 16 % 10 < right, bins, np.arange(DRAWS) // 7 % 16)
    return View(SIGMA, 0.8, "", bins + 0.5, np.arange(17.0), cells, np.arange(60) % 16)


def needed(view: View, photos: np.ndarray = ALIKE) -> int | None:
    return Evidence(view, np.ones(DRAWS), photos, 60, scenes=12).photos_needed


@pytest.mark.parametrize("wrong", [5, 20, 30])
def test_two_names_need_as_many_photos_as_their_confusion_hides(wrong):
    """A photo where one name has .975 has KL(q || 1/2) nats, q = .975 (1 - e) + .025 e for confusion e."""
    share = 0.975 * (1 - wrong / 100) + 0.025 * wrong / 100
    nats = share * np.log(2 * share) + (1 - share) * np.log(2 * (1 - share))
    assert abs(needed(of_names(wrong)) - 8 / nats) <= 1


def test_a_quarter_of_a_span_that_is_read_exactly_has_the_logarithm_of_four():
    """The blur of neighboring bins takes less than a third of it."""
    assert 8 / np.log(4) <= needed(of_span(10)) <= 8 / np.log(4) * 1.5


def test_what_is_seen_less_needs_more_photos():
    assert needed(of_span(10)) < needed(of_span(6)) < needed(of_span(4))


def test_no_count_of_photos_shows_what_scenes_hide():
    """Where each HR photo has predictions of its own, more photos of the same scenes show nothing more."""
    view = of_names(30)
    assert needed(view) is not None
    assert needed(view, photos=view.cells * HR_PHOTOS + ALIKE) is None


def test_a_fit_names_the_count_with_two_digits_and_none_for_more_than_anybody_has():
    fits = [fit_views([view], ALIKE, np.arange(60), seed=0)[0] for view in (of_names(30), of_names(48))]
    assert fits[0].photos_needed == round(needed(of_names(30)), -1)
    assert (fits[1].photos_needed, needed(of_names(48)) > 10_000) == (None, True)
