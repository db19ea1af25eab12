"""How bad the LRs of recipes are, on one photo."""

from statistics import median

import numpy as np
import pytest
from PIL import Image

from degradekit import recipes
from degradekit.presets import preset
from degradekit.sheets import Photo
from degradekit.types import Frame

severity = pytest.importorskip("severity")


@pytest.fixture
def shown(photo):
    return [Photo("coffee.png", photo("coffee.png")[:128, :128], Frame(0, 0, 128, 128))]


def test_an_lr_that_is_off_by_one_level_has_the_psnr_of_one_level(photo):
    clean = np.asarray(Image.fromarray(photo("coffee.png")).convert("L"))[:, :, None] // 2
    assert severity._psnr(clean + 1, clean) == pytest.approx(48.13, abs=0.005)  # 20 log10 255


@pytest.mark.slow
def test_a_weaker_recipe_is_nearer_to_the_clean_reduction(shown):
    harsh = preset("real-esrgan", scale=4)
    strong, weak = (median(severity.scores(recipes.at_strength(harsh, s), shown, 8)) for s in (1.0, 0.25))
    assert weak > strong


@pytest.mark.slow
def test_every_recipe_of_the_table_makes_lrs(shown):
    for words, recipe in severity.contenders():
        assert np.isfinite(severity.scores(recipe, shown, 1)).all(), words
