"""Whether all predictions together need a fit, on predictions that follow two fields by a known law."""

import numpy as np
import pytest

from degradekit.matching.field_fits import fit_views
from degradekit.matching.fields import Field
from degradekit.matching.joint_evidence import JointEvidence
from degradekit.matching.views import View

SINC = Field("last.children.1.probability", "probability", names=("no", "yes"), shares=(0.2, 0.8))
NOISE = Field("stages.1.noise.sigma", "span", 0, 16)
DRAWS, PHOTOS, HR_PHOTOS = 4000, 60, 40
SCENES = np.arange(DRAWS) % HR_PHOTOS


def drawn(count: int, sinc: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return whether there is a sinc filter, sigma, and the cell of the prediction of each.

    The sinc filter is seen in nine of ten crops. Where there is none, noise looks stronger by two bins.
    """
    rng = np.random.default_rng(seed)
    has_sinc, sigma = rng.random(count) < sinc, rng.uniform(0, 16, count)
    seen = np.where(rng.random(count) < 0.9, has_sinc, ~has_sinc)
    noise = np.clip(sigma + np.where(has_sinc, 0, 2) + rng.normal(0, 2, count), 0, 15.9)
    return has_sinc.astype(float), sigma, 15 * seen.astype(np.int64), noise.astype(np.int64)


def views(sinc: float, photos: int = PHOTOS) -> list[View]:
    """Return what 60 photos show where this share of them has a sinc filter."""
    has_sinc, sigma, seen, noise = drawn(DRAWS, 0.8, seed=1)
    _, _, real_seen, real_noise = drawn(photos, sinc, seed=2)
    return [
        View(SINC, 0.9, "", has_sinc, cells=seen, real_cells=real_seen),
        View(NOISE, 0.8, "", sigma, np.arange(17.0), noise, real_noise),
    ]


@pytest.fixture(scope="module")
def support() -> dict[str, float]:
    """What two fits have for themselves in photos without a sinc filter: of no sinc filter, and of strong noise."""
    of_both = views(sinc=0.0)
    own = {view.field.path: np.ones(DRAWS) for view in of_both}
    fitted = {
        SINC.path: np.where(of_both[0].values == 1, 0.02 / 0.8, 0.98 / 0.2),
        NOISE.path: np.where(of_both[1].values > 4, 4 / 3, 0.0),
    }
    joint = JointEvidence(of_both, SCENES, 12).observed(np.full(PHOTOS, 1 / PHOTOS), PHOTOS)
    return joint.support(fitted, own)


def test_a_fit_that_another_explains_has_no_support(support):
    """Noise looks stronger where the sinc filter is missing, and needs no fit for it."""
    assert support[NOISE.path] < 2


def test_a_fit_that_nothing_else_explains_keeps_its_support(support):
    """10 % of 60 photos look like one instead of 74 %: 11 standard errors of .057, and 8 with that of the scenes."""
    assert support[SINC.path] > 8**2 / 2


def test_ranges_that_no_draw_is_in_are_impossible_and_not_an_error():
    of_both = views(sinc=0.8)
    own = {view.field.path: np.ones(DRAWS) for view in of_both}
    joint = JointEvidence(of_both, SCENES, 12).observed(np.full(PHOTOS, 1 / PHOTOS), PHOTOS)
    assert joint.support({NOISE.path: np.zeros(DRAWS)}, own)[NOISE.path] < -1e6


def test_what_scenes_move_counts_less():
    """Where HR photos differ in what looks like a sinc filter, fewer photos that look like one are less evidence."""
    of_both = views(sinc=0.4)
    fitted = {SINC.path: np.where(of_both[0].values == 1, 0.5, 3.0)}
    own = {view.field.path: np.ones(DRAWS) for view in of_both}
    shares = np.full(PHOTOS, 1 / PHOTOS)
    by_scene = np.argsort(np.argsort(of_both[0].cells, kind="stable")) * HR_PHOTOS // DRAWS
    supports = [
        JointEvidence(of_both, photos, 12).observed(shares, PHOTOS).support(fitted, own)[SINC.path]
        for photos in (SCENES, by_scene)
    ]
    assert supports[1] < supports[0] / 2


def test_a_match_drops_what_it_need_not_fit():
    fits = {fit.field.path: fit for fit in fit_views(views(sinc=0.0), SCENES, np.arange(PHOTOS), seed=0)}
    assert fits[SINC.path].verdict == "fitted"
    assert fits[SINC.path].fitted[1] < 0.1
    assert fits[NOISE.path].verdict == "unchanged"
