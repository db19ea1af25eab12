"""A golden for each operator and preset, so that a red test says which of them moved.

A golden is the beginning of the SHA-256 over the float image after each step of eight draws on the built-in picture.
Rounding to 8 bits would hide most differences. The values are the same on every processor; with another C library,
those that take exp, pow, sin or cos from it may differ. A golden changes only where the numbers of the model, the
random streams or the arithmetic change on purpose, and then the failing test shows the new one.
"""

import hashlib

import numpy as np
import pytest
from examples import LEAVES
from pictures import edges_ramps_and_texture

from degradekit import HighOrder
from degradekit.presets import PRESETS, preset

GOLDENS = {
    "kernel": "85502831ede170ba",
    "kernel sinc": "7b1c4f7468ee2fc2",
    "kernel variance": "592109f021aac6a4",
    "kernel single size": "5ed6ef88714c4627",
    "sinc": "a266e6d7286d1e51",
    "resize": "d83d68ab1b4455ad",
    "resize area": "c3a17b3e0839b11f",
    "resize lr": "729b7cf80c46f088",
    "resize exact": "93b7ce4e3fe5f256",
    "resize gaussian": "3a6b1a6dcee9a623",
    "resize reciprocal": "b00383c76ebdd97b",
    "noise": "4d72e27c3d52f0e3",
    "noise gaussian": "41b3e6a1c7425b61",
    "noise poisson peak": "0057b8d7c03e6381",
    "noise speckle": "ba3ce9484abde307",
    "jpeg": "ceb423f24507dade",
    "jpeg all": "e30521d49b7fd44d",
    "sharpen": "d4c18caa62712f1e",
    "crop": "203f9f95ef2ac825",
    "real-esrgan x1": "7f9bfbd4b6c2335b",
    "real-esrgan x2": "5de4d3e7919e78ab",
    "real-esrgan x4": "c7ae31780809f5ab",
    "classical x1": "0d9f320f8c82ebdb",
    "classical x2": "713c8fdf469c8323",
    "classical x4": "5117608e10657397",
    "bicubic x1": "203f9f95ef2ac825",
    "bicubic x2": "0adba92d2859882d",
    "bicubic x4": "4dda7b5fc7a6e55d",
    "bsrgan x1": "43486db34be939dc",
    "bsrgan x2": "dc007518006a2316",
    "bsrgan x4": "ff178e9d44c1b42a",
    "bsrgan-plus x1": "72b75d91db23fd6c",
    "bsrgan-plus x2": "25c7885d95bbf38e",
    "bsrgan-plus x4": "6705b8b7b1e82af1",
}

EXAMPLES = LEAVES | {f"{name} x{scale}": preset(name, scale) for name in PRESETS for scale in (1, 2, 4)}


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


@pytest.mark.parametrize("name", EXAMPLES)
def test_golden(name, picture):
    assert digest_of_draws([EXAMPLES[name]], picture, "golden", 8)[:16] == GOLDENS.get(name)


def test_the_golden_of_a_real_photo(astronaut):
    """One LR to the byte, and its record."""
    degradation = HighOrder(order=2, scale=4).sample((400, 400), seed=7, key="golden")
    record = hashlib.sha256(degradation.to_json().encode()).hexdigest()
    lr = hashlib.sha256(degradation(astronaut).tobytes()).hexdigest()
    assert (record[:16], lr[:16]) == ("9842a3f712d99b3b", "def73f1fca38d673")


def test_every_golden_has_its_example():
    assert set(GOLDENS) == set(EXAMPLES)


def test_the_golden_of_all_presets_together(picture):
    """The numerics probe of the five presets at scale 4.

    The value was measured on x86-64 with AVX-512 and, emulated, on 64-bit ARM.
    """
    presets = [preset(name, 4) for name in ("real-esrgan", "classical", "bicubic", "bsrgan", "bsrgan-plus")]
    assert digest_of_draws(presets, picture, "probe", 6) == (
        "08f12da702cea91ae41d1bac6d039dc0c7dd4eefc5370ce51e0fa43d60ae1bec"
    )
