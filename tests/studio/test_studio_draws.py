"""Draws of crops, their pictures, and what people take home."""

import shlex

import numpy as np
import pytest

from degradekit import recipes
from degradekit.errors import ImageError, RecipeError
from degradekit.picture_files import decode
from degradekit.studio.drafts import Draft
from degradekit.studio.draws import draw, enlarged, kernel_picture, wall
from degradekit.studio.exports import command, full_yaml, python, short_yaml
from degradekit.studio.opening import set_up
from degradekit.studio.photos import MAX_CROP
from degradekit.studio.pictures import PictureStore
from degradekit.studio.session import Session
from degradekit.studio.views import film_strip, panels
from degradekit_cli.options import RecipeChoice, Variation
from degradekit_cli.studio import chosen_draft

EDITED = Draft(scale=2, strength=0.5).with_change("stages.0.compress.quality", [50, 95]).with_change("sharpen", None)


def test_a_draw_is_what_the_library_makes_of_the_crop(noise_photo):
    crop = noise_photo(90, 120).crop(1.0, 0.0, 64)
    assert (crop.frame.top, crop.frame.left) == (0, 120 - 64)
    recipe = Draft().recipe
    drawn = draw(crop, recipe, 7)
    expected = recipe.sample((64, 64), seed=7, frame=crop.frame)
    assert drawn.degradation == expected
    np.testing.assert_array_equal(drawn.lr, expected(crop.pixels))
    np.testing.assert_array_equal(wall(crop, recipe, [3, 7])[1], drawn.lr)
    assert enlarged(drawn.lr, 4, "bicubic").shape == (64, 64, 3)
    np.testing.assert_array_equal(enlarged(drawn.lr, 4, "nearest"), np.kron(drawn.lr, np.ones((4, 4, 1), np.uint8)))
    np.testing.assert_array_equal(enlarged(drawn.lr, 4, lambda lr: 255 - lr), 255 - drawn.lr)


def test_a_crop_is_a_part_of_the_photo_that_the_scale_divides(noise_photo):
    session = Session(Draft(scale=3), photo=noise_photo(50, 2000), x=0.99)
    crop = session.crop()
    assert crop.pixels.shape == (48, MAX_CROP // 3 * 3, 3)
    assert crop.frame.left + crop.pixels.shape[1] == 2000
    session.photo = noise_photo(2, 40)
    with pytest.raises(RecipeError, match="at least the scale, 3"):
        session.crop()
    session.photo = None
    with pytest.raises(RecipeError, match="open one"):
        session.crop()


def test_a_kernel_is_shown_with_its_signs():
    picture = kernel_picture(np.array([[1.0, 0.25], [0.0, -0.25]], np.float32))
    assert picture[0, 0].tolist() == [255, 255, 255]
    assert picture[0, 1].tolist() == [128, 128, 128]
    assert picture[1, 0].tolist() == [0, 0, 0]
    assert picture[1, 1, 0] > picture[1, 1, 1] > picture[1, 1, 2]


def test_the_page_shows_every_step_with_its_parameters_and_kernels(noise_photo):
    store = PictureStore()
    session = Session(photo=noise_photo(64, 64), other=Draft("bicubic"))
    draws = session.draws()
    strip = film_strip(store, draws["real-esrgan"])
    degradation = draws["real-esrgan"].degradation
    assert strip.count('class="frame"') == len(degradation.steps) + 1
    assert strip.count('class="kernel"') == len(degradation.kernels())
    for step in degradation.steps:
        assert str(step) in strip
    assert "<dt>quality</dt>" in strip
    shown = panels(store, draws, "bicubic")
    assert shown.count('class="panel"') == 6
    name = shown.partition('src="/pictures/')[2].partition('"')[0]
    np.testing.assert_array_equal(decode(store.png(name)), draws["real-esrgan"].hr)


def test_pictures_beyond_the_memory_for_them_are_forgotten():
    store = PictureStore(max_bytes=2 * 300)
    names = [store.put(np.full((10, 10, 3), level, np.uint8)).rpartition("/")[2] for level in range(3)]
    assert store.png(names[0]) is None
    assert decode(store.png(names[2])).max() == 2
    assert store.put(np.full((10, 10, 3), 2, np.uint8)).endswith(names[2])
    assert store.png(names[1]) is not None
    assert store.png("../../etc/passwd") is None


def test_every_export_makes_the_edited_recipe():
    assert short_yaml(EDITED).startswith("extends: real-esrgan")
    for text in (short_yaml(EDITED), full_yaml(EDITED)):
        assert recipes.loads(text) == EDITED.recipe
    names: dict = {}
    exec(python(EDITED, 3).replace("lr = recipe(hr, seed=3)", "").replace("# hr", "# "), names)
    assert names["recipe"] == EDITED.recipe


@pytest.mark.parametrize("draft", [EDITED, Draft(), Draft("bsrgan").with_change("children.0.weights", [0.75, 0.25])])
def test_the_exported_command_builds_with_the_edited_recipe(draft):
    from degradekit_cli.synth import synth

    words = shlex.split(command(draft))
    assert words[:4] == ["degradekit", "synth", "PHOTOS", "SHARDS"]
    with synth.make_context("synth", words[2:]) as context:
        order, preset, file = (context.params[name] for name in ("order", "preset", "recipe_file"))
        assert (order, file) == (None, None)
        changes = recipes.read_settings(context.params["settings"])
    given = {name: context.params[name] for name in ("scale", "strength") if context.params[name] is not None}
    assert recipes.varied(lambda scale: recipes.named(preset, scale), given | changes) == draft.recipe


def test_a_recipe_from_a_file_of_the_person_is_exported_in_full():
    draft = Draft("mine.yaml", "op: chain\nscale: 2\nchildren: [{op: resize, to: lr}]")
    assert recipes.loads(short_yaml(draft)) == draft.recipe
    assert command(draft) == "degradekit synth PHOTOS SHARDS --recipe recipe.yaml"


def test_a_recipe_file_of_any_name_is_opened_by_the_command(tmp_path):
    """`synth` takes any name, so that the studio does too, though drafts know files by their endings."""
    (tmp_path / "mine.txt").write_text("extends: bsrgan")
    draft = chosen_draft(RecipeChoice(None, None, tmp_path / "mine.txt", Variation(scale=2)))
    assert draft.recipe == recipes.named("bsrgan", 2)
    assert recipes.loads(short_yaml(draft)) == draft.recipe


def test_a_small_photo_is_refused_with_its_own_size(noise_photo):
    session = Session(photo=noise_photo(1, 700))
    with pytest.raises(RecipeError, match="got 700 x 1"):
        session.crop()


def test_a_photo_chosen_on_the_page_is_read_again(tmp_path):
    """What is wrong with it is raised as of an uploaded one; the page adds the name."""
    (tmp_path / "text.png").write_text("text")
    setup, _ = set_up(str(tmp_path))
    for read in (lambda: setup.photo(0), lambda: setup.uploaded("text.png", b"text")):
        with pytest.raises(ImageError, match=r"^not an image$"):
            read()
