"""YAML as people mean it."""

import pytest

from degradekit import JPEG, RecipeError, recipes
from degradekit.yaml_text import parse, write


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1e3", 1000.0),
        ("1.5e3", 1500.0),
        ("-.5", -0.5),
        ("2.", 2.0),
        ("7", 7),
        ("4:2:0", "4:2:0"),
        ("1:30.5", "1:30.5"),
        ("v1.5", "v1.5"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_numbers_and_text_are_what_they_look_like(text, value):
    parsed = parse(text)
    assert (parsed, type(parsed)) == (value, type(value))
    assert parse(write({"key": value})) == {"key": value}


@pytest.mark.parametrize("text", ["1e3", "1.5e3", "-.5", "4:2:0", "7", "true", "null", "2020-01-01", "a: b", ""])
def test_text_that_looks_like_something_else_stays_text(text):
    assert parse(write({"key": text})) == {"key": text}


def test_chroma_subsamplings_need_no_quotes():
    expected = JPEG(subsampling={"4:2:0": 0.7, "4:4:4": 0.3})
    assert recipes.loads("{op: jpeg, subsampling: {4:2:0: 0.7, 4:4:4: 0.3}}") == expected
    assert recipes.loads("op: jpeg\nsubsampling:\n  4:2:0: 0.7\n  4:4:4: 0.3") == expected
    assert recipes.loads("op: jpeg\nsubsampling: 4:4:4") == JPEG(subsampling="4:4:4")


def test_a_merge_key_brings_fields_that_may_be_overridden():
    weak = "op: chain\nchildren:\n- &weak {op: jpeg, quality: [90, 95]}\n"
    again = "- &again {<<: *weak, name: again}\n- {<<: [*again, *weak], quality: 60, name: third}"
    _, second, third = recipes.loads(weak + again).children
    assert second == JPEG(quality=(90, 95), name="again")
    assert third == JPEG(quality=60, name="third")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", r"^line 1, column 5: while parsing a flow node, expected the node content"),
        ("a: 1\n---\nb: 2", r"^line 2, column 1: expected a single document in the stream, but found another document"),
        ("a: 1\na: 2", r"^line 2, column 1: field 'a' is given twice$"),
        ("b: &x {a: 1, a: 2}\nc: {<<: *x}", r"^line 1, column 14: field 'a' is given twice$"),
        ("a: 1\n3: 4", r"^line 2, column 1: a field must be text \(got 3\)$"),
        ("on: 1", r"a field must be text \(got on\)$"),
        ("? [a]\n: 1", r"a field must be text \(got sequence\)$"),
        ("!!bool 7", r"^line 1, column 1: must be a value of YAML's type bool \(got '7'\)$"),
        ("a: !!timestamp x", r"^line 1, column 4: must be a value of YAML's type timestamp \(got 'x'\)$"),
        ("a: 2021-99-99", r"^line 1, column 4: must be a value of YAML's type timestamp \(got '2021-99-99'\)$"),
        ("!!float ''", r"^line 1, column 1: must be a value of YAML's type float \(got ''\)$"),
        ("a\x07", r"^must be YAML \(unacceptable character #x0007: special characters are not allowed\)$"),
    ],
)
def test_what_is_not_yaml_is_refused_with_line_and_column(text, message):
    with pytest.raises(RecipeError, match=message):
        parse(text)
