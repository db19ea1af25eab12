"""How far the red and blue channels lie beside the green one."""

import numpy as np

from degradekit.statistics.crop import Crop, Plane
from degradekit.statistics.statistic import Family, Statistic

_SOURCE = "degradekit: docs/matching.md"
_RIDGE = 1e-3
_MOST_PX = 3.0


def displacement(channel: Plane, green: Plane) -> float:
    """Return by how many pixels a channel is displaced against green, at most 3.

    The channel's second differences are fitted, by least squares, by those of green and of green's derivatives:
    f = a (g - x g_x - y g_y), so (x, y) is the displacement.
    """
    g_y, g_x = ((np.roll(green, -1, axis) - np.roll(green, 1, axis)) / 2 for axis in (0, 1))
    f, g, g_y, g_x = (_laplacian(plane)[1:-1, 1:-1] for plane in (channel, green, g_y, g_x))
    columns = (g, g_x, g_y)
    normal = np.array([[float((one * other).mean()) for other in columns] for one in columns])
    normal += _RIDGE * (np.trace(normal) / 3 + _RIDGE) * np.eye(3)
    gain, x, y = np.linalg.solve(normal, [float((column * f).mean()) for column in columns])
    return float(min(np.hypot(x, y) / max(abs(gain), _RIDGE), _MOST_PX))


def _laplacian(plane: Plane) -> Plane:
    return plane[1:-1, :-2] + plane[1:-1, 2:] + plane[:-2, 1:-1] + plane[2:, 1:-1] - 4 * plane[1:-1, 1:-1]


def _measure(crop: Crop) -> tuple[float, float]:
    if len(crop.channels) == 1:
        return 0.0, 0.0
    red, green, blue = crop.channels
    return displacement(red, green), displacement(blue, green)


DISPLACEMENT = Family(
    (
        Statistic("red_displacement", "displacement of red against green", "pixels", _SOURCE),
        Statistic("blue_displacement", "displacement of blue against green", "pixels", _SOURCE),
    ),
    _measure,
)
