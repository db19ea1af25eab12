"""How many independent scenes real photos count as: the fewer, the less they are like the HR photos of a match.

What photos show moves predictions as degradations do, and does not average out over photos of one origin. How much it
moves them is known from the HR photos, if the real photos show scenes like theirs. Whether they do is seen along axes
of the statistics in which scenes differ, and degradations hardly matter.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from degradekit.matching.distances import photo_weights
from degradekit.matching.samples import RealCrops, Simulation
from degradekit.matching.scores import normal_scores

FEWEST_SCENES, MOST_SCENES = 2, 12
"""Photos of one origin are alike: however many they are, they count as twelve scenes at most."""
_LEAST_OF_SCENES = 1.0
"""The variance between scenes of an axis that is looked at, where that between draws of one scene is 1."""
_LEAST_VARIANCE = 0.01
"""Added to the variance of each score between draws, so that a statistic that never varies decides nothing."""


def scenes_of(simulation: Simulation, real: RealCrops) -> int:
    """Return how many independent scenes real photos count as, from 2 to 12.

    The mean of as many scenes, drawn from those of the HR photos, would most likely be as far from the mean of these as
    that of the real photos is.

    Args:
        simulation: LRs of the HR photos.
        real: The crops of the real photos.
    """
    scores = normal_scores(simulation.statistics)
    simulated = scores(simulation.statistics)
    of_scenes, of_draws = covariances(simulated, simulation.photos)
    of_draws[np.diag_indices_from(of_draws)] += _LEAST_VARIANCE
    variances, axes = eigh(of_scenes, of_draws)
    shows_scenes = variances > _LEAST_OF_SCENES
    difference = photo_weights(real.photos) @ scores(real.statistics) - simulated.mean(axis=0)
    squares = (difference @ axes[:, shows_scenes]) ** 2
    counts = np.arange(MOST_SCENES, FEWEST_SCENES - 1, -1)
    hr_photos, photos = (len(np.unique(each)) for each in (simulation.photos, real.photos))
    expected = 1 / photos + 1 / len(simulated) + variances[shows_scenes] * (1 / counts[:, None] + 1 / hr_photos)
    likely = -(squares / expected + np.log(expected)).sum(axis=1)
    return int(counts[likely.argmax()])


def covariances(
    features: NDArray[np.float64], photos: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the covariance of features between scenes, and between draws of one scene, each (F, F).

    Args:
        features: (N, F) of draws.
        photos: (N,) the HR photo of each draw.
    """
    index = np.unique(photos, return_inverse=True)[1]
    draws = np.bincount(index)
    means = np.zeros((len(draws), features.shape[1]))
    np.add.at(means, index, features - features.mean(axis=0))
    means /= draws[:, None]
    within = features - features.mean(axis=0) - means[index]
    of_draws = within.T @ within / max(len(features) - len(draws), 1)
    return means.T @ means / len(draws) - of_draws * np.mean(1 / draws), of_draws
