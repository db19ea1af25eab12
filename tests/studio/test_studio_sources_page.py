"""What the studio is started with, in a browser: a dataset, real photos, trained weights."""

import numpy as np
import pytest
from small_datasets import IN_PROCESS, RECIPE
from studio_pages import IN_A_BROWSER, lr_pixels, open_tab, opened, send, served, wait_for_redraw

from degradekit.dataset import Options, Pairs, synthesize
from degradekit.picture_files import Picture, write_picture

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def dataset(photos, tmp_path_factory):
    """A few pairs, of two photos."""
    shards = tmp_path_factory.mktemp("studio-dataset") / "shards"
    synthesize(photos, shards, RECIPE, Options(tile=192, variants=2), engine=IN_PROCESS)
    return shards


def test_pairs_of_a_dataset_are_chosen_by_a_condition_and_shown_with_their_steps(browser, dataset, tmp_path):
    pairs = Pairs(dataset)
    qualities = [next(step.quality for step in steps_of(pair) if step.op == "jpeg") for pair in pairs]
    chosen = [index for index, quality in enumerate(qualities) if quality == qualities[-1]]
    with served(tmp_path, str(dataset)) as address, opened(browser, address) as page:
        page.wait_for_selector("#rows .view")
        assert page.locator("#rows .view").count() == len(pairs)
        assert rgb(page) == pairs[0].lr.reshape(-1).tolist()
        where, tab = page.locator(".where input"), page.locator('.q-tab:has-text("Pairs of the dataset")')
        where.fill(f"jpeg_1_quality = {qualities[-1]}")
        page.wait_for_selector(f"#rows >> text={len(chosen)} of {len(pairs)} pairs")
        wait_for_redraw(page, lambda: page.locator("#rows .view").first.click())
        assert rgb(page) == pairs[chosen[0]].lr.reshape(-1).tolist()
        assert f"JPEG quality {qualities[-1]}" in page.inner_text("#strip")
        where.fill("jpeg_1_qualty < 40")
        page.wait_for_selector(".error:visible >> text=jpeg_1_quality")
        open_tab(page, "Wall of draws")
        assert "wrong" in tab.get_attribute("class")
        open_tab(page, "Pairs of the dataset")
        where.fill("")
        page.wait_for_selector(f"#rows >> text={len(pairs)} of {len(pairs)} pairs")
        assert "wrong" not in tab.get_attribute("class")


def test_without_a_photo_the_page_asks_for_one(browser, photos, tmp_path):
    with served(tmp_path) as address, opened(browser, address, "#panels .empty") as page:
        open_tab(page, "Wall of draws")
        page.wait_for_selector("#wall .empty")
        assert page.locator(".q-tab.wrong, .error:visible").count() == 0
        wait_for_redraw(page, lambda: send(page, "photo", photos / "chelsea.png"))
        page.wait_for_selector("#wall .view")
        assert page.locator("#panels .panel").count() == 3


def test_real_photos_stand_beside_draws_with_their_statistics(browser, photo, tmp_path):
    real = tmp_path / "real"
    real.mkdir()
    cat = Picture(photo("chelsea.png"))
    write_picture(tmp_path / "hr.png", cat)
    write_picture(real / "cat.png", Picture(cat.levels[::2, ::2]))
    write_picture(real / "small.png", Picture(photo("chelsea.png")[:20, :20]))
    with served(tmp_path, str(tmp_path / "hr.png"), "--real", str(real)) as address, opened(browser, address) as page:
        open_tab(page, "Real photos")
        page.wait_for_selector("#real .statistics")
        names = [each.get_attribute("alt") for each in page.locator("#real .real-row").first.locator("img").all()]
        assert [name.rpartition("/")[2] for name in names] == ["cat.png"]
        assert page.locator("#real .real-row").nth(1).locator("img").count() == 24
        first = page.locator("#real .statistics tbody").first
        assert "noise_mad" in first.inner_text()
        assert first.locator("svg").count() == first.locator("tr").count()


def test_lrs_are_enlarged_by_trained_weights(browser, photos, tmp_path):
    pytest.importorskip("torch", reason="the extra train is not installed")
    from degradekit_models.generator import RRDBNet
    from degradekit_models.weights import save_generator

    weights = tmp_path / "generator.safetensors"
    save_generator(RRDBNet(scale=4, features=4, blocks=1), weights)
    with served(tmp_path, str(photos), "--weights", str(weights)) as address, opened(browser, address) as page:
        wait_for_redraw(page, lambda: page.click('.tools button:has-text("weights")'))
        assert page.locator(".panel figcaption b").all_inner_texts() == ["HR", "LR", "weights"]
        assert page.locator(".panel figcaption span").all_inner_texts()[2] == "240 x 200"


def steps_of(pair):
    from degradekit.degradation import Degradation

    return Degradation.from_json(pair.degradation).steps


def rgb(page) -> list[int]:
    """Return the pixels of the LR without their opacity."""
    return np.array(lr_pixels(page)).reshape(-1, 4)[:, :3].reshape(-1).tolist()
