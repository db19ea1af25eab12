"""Filters within the bounds of their buffers: compiled code checks no index, and Python's indexing does.

Every filter is run twice, compiled and as the plain Python that it is compiled from. Python raises an error where an
index is beyond an array's end, and NumPy where a part of a line is, as both sides of an assignment then differ in
length. Negative indices are valid there, but not what compiled code means by them, so the bits would differ.
"""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numba
import numpy as np
import pytest

from degradekit.functional.filtering import convolve, convolve_psf
from degradekit.functional.kernels import generalized_gaussian, plateau, sinc
from degradekit.functional.resizing import resize
from degradekit.functional.unsharp import gaussian_blur, unsharp_mask

SHAPES = [(1, 1, 1), (1, 2, 3), (2, 1, 3), (3, 5, 2), (7, 4, 5), (2, 23, 3), (23, 3, 4), (5, 130, 1), (2, 1201, 3)]
"""Smaller than a kernel in either direction or both, one to five channels, and several strips."""
THIN = generalized_gaussian(21, 0.3, 3.0, 0.5, 1.0)
KERNELS = {
    "one product": generalized_gaussian(21, 2.0, 2.0, 0.0, 1.0),
    "several products": generalized_gaussian(15, 2.2, 2.0, 0.6, 1.0),
    "folded": plateau(15, 2.0, 1.0, 0.7, 1.2),
    "folded, even": sinc(21, 1.1),
    "elements": THIN,
}


def filtered() -> dict[str, str]:
    """Return a digest of what each filter makes of each shape."""
    digests = {}
    for shape in SHAPES:
        image = np.random.default_rng(0).random(shape, np.float32)
        results = {name: convolve(image, kernel) for name, kernel in KERNELS.items()}
        results["PSF"] = convolve_psf(image, THIN)
        results["Gaussian of 51 taps"] = gaussian_blur(image, 51)
        results["coarse"] = unsharp_mask(image, 51, 0.5, 10.0)
        for name in ("area", "bicubic", "lanczos"):
            results[f"{name}, larger"] = resize(image, shape[0] + 3, 2 * shape[1] + 1, name)
            results[f"{name}, smaller"] = resize(image, (shape[0] + 1) // 2, (shape[1] + 2) // 3, name)
        digests |= {f"{name} {shape}": sha256(np.ascontiguousarray(r)).hexdigest() for name, r in results.items()}
    return digests


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="numba is switched off")
def test_compiled_filters_have_the_bits_of_plain_python_for_every_shape():
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    code = "import json, test_compiled_bounds; print(json.dumps(test_compiled_bounds.filtered()))"
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    plain, compiled = json.loads(done.stdout), filtered()
    assert [name for name in compiled if compiled[name] != plain[name]] == []
