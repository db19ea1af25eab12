"""How many scenes photos count as, on statistics of which some follow scenes and others follow draws."""

import numpy as np
import pytest

from degradekit import JPEG
from degradekit.matching.cautions import STANDING, cautions
from degradekit.matching.samples import RealCrops, Simulation
from degradekit.matching.scenes import covariances, scenes_of
from degradekit.statistics import STATISTICS

HR_PHOTOS, DRAWS, OF_SCENES, OF_DRAWS = 100, 10, 6, 4
"""HR photos, draws of each, and the columns that follow scenes and draws; other columns are 0."""
DEVIATION = 3.0
"""Of what follows scenes, where each draw adds noise with a deviation of 1."""


def statistics(scenes: np.ndarray, draws: float, rng: np.random.Generator) -> np.ndarray:
    """Return a row for each of some crops, by what their scenes add and where draws have their mean."""
    values = np.zeros((len(scenes), len(STATISTICS)))
    values[:, :OF_SCENES] = DEVIATION * scenes + rng.standard_normal(scenes.shape)
    values[:, OF_SCENES : OF_SCENES + OF_DRAWS] = draws + rng.standard_normal((len(scenes), OF_DRAWS))
    return values


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    rng = np.random.default_rng(0)
    photos = np.repeat(np.arange(HR_PHOTOS), DRAWS)
    values = statistics(rng.standard_normal((HR_PHOTOS, OF_SCENES))[photos], 0, rng)
    last, corners = np.full(len(photos), "jpeg"), np.zeros((len(photos), 2), np.int64)
    return Simulation(JPEG(), (), values, {}, last, photos, corners, tuple(map(str, range(HR_PHOTOS))), 0, {})


def real(shift: float = 0, draws: float = 0, crops: int = 1) -> RealCrops:
    """Return crops of 60 photos, whose scenes have a mean of exactly so many deviations."""
    rng = np.random.default_rng(1)
    of_scenes = rng.standard_normal((60, OF_SCENES))
    of_scenes += shift - of_scenes.mean(axis=0)
    photos = np.repeat(np.arange(60), crops)
    values = statistics(of_scenes[photos], draws, rng)
    names, headers = tuple(map(str, range(60))), np.full(60, np.nan)
    return RealCrops(values, photos, np.zeros((len(photos), 2), np.int64), names, headers, 64, {})


def test_photos_of_scenes_like_those_of_the_hr_photos_count_as_twelve(simulation):
    assert scenes_of(simulation, real()) == 12


@pytest.mark.parametrize("crops", [1, 4])
def test_photos_of_other_scenes_count_as_few(simulation, crops):
    """The means of n scenes and 100 HR photos are sqrt(1 / n + 1 / 100) deviations apart: .5 are those of four."""
    assert 3 <= scenes_of(simulation, real(shift=0.5, crops=crops)) <= 5
    assert scenes_of(simulation, real(shift=2, crops=crops)) == 2


def test_other_degradations_do_not_pass_for_other_scenes(simulation):
    assert scenes_of(simulation, real(draws=1.5)) == 12


def test_scenes_and_draws_have_covariances_of_their_own():
    """Those of 4,000 scenes with two draws each are 9 and 1, within 5 standard errors of 9 sqrt(2 / 4,000)."""
    rng = np.random.default_rng(2)
    photos = np.repeat(np.arange(4000), 2)
    values = DEVIATION * rng.standard_normal(4000)[photos] + rng.standard_normal(8000)
    of_scenes, of_draws = covariances(values[:, None], photos)
    assert abs(of_scenes.item() - 9) < 5 * 10 * np.sqrt(2 / 4000)
    assert abs(of_draws.item() - 1) < 5 * np.sqrt(2 / 4000)


@pytest.mark.parametrize(("shift", "warnings"), [(0.0, 0), (0.5, 1)])
def test_a_match_warns_of_other_scenes_where_it_explains_the_photos(simulation, shift, warnings):
    photos = real(shift)
    with_explanation = cautions(photos, simulation, 0, {}, explanation=simulation)
    assert sum("scenes of another kind than the HR photos" in warning for warning in with_explanation) == warnings
    assert with_explanation[-len(STANDING) :] == STANDING
    assert not any("scenes of another kind" in warning for warning in cautions(photos, simulation, 0, {}))
