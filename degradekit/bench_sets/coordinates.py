"""Coordinates of crops in which distances are those of their degradations, and hardly those of what they show."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from degradekit.matching.regression import Predictions, predict, r_squared
from degradekit.matching.samples import Simulation
from degradekit.matching.scores import features, normal_scores

_LEAST_R2 = 0.05
_LEAST_DRAWS = 40
"""Draws that must have a value for a coordinate."""
_DIGITS = 6


def coordinates(simulation: Simulation, statistics: NDArray[np.float64]) -> Predictions:
    """Return coordinates of draws, (N, D), and of other crops, (M, D).

    Each coordinate predicts what was drawn for a field, from the statistics: numbers as normal scores, names as whether
    they were drawn. What can be predicted better varies more, and so decides more.

    Args:
        simulation: The draws.
        statistics: (M, K) of the other crops.
    """
    targets = np.array([*_targets(simulation)]).reshape(-1, len(simulation.statistics)).T
    scores = normal_scores(simulation.statistics)
    predictions = predict(
        features(scores(simulation.statistics)), targets, simulation.photos, features(scores(statistics))
    )
    scored = zip(predictions.simulated.T, targets.T, strict=True)
    seen = [index for index, pair in enumerate(scored) if r_squared(*pair) >= _LEAST_R2]
    return Predictions(predictions.simulated[:, seen].round(_DIGITS), predictions.real[:, seen].round(_DIGITS))


def _targets(simulation: Simulation) -> Iterator[NDArray[np.float64]]:
    for field in simulation.fields:
        drawn = simulation.drawn[field.path]
        known = drawn != "" if field.names else np.isfinite(np.asarray(drawn, np.float64))
        if known.sum() < _LEAST_DRAWS:
            continue
        if not field.names:
            yield _standard(np.asarray(drawn, np.float64), known)
        for name in field.names[: 1 if len(field.names) == 2 else None]:
            yield _standard((drawn == name).astype(np.float64), known)


def _standard(values: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return values as normal scores, NaN where they are not known."""
    target = np.full(len(values), np.nan)
    target[known] = normal_scores(values[known, None])(values[known, None])[:, 0]
    return target
