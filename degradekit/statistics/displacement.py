"""How far the red and blue channels lie beside the green one."""

import numpy as np

from degradekit.statistics.crop import Crop, Plane
from degradekit.statistics.statistic import Family, Statistic

_SOURCE = __name__
_RIDGE = 1e-3
_MOST_PX = 3.0
_PASSES = 2


def displacement(channel: Plane, green: Plane) -> float:
    """Return by how many pixels a channel is displaced against green, 0..3.

    Both are smoothed twice by [1 2 1] / 4 in both directions, and their Laplacians are taken. That of the channel is
    fitted, by least squares, by those of green g and of its derivatives: f = a (g - x g_x - y g_y), so (x, y) is the
    displacement. The formula holds for small ones; .7 is measured as .9.
    """
    f, g = _smoothed(channel), _smoothed(green)
    g_x, g_y = (g[1:-1, 2:] - g[1:-1, :-2]) / 2, (g[2:, 1:-1] - g[:-2, 1:-1]) / 2
    target, *columns = (_laplacian(plane) for plane in (f[1:-1, 1:-1], g[1:-1, 1:-1], g_x, g_y))
    normal = np.array([[float((one * other).mean()) for other in columns] for one in columns])
    normal += _RIDGE * (np.trace(normal) / 3 + _RIDGE) * np.eye(3)
    gain, x, y = np.linalg.solve(normal, [float((column * target).mean()) for column in columns])
    return float(min(np.hypot(x, y) / max(abs(gain), _RIDGE), _MOST_PX))


def _smoothed(plane: Plane) -> Plane:
    for _ in range(_PASSES):
        rows = (plane[:, :-2] + 2 * plane[:, 1:-1] + plane[:, 2:]) / 4
        plane = (rows[:-2] + 2 * rows[1:-1] + rows[2:]) / 4
    return plane


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
