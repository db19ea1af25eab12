"""Which real photos a recipe explains best and worst, and which of the crops that it makes are most like them."""

from typing import NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

from degradekit.matching.distances import photo_means
from degradekit.matching.real_photos import real_pixels
from degradekit.matching.representatives import representatives
from degradekit.matching.results import Twin
from degradekit.matching.samples import RealCrops, Simulation
from degradekit.matching.scores import normal_scores
from degradekit.matching.simulating import made_pixels
from degradekit.matching.surveying import Survey

_MOST_OF_EACH = 5
_NEIGHBORS = 5
"""A photo is explained as well as its crops are near to this many synthetic ones; one alone may be near by chance."""


class TwinIndices(NamedTuple):
    """A real crop and the synthetic crop most like it.

    Attributes:
        real: The row of the real crop.
        made: The row of the synthetic crop.
        distance: Their Euclidean distance in normal scores, rounded.
        is_explained: Whether the photo is one of those explained best, rather than worst.
    """

    real: int
    made: int
    distance: float
    is_explained: bool


def twins(real: RealCrops, simulation: Simulation) -> tuple[TwinIndices, ...]:
    """Return a crop of each of the photos that a simulation explains best and worst, with its twin.

    The photos explained best stand for the better half of all, one for each cluster of them, so that they show the
    kinds that there are. The crop is the photo's nearest to its twin, or for those explained worst the
    farthest one.

    Returns:
        Up to five photos explained best, the best first, then up to five explained worst, the worst first; no photo is
        among both.
    """
    scores = normal_scores(simulation.statistics)
    made = scores(simulation.statistics)
    positions = scores(real.statistics)
    to_made = np.round(cdist(positions, made), 6)
    nearest, remoteness_of_crop = to_made.min(1), np.partition(to_made, _NEIGHBORS - 1, axis=1)[:, _NEIGHBORS - 1]
    photos, members = np.unique(real.photos, return_inverse=True)
    remoteness = np.round(photo_means(remoteness_of_crop[:, None], real.photos)[:, 0], 6)
    by_remoteness = np.argsort(remoteness, kind="stable")
    count = min(_MOST_OF_EACH, len(photos) // 2)
    worst = by_remoteness[::-1][:count]
    better = np.sort(by_remoteness[: len(photos) - len(photos) // 2])
    centers = photo_means(positions, real.photos)[better]
    typical = better[representatives(centers, np.ones(len(better)), count).points] if count else better[:0]
    best = sorted(typical.tolist(), key=lambda photo: (remoteness[photo], photo))

    def pair(photo: int, is_explained: bool) -> TwinIndices:
        crops = np.flatnonzero(members == photo)
        crop = int(crops[(np.argmin if is_explained else np.argmax)(nearest[crops])])
        return TwinIndices(crop, int(to_made[crop].argmin()), round(float(nearest[crop]), 2), is_explained)

    return (*(pair(photo, True) for photo in best), *(pair(photo, False) for photo in worst))


def twin_pictures(real: RealCrops, fitted: Simulation, photos: Survey, hr: Survey, max_pixels: int) -> tuple[Twin, ...]:
    """Return the real crops that a simulation explains best and worst, beside their twins; their photos are read again.

    Args:
        real: The real crops.
        fitted: What the fitted recipe makes.
        photos: The real photos.
        hr: The HR photos.
        max_pixels: Photos with more pixels are refused.

    Raises:
        DegradekitError: A photo cannot be read any more.
    """
    sources = {photo.source.key: photo.source for photo in photos.photos}
    return tuple(
        Twin(
            photo=(name := real.names[real.photos[pair.real]]),
            is_explained=pair.is_explained,
            distance=pair.distance,
            real=real_pixels(real, sources[name], pair.real, max_pixels),
            synthetic=made_pixels(fitted, hr, real.side, pair.made, max_pixels),
        )
        for pair in twins(real, fitted)
    )
