"""Recipes beside one another, beside real photos, and pairs of built datasets."""

import numpy as np
import pytest
from fsspec import filesystem
from small_datasets import IN_PROCESS, RECIPE

from degradekit.dataset import Options, synthesize
from degradekit.dataset.measurements import NUMBERS, PIXEL_NUMBERS, measure
from degradekit.dataset.opening import Dataset
from degradekit.errors import DatasetError, ImageError, RecipeError
from degradekit.picture_files import Picture, write_picture
from degradekit.studio.distributions import DRAWS, histograms
from degradekit.studio.drafts import Draft
from degradekit.studio.opening import as_real, set_up
from degradekit.studio.photos import StudioPhoto
from degradekit.studio.pictures import PictureStore
from degradekit.studio.real_lrs import RealLRs
from degradekit.studio.session import Session
from degradekit.studio.stored_rows import StoredRows
from degradekit.studio.views import exports, parameters, stored_rows, wall_of_draws
from degradekit.types import Frame


def test_histograms_show_what_an_edit_changes_and_nothing_else():
    draft = Draft().with_change("stages.0.compress.quality", [30, 40])
    drawn = histograms(draft.recipe, draft.base, (64, 64), Frame(0, 0, 64, 64), 0)
    assert [each.name for each in drawn if each.differs] == ["jpeg 1: quality"]
    changed = next(each for each in drawn if each.differs)
    assert (changed.low, changed.high) == (30, 95)
    assert sum(changed.drawn) == pytest.approx(1)
    assert DRAWS >= 100


def test_two_recipes_are_drawn_with_the_same_seed_on_the_same_crop(noise_photo):
    session = Session(photo=noise_photo(32, 32), other=Draft("bicubic"))
    one, other = session.draws().values()
    assert one.hr is other.hr
    assert other.degradation == Draft("bicubic").recipe.sample((32, 32), seed=0)
    session.swap()
    assert (session.draft.name, session.other.name) == ("bicubic", "real-esrgan")
    assert list(session.draws()) == ["bicubic", "real-esrgan"]
    session.other = Draft("bicubic")
    assert list(session.draws()) == ["bicubic", "bicubic, the other one"]
    assert "as many of bicubic, the other one" in parameters(session)


def test_a_recipe_that_breaks_a_rule_is_not_opened():
    session = Session()
    with pytest.raises(RecipeError, match="did you mean 'real-esrgan'"):
        session.open(Draft("real-esrgn"))
    assert session.draft == Draft()


def test_the_wall_has_a_draw_for_each_seed(noise_photo):
    html = wall_of_draws(PictureStore(), Session(photo=noise_photo(32, 32), seed=5))
    assert html.count("<img") == 24
    assert 'data-value="28"' in html


def test_exports_are_escaped(noise_photo):
    draft = Draft("mine.yaml", "op: chain\nname: <script>\nscale: 2\nchildren: [{op: resize, to: lr}]")
    assert "<script>" not in exports(Session(draft, photo=noise_photo(8, 8)))


def test_real_photos_are_measured_as_the_command_measures(noise_photo, tmp_path):
    photo = noise_photo(70, 80)
    write_picture(tmp_path / "noise.png", Picture(photo.pixels))
    expected = measure(tmp_path, engine=IN_PROCESS)
    real = RealLRs([as_real(photo)])
    by_name = dict(zip(PIXEL_NUMBERS, real.numbers[0], strict=True))
    for name in NUMBERS:
        if name in by_name:
            assert by_name[name] == pytest.approx(expected.column(name)[0], rel=1e-5, abs=1e-9), name
    statistics = list(real.compared([photo.pixels, photo.pixels]))
    assert statistics[0].name == "sharpness"
    assert all(each.real == each.made and not each.is_apart for each in statistics)
    with pytest.raises(ImageError, match="at least 64"):
        as_real(StudioPhoto("small", photo.pixels[:50]))


@pytest.fixture(scope="module")
def shards(tmp_path_factory, photo):
    """A dataset of three tiles, each with two variants."""
    folder = tmp_path_factory.mktemp("studio-shards")
    write_picture(folder / "a.png", Picture(photo("astronaut.png")[:64, :128]))
    synthesize(folder / "a.png", folder / "shards", RECIPE, Options(tile=64, variants=2), engine=IN_PROCESS)
    return folder / "shards"


def test_a_dataset_is_opened_with_its_recipe_and_its_pairs(shards):
    setup, _ = set_up(str(shards))
    rows = setup.rows
    assert setup.draft.recipe == RECIPE
    assert (rows.total, len(rows.rows)) == (6, 6)
    session = Session(setup.draft)
    for row in rows.rows:
        pair = rows.pair(row)
        assert (pair.key, pair.variant) == (row.values["key"], row.values["variant"])
        session.show_stored(pair)
        np.testing.assert_array_equal(session.draws()[""].lr, pair.lr)
    session.reseed(3)
    assert session.draws()[""].degradation == RECIPE.sample((64, 64), seed=3)
    session.show_stored(pair._replace(lr=255 - pair.lr))
    with pytest.raises(DatasetError, match="another LR"):
        session.draws()


def test_a_dataset_behind_a_url_is_opened_too(shards):
    memory = filesystem("memory")
    memory.put(str(shards), "/studio-shards", recursive=True)
    try:
        rows = set_up("memory://studio-shards")[0].rows
        assert rows is not None
        assert rows.pair(rows.rows[5]).variant == rows.rows[5].values["variant"]
        assert set_up(f"file://{shards}")[0].rows is not None
        assert not Dataset.is_at("memory://studio-shards/data")
        assert not Dataset.is_at("https://127.0.0.1:9/photo.png"), "no server is asked"
    finally:
        memory.rm("/studio-shards", recursive=True)


def test_pairs_are_chosen_by_a_condition(shards):
    rows = StoredRows(str(shards))
    assert len(rows.matching("")) == 6
    assert {row.values["variant"] for row in rows.matching("variant = 1")} == {1}
    assert stored_rows(PictureStore(), rows, "variant = 1").count("<img") == 3
    with pytest.raises(DatasetError, match="variant"):
        rows.matching("varian = 1")
