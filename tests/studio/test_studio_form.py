"""The form of a recipe, and mistakes at its fields, without a page."""

import pytest

from degradekit import recipes
from degradekit.errors import RecipeError
from degradekit.presets import PRESETS, preset
from degradekit.studio.control import Control
from degradekit.studio.drafts import Draft
from degradekit.studio.form import EmptyField, field_of, sections_of
from degradekit.studio.session import Session


def controls_of(recipe) -> dict[str, Control]:
    return {control.path: control for section in sections_of(recipe) for control in section.controls}


FAST = ("real-esrgan", "bsrgan", "web-repost", "animesr")
"""Presets with operators of many kinds, in every way that operators nest."""


def all_presets():
    return [pytest.param(name, marks=() if name in FAST else pytest.mark.slow) for name in PRESETS]


@pytest.mark.parametrize("name", all_presets())
def test_every_field_has_a_control_whose_value_the_recipe_takes_back(name):
    recipe = preset(name)
    controls = controls_of(recipe)
    changes = {path: control.value for path, control in controls.items()}
    assert recipes.changed(recipe, changes) == recipe
    hidden = ("op", "name", *(("scale",) if recipe.lr_scale else ()))
    assert {path for path in leaves(recipe.to_dict()) if path.rpartition(".")[2] not in hidden} <= set(controls)
    for control in controls.values():
        if control.kind in ("span", "number") and control.value is not None:
            ends = control.value if control.kind == "span" else [control.value]
            low, high, step = control.slider
            assert low <= min(ends), control.path
            assert max(ends) <= high, control.path
            assert 0 < step <= high - low, control.path


def leaves(data, path=""):
    """Yield the path of each field of the operators in plain data that is not an operator, or a list of them."""
    for name, value in data.items():
        at = f"{path}.{name}" if path else name
        items = value if isinstance(value, list) else [value]
        operators = [each for each in items if isinstance(each, dict) and "op" in each]
        for index, operator in enumerate(operators):
            yield from leaves(operator, f"{at}.{index}" if isinstance(value, list) else at)
        if not operators and value is not None:
            yield at


def test_controls_have_the_limits_and_the_words_of_the_schema():
    controls = controls_of(preset("real-esrgan"))
    quality = controls["stages.0.compress.quality"]
    assert (quality.kind, quality.value, quality.limits[:3]) == ("span", [30, 95], (1, 100, True))
    assert "1..100" in quality.about
    assert controls["stages.0.blur.size"].limits.odd
    assert controls["stages.0.blur.size"].slider[2] == 2
    assert controls["stages.0.resize.filters"].names[:3] == ("area", "bilinear", "bicubic")
    assert controls["stages.0.blur.sigma_law"].kind == "choice"
    assert controls["stages.0.resize.linear_light"].kind == "flag"
    assert controls["stages.0.blur.sigma_y"].is_optional
    assert controls["stages.1.blur.probability"].slider[:2] == (0, 1)


def test_an_operator_that_may_be_missing_can_be_left_out():
    sections = {section.path: section for section in sections_of(preset("real-esrgan"))}
    assert sections["stages.0.blur"].edits.can_be_removed
    assert not sections["last"].edits.can_be_removed  # null stands for the published one there
    assert sections["stages.1.blur"].title == "blur: kernel"
    left_out = Draft().with_change("stages.0.blur", None)
    assert "stages.0.blur" not in {section.path for section in sections_of(left_out.recipe)}
    assert [each.empty_fields for each in sections_of(left_out.recipe) if each.empty_fields] == [
        (EmptyField("stages.0.blur", "blur", 2),)
    ]


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("stages.0.compress.quality", [95, 30], "must satisfy 1 <= low <= high <= 100 (got [95, 30])"),
        ("stages.1.blur.probability", 2, "must be between 0 and 1 (got 2)"),
        ("stages.0.noise.kinds", {"gaussian": -1}, "the weight of gaussian must be >= 0"),
        ("stages.1.blur.child.sigma", ["a", 3], "must be a number (got 'a')"),
        ("stages.0.blur.size", [7, 8], "both odd"),
    ],
)
def test_a_mistake_stands_at_its_field_and_the_last_good_recipe_stays(path, value, words):
    session = Session()
    before = session.recipe
    assert not session.change(path, value)
    assert list(session.messages()) == [path]
    assert words in session.messages()[path]
    assert session.recipe is before
    good = next(control.value for s in session.sections for control in s.controls if control.path == path)
    assert session.change(path, good)
    assert not session.messages()


def test_two_mistakes_are_shown_at_both_fields():
    session = Session()
    session.change("stages.0.compress.quality", [95, 30])
    session.change("stages.1.noise.sigma", [-1, 3])
    assert set(session.messages()) == {"stages.0.compress.quality", "stages.1.noise.sigma"}


def test_a_mistake_of_several_fields_stands_at_the_operator_that_has_them():
    with pytest.raises(RecipeError) as caught:
        _ = Draft("bsrgan").with_change("children.0.weights", [1, 2, 3]).recipe
    (mistake,) = caught.value.mistakes
    assert field_of(mistake, sections_of(preset("bsrgan"))) == "children.0.weights"
    assert field_of(mistake._replace(where="children[0]"), sections_of(preset("bsrgan"))) == "children.0"
    assert field_of(mistake._replace(where=""), sections_of(preset("bsrgan"))) == ""


def test_changing_a_field_back_leaves_no_change():
    draft = Draft().with_change("stages.0.compress.quality", [50, 95])
    assert draft.changes == {"stages.0.compress.quality": [50, 95]}
    assert draft.with_change("stages.0.compress.quality", [30, 95]) == Draft()
    assert draft.with_change("stages.0.compress", None).changes == {"stages.0.compress": None}
