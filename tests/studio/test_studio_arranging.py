"""Operators added, replaced, wrapped, moved and removed, without a page."""

import pytest

from degradekit import catalogue, recipes
from degradekit.errors import RecipeError
from degradekit.presets import preset
from degradekit.studio.arranging import added, added_after, moved, not_offered, offered, removed, replaced, wrapped
from degradekit.studio.drafts import Draft
from degradekit.studio.exports import command, python, short_yaml
from degradekit.studio.session import Session

CHAIN = "op: chain\nscale: 2\nchildren: [{op: noise}, {op: jpeg, quality: 40}, {op: resize, to: lr}, {op: webp}]"
TEXT = Draft("mine.yaml", CHAIN)


def ops(session: Session) -> list[str]:
    return [each["op"] for each in session.recipe.to_dict()["children"]]


def arrange(session: Session, change, *arguments) -> None:
    session.arrange(change(session.recipe.to_dict(), *arguments))


def test_operators_of_a_list_are_added_moved_and_removed():
    session = Session(TEXT)
    arrange(session, added, "children.4", "jpeg")
    assert ops(session) == ["noise", "jpeg", "resize", "webp", "jpeg"]
    arrange(session, added_after, "children.0", "halo")
    assert ops(session) == ["noise", "halo", "jpeg", "resize", "webp", "jpeg"]
    arrange(session, moved, "children.1", -1)
    assert ops(session) == ["halo", "noise", "jpeg", "resize", "webp", "jpeg"]
    arrange(session, removed, "children.2")
    assert ops(session) == ["halo", "noise", "resize", "webp", "jpeg"]
    session.arrange(replaced("children.3", "avif"))
    assert ops(session) == ["halo", "noise", "resize", "avif", "jpeg"]
    assert recipes.loads(short_yaml(session.draft)) == session.recipe


def test_an_operator_alone_becomes_a_chain_with_the_one_that_is_added():
    session = Session()
    arrange(session, added_after, "stages.0.blur", "motion_blur")
    blur = session.recipe.to_dict()["stages"][0]["blur"]
    assert blur["children"][0] == Session().recipe.to_dict()["stages"][0]["blur"]
    assert blur["children"][1]["op"] == "motion_blur"


def test_a_field_that_was_left_empty_takes_an_operator_again():
    session = Session()
    arrange(session, removed, "stages.0.compress")
    (opening,) = (opening for section in session.sections for opening in section.empty_fields)
    arrange(session, added, opening.path, "jpeg")
    assert session.recipe == Session().recipe
    assert not any(section.empty_fields for section in session.sections)


@pytest.mark.parametrize("op", offered(made_of_operators=True)["Operators made of operators"])
def test_an_operator_is_put_into_another_one(op):
    session = Session(TEXT)
    arrangement = wrapped(session.recipe.to_dict(), "children.1", op)
    session.arrange(arrangement)
    paths = {section.path for section in session.sections}
    assert op in ops(session)
    assert arrangement.path_after("children.1") in {*paths, "children.1.child"}  # a maybe shares the section
    assert [each.quality for each in session.recipe.all_operators() if each.op == "jpeg"] == [(40, 40)]


def test_every_operator_is_offered_or_said_to_need_a_folder():
    names = [op for kind in (True, False) for ops in offered(made_of_operators=kind).values() for op in ops]
    assert sorted([*names, *not_offered()]) == sorted(catalogue.names())
    assert not_offered() == ["kernel_folder", "noise_pool"]


def test_every_operator_that_is_offered_can_be_added():
    for family in offered(made_of_operators=False).values():
        for op in family:
            session = Session(TEXT)
            arrange(session, added, "children.0", op)
            assert ops(session)[0] == op


def test_operators_of_other_packages_are_a_family_of_their_own(monkeypatch):
    families = {name: ops for name, ops in catalogue.FAMILIES.items() if name != "Blur"}
    monkeypatch.setattr(catalogue, "BUILT_IN", {op: path for ops in families.values() for op, path in ops.items()})
    monkeypatch.setattr(catalogue, "FAMILIES", families)
    assert "motion_blur" in offered(made_of_operators=False)["Other packages"]


def test_weights_follow_their_operators():
    path = "children.0.children.0.children.2"
    one_of = Draft("bsrgan").recipe.children[0].children[0].children[2]
    assert one_of.weights == (0.75, 0.25)
    session = Session(Draft("bsrgan"))
    arrange(session, moved, f"{path}.children.0", 1)
    now = session.recipe.children[0].children[0].children[2]
    assert (now.children, now.weights) == (one_of.children[::-1], (0.25, 0.75))
    arrange(session, added, f"{path}.children.1", "crop")
    assert session.recipe.children[0].children[0].children[2].weights == (0.25, 0.5, 0.75)
    arrange(session, removed, f"{path}.children.0")
    assert session.recipe.children[0].children[0].children[2].weights == (0.5, 0.75)


def test_an_arrangement_that_breaks_a_rule_is_refused_as_a_whole():
    session = Session(Draft("bsrgan"))
    before = session.draft
    with pytest.raises(RecipeError, match=r"ordered.*unknown name"):
        arrange(session, removed, "children.0.children.0.children.3")  # its name is in `ordered`
    assert session.draft == before
    assert not session.history.past


def test_an_edit_after_an_arrangement_is_kept_though_the_preset_has_its_value_at_that_path():
    session = Session(TEXT)
    arrange(session, moved, "children.1", -1)  # the JPEG is the first one now
    session.change("children.0.quality", [10, 20])
    arrange(session, moved, "children.0", 1)
    session.change("children.1.quality", [40, 40])
    assert session.draft.changes == {}
    session.change("children.1.quality", [30, 30])
    arrange(session, moved, "children.1", -1)
    session.change("children.0.quality", [40, 40])
    assert list(session.draft.changes) == ["children"]
    assert session.recipe.children[0].quality == (40, 40)


def test_a_recipe_with_other_operators_is_taken_home_as_a_file():
    session = Session()
    arrange(session, added_after, "stages.0.blur", "motion_blur")
    session.change("stages.0.blur.children.1.length", [1, 3])
    text = short_yaml(session.draft)
    assert text.startswith("extends: real-esrgan\nstages.0.blur:\n  op: chain\n")
    assert text.endswith("  - op: motion_blur\n    length: [1, 3]\n")
    assert recipes.loads(text) == session.recipe
    assert command(session.draft) == "degradekit synth PHOTOS SHARDS --recipe recipe.yaml"
    assert "recipe = recipes.load('recipe.yaml')" in python(session.draft, 0)


@pytest.mark.parametrize("name", ["real-esrgan", "bsrgan"])
def test_whatever_the_form_offers_makes_a_recipe_or_a_message(name):
    for section in Session(Draft(name)).sections:
        changes = []
        if section.edits.can_be_replaced:
            changes += [(added_after, section.path, "jpeg"), (wrapped, section.path, "chain")]
        changes += [(moved, section.path, -1)] * section.edits.can_move_up + [
            (moved, section.path, 1)
        ] * section.edits.can_move_down
        changes += [(removed, section.path)] * section.edits.can_be_removed
        changes += [
            (added, path, "jpeg") for path in (section.end, *(each.path for each in section.empty_fields)) if path
        ]
        for change, *arguments in changes:
            session = Session(Draft(name))
            mistakes = []
            try:
                arrange(session, change, *arguments)
            except RecipeError as error:
                mistakes = [mistake.where for mistake in error.mistakes]
            if mistakes:  # an operator whose name is in `ordered` goes
                assert any("ordered" in where for where in mistakes), (section.path, mistakes)
            else:
                assert change is moved or session.recipe != preset(name), (section.path, change)
