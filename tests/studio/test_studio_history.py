"""Changes of recipes that are taken back and made again."""

import pytest

from degradekit.errors import RecipeError
from degradekit.studio.drafts import Draft
from degradekit.studio.history import History
from degradekit.studio.session import Session

QUALITY, SIGMA = "stages.0.compress.quality", "stages.0.noise.sigma"


def test_changes_are_taken_back_one_by_one_and_made_again():
    session = Session()
    session.change(QUALITY, [50, 60])
    session.open(Draft("bsrgan"))
    session.compare_with(Draft("bicubic"))
    session.undo()
    assert (session.draft, session.other) == (Draft("bsrgan"), None)
    session.undo()
    assert session.draft.changes == {QUALITY: [50, 60]}
    assert session.recipe == session.draft.recipe
    session.undo()
    assert session.draft == Draft()
    for _ in range(4):
        session.redo()
    assert (session.draft, session.other) == (Draft("bsrgan"), Draft("bicubic"))


def test_edits_of_one_field_in_a_row_are_one_change():
    session = Session()
    for high in (60, 61, 62):
        session.change(QUALITY, [50, high])
    session.change(SIGMA, [1, 2])
    session.change(QUALITY, [50, 63])
    for expected in ({QUALITY: [50, 62], SIGMA: [1, 2]}, {QUALITY: [50, 62]}, {}):
        session.undo()
        assert session.draft.changes == expected


def test_a_mistake_is_taken_back_and_comes_again_with_its_message():
    session = Session()
    session.change(QUALITY, [90, 10])
    session.undo()
    assert not session.messages()
    session.redo()
    assert list(session.messages()) == [QUALITY]


def test_a_new_change_ends_what_can_be_made_again():
    history = History[int]()
    history.leave(0)
    assert history.undo(1) == 0
    history.leave(0)
    assert history.redo(2) == 2
    assert history.undo(2) == 0
    assert history.undo(0) == 0


def test_all_changes_are_taken_back_at_once():
    draft = Draft("bsrgan", scale=2, strength=0.5).with_change("children.1.quality", [1, 2])
    assert draft.title == "bsrgan, edited"
    assert draft.unedited == Draft("bsrgan", scale=2)
    assert draft.unedited.title == "bsrgan"


def test_a_second_recipe_that_breaks_a_rule_leaves_the_one_before():
    session = Session(other=Draft("bicubic"))
    with pytest.raises(RecipeError, match="scale"):
        session.compare_with(Draft("bicubic", scale=1000))
    assert session.other == Draft("bicubic")
    assert not session.history.past
