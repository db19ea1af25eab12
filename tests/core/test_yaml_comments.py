"""The comments of `recipe show`."""

import re

import pytest
from examples import ALL

from degradekit import Chain, HighOrder, Kernel, Noise, catalogue, recipes
from degradekit.fields import Between, Weights, Within, marks_of


def _without_comments(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.lstrip().startswith("#"))


@pytest.mark.parametrize("name", ALL)
def test_comments_leave_a_recipe_as_it_is_within_120_columns(name):
    text = recipes.dumps(ALL[name], comments=True)
    assert recipes.loads(text) == ALL[name]
    assert _without_comments(text) == recipes.dumps(ALL[name])
    assert max(map(len, text.splitlines())) <= 120


def test_each_kind_of_operator_is_explained_once():
    text = recipes.dumps(HighOrder(order=3), comments=True)
    for op in {each.op for each in HighOrder(order=3).spelled_out.all_operators()}:
        assert len(re.findall(rf"# {op}: ", text)) == 1, op


@pytest.mark.parametrize("op", catalogue.names())
def test_every_field_has_its_meaning_from_the_docstring_and_its_rule(op):
    """A field without either would stand in `recipe show` without a word."""
    from degradekit.yaml_comments import _about

    about = _about(catalogue.find_operator(op))
    assert about["op"].startswith(f"{op}: ")
    for name, marks in marks_of(catalogue.find_operator(op)).items():
        if name in ("name", "resize", "noise", "compress"):  # of a stage, they stand in the comment on blur
            continue
        assert name in about
        for mark in marks:
            if isinstance(mark, Between | Within | Weights):
                assert about[name].endswith(f"Rule: {mark.rule}.")


def test_a_comment_has_meaning_unit_rule_and_source():
    text = recipes.dumps(Chain([Kernel(), Noise()], scale=2), comments=True)
    words = " ".join(line.strip().lstrip("# ") for line in text.splitlines())
    assert (
        "Span of the standard deviation of Gaussian and speckle noise, on the 0..255 scale."
        " Does the least at 0. Rule: 0 <= low <= high <= 1000. sigma: [1.0, 30.0]" in words
    )
    assert (
        "Source: docs/model.md, section Kernels; the defaults are those of Real-ESRGAN's first stage. - op: kernel"
        in words
    )


def test_names_with_odd_characters_move_no_comment():
    recipe = Chain([Kernel(name="a: # b\n\n  op: c"), Noise(name="\u2028\x85é'\"")], scale=2, name="#")
    text = recipes.dumps(recipe, comments=True)
    assert recipes.loads(text) == recipe
