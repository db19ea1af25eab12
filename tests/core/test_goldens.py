"""A golden for each operator and preset, so that a red test says which of them moved.

A golden is the beginning of the SHA-256 over the float image after each step of eight draws on the built-in picture.
Rounding to 8 bits would hide most differences. The values are the same on every processor; with another C library,
those that take exp, pow, sin or cos from it may differ. A golden changes only where the numbers of the model, the
random streams or the arithmetic change on purpose, and then the failing test shows the new one. Encoders of others,
such as WebP's, have none: their pixels change with their versions.
"""

import hashlib

import numpy as np
import pytest
from examples import ALL, GOLDENS
from pictures import edges_ramps_and_texture

from degradekit import HighOrder
from degradekit.presets import preset


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return edges_ramps_and_texture().astype(np.float32) / np.float32(255)


def digest_of_draws(recipes: list, picture: np.ndarray, key: str, variants: int) -> str:
    """SHA-256 over the float image after each step of the first draws of each recipe."""
    digest = hashlib.sha256()
    for recipe in recipes:
        for variant in range(variants):
            degradation = recipe.sample(picture.shape[:2], seed=0, key=key, variant=variant)
            for _, image in degradation.trace(picture):
                digest.update(image.tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize("name", GOLDENS)
def test_golden(name, picture):
    assert digest_of_draws([ALL[name]], picture, "golden", 8)[:16] == GOLDENS[name]


def test_the_golden_of_a_real_photo(astronaut):
    """One LR to the byte, and its record."""
    degradation = HighOrder(order=2, scale=4).sample((400, 400), seed=7, key="golden")
    record = hashlib.sha256(degradation.to_json().encode()).hexdigest()
    lr = hashlib.sha256(degradation(astronaut).tobytes()).hexdigest()
    assert (record[:16], lr[:16]) == ("9842a3f712d99b3b", "c32ea6b97f1e4177")


def test_every_golden_has_its_example():
    assert set(GOLDENS) <= set(ALL)


def test_the_golden_of_all_presets_together(picture):
    """The numerics probe of the five presets at scale 4.

    The value was measured on x86-64 with AVX-512, and there with NUMBA_CPU_NAME generic, haswell and skylake-avx512.
    """
    presets = [preset(name, 4) for name in ("real-esrgan", "classical", "bicubic", "bsrgan", "bsrgan-plus")]
    assert digest_of_draws(presets, picture, "probe", 6) == (
        "b60e7d544fc0c632d1d68dcf0903abac7de767cb028096022eb5d11827de1a1d"
    )
