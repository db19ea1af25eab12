"""The numerics probe: a hash that tells two machines apart whose arithmetic would give different pixels."""

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from degradekit.functional import filtering
from degradekit.functional.levels import to_float, to_pixels
from degradekit.functional.normal import standard_normal
from degradekit.presets import PRESETS, preset

_SIZE = (72, 96)
_VARIANTS = 6
_LIBRARIES = ("degradekit", "numpy", "numba", "opencv-python", "pillow")


@cache
def numerics_probe() -> str:
    """SHA-256 of several degradations of a built-in picture by every preset, in float after each step.

    Rounding to 8 bits would hide most differences, which would then show in a few of many photos.

    It also compiles what is not compiled yet, so a parent that takes it before starting its workers spares them that.
    """
    picture = to_float(_picture())
    digest = hashlib.sha256()
    for name in PRESETS:
        recipe = preset(name, scale=4)
        for variant in range(_VARIANTS):
            for _, image in recipe.sample(_SIZE, seed=0, key="probe", variant=variant).trace(picture):
                digest.update(image.tobytes())
    return digest.hexdigest()


@cache
def fingerprint() -> dict[str, Any]:
    """What decides the bytes besides the plan: versions of the libraries, and the probe."""
    return {"libraries": {library: version(library) for library in _LIBRARIES}, "probe": numerics_probe()}


def is_compiled() -> bool:
    """Whether an earlier process has left the machine code of the slowest function to compile in numba's cache."""
    convolve: Any = filtering.convolve_separable
    if not hasattr(convolve, "stats"):  # numba is switched off
        return True
    written = Path(filtering.__file__).stat().st_mtime
    indices = Path(convolve.stats.cache_path).glob(f"*{convolve.__name__}*.nbi")
    return any(index.stat().st_mtime >= written for index in indices)


def _picture() -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """Edges, ramps and texture, made without any function that machines disagree on."""
    height, width = _SIZE
    rows, columns = np.mgrid[0:height, 0:width]
    ramp = (rows * 2 + columns) / (2 * height + width)
    checks = ((rows // 9 + columns // 11) % 2) * 0.3
    texture = standard_normal((height, width, 3), seed=1) * np.float32(0.05)
    return to_pixels((ramp[:, :, None] * 0.7 + checks[:, :, None]).astype(np.float32) + texture)
