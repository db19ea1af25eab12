"""The pages of the reference: what they have of operators, presets, commands and schemas."""

import click
import pytest
from pages import page
from reference_pages import write_pages
from reference_pages.command_pages import command_parts
from reference_pages.docstrings import split_entries
from reference_pages.markdown import Page, block, table, words
from reference_pages.operator_pages import linked_sources, operator_page
from reference_pages.pictures import Pictures
from reference_pages.preset_notes import preset_notes
from reference_pages.preset_pages import operators_of, preset_page
from reference_pages.project_pages import to_project_pages
from reference_pages.schema_words import in_words

from degradekit import JPEG, catalogue
from degradekit.field_docs import class_doc
from degradekit.presets import PRESETS
from degradekit.sheets import Cell, Row
from degradekit_cli.main import main

SUBSAMPLINGS = {"4:2:0": {"type": "number"}, "4:4:4": {"type": "number"}}
QUALITIES = {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "integer"}]}
JPEG_FIELDS = {
    "quality": {
        "anyOf": [QUALITIES, {"type": "integer"}],
        "default": [30, 95],
        "description": "[low, high] with 1 <= low <= high <= 100, or one value",
    },
    "subsampling": {"anyOf": [{"type": "object", "properties": SUBSAMPLINGS}, {"enum": list(SUBSAMPLINGS)}]},
    "name": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
}


def test_every_preset_has_a_source():
    assert all(notes["source"] for name, notes in preset_notes(page("docs/presets.md")).items() if name in PRESETS)


def test_a_preset_without_a_row_is_named():
    with pytest.raises(ValueError, match=r"presets.md: .*bsrgan-light"):
        preset_notes(page("docs/presets.md").replace("`bsrgan-light`", "bsrgan-light"))


def test_an_operators_page_has_fields_with_rules_and_what_it_leaves_in_records():
    text = operator_page(JPEG, "Codecs", {"properties": JPEG_FIELDS}, ["strip"])
    assert "Default: `[30, 95]`. Allowed: integers `[low, high]` with 1 <= low <= high <= 100, or one value." in text
    assert "Does the least at 100." in text
    assert "Allowed: weights of `4:2:0` and `4:4:4`, or one of these names." in text
    assert "[Compression](../../model.md#compression)" in text
    assert "```{py:class} degradekit.JPEG(quality=(30, 95)" in text
    assert "op: jpeg\nquality: [30, 95]" in text
    assert text.index("## In records") < text.index("Values: an integer from 1 to 100.")


def test_every_source_names_a_section_of_its_page():
    """Sphinx would warn of a link to a heading that is not there; a source that is not linked at all, it cannot see."""
    for op in catalogue.BUILT_IN:
        source = class_doc(catalogue.find_operator(op)).source
        assert "section" not in linked_sources(words(source)), op


def test_a_presets_page_has_its_source_and_every_number_below_its_path():
    text = preset_page("waifu2x-art-2", preset_notes(page("docs/presets.md"))["waifu2x-art-2"], [])
    assert "**Source:** nagadomi/nunif@d23721f" in text
    assert "[below](../../presets.md#waifu2x)" in text
    rows = text.partition("| operator or field | value |")[2]
    assert "| `quality` | `[" in rows
    assert "](../operators/jpeg_passes.md)**" in rows


def test_operators_are_listed_by_their_paths():
    data = {"op": "chain", "children": [{"op": "maybe", "child": {"op": "jpeg", "quality": [1, 2]}}]}
    assert [path for path, _ in operators_of(data)] == ["", "children.0", "children.0.child"]


def test_a_commands_page_has_its_options_below_their_headings():
    synth = main.commands["synth"]
    parts = command_parts(synth, click.Context(synth, click.Context(main, info_name="degradekit"), "synth"))
    headings = [part for part in parts if part.startswith("## ")]
    assert "## Recipe" in headings
    options = parts[parts.index("## Recipe") + 1 :]
    assert any(option.startswith("```{option} --preset NAME\n\nA shipped recipe") for option in options)


def test_a_groups_page_has_its_commands():
    recipe = main.commands["recipe"]
    parts = command_parts(recipe, click.Context(recipe, click.Context(main, info_name="degradekit"), "recipe"))
    assert "## degradekit recipe show" in parts
    assert any(part.startswith("```text\ndegradekit recipe show bsrgan") for part in parts), "click's \\b blocks"


@pytest.mark.parametrize(
    ("schema", "phrase"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 255, "not": {"multipleOf": 2}}, "an odd integer from 1 to 255"),
        ({"type": "number", "minimum": 0}, "a number >= 0"),
        ({"type": "number", "minimum": -3.141592653589793, "maximum": 6.283185307179586}, "a number from -pi to 2 pi"),
        ({"enum": ["a", "b"]}, "`a` or `b`"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, "true or false or null"),
        (
            {"type": "array", "items": {"$ref": "#/AnyOperator"}, "minItems": 1},
            "a list of operators, at least one",
        ),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 64, "maxItems": 64}, "a list of 64 integers"),
        ({"$ref": "#/$defs/AnyStage"}, "a stage"),
        ({"const": "published"}, "`published`"),
    ],
)
def test_a_schema_in_words(schema, phrase):
    assert in_words(schema) == phrase


def test_text_is_no_markup_but_between_backticks():
    assert words("a*b_c `d*e_f` <g> [h](i)") == r"a\*b\_c `d*e_f` \<g\> \[h\](i)"
    assert table(["a"], [["b | c"], [r"d \| e"]]).splitlines()[2:] == [r"| b \| c |", r"| d \| e |"]
    assert block("text", "```\nx\n```").startswith("````text\n")


def test_names_that_share_an_entry_get_one_each():
    lines = ["Attributes:", "    low, high: The ends,", "        both included.", "    odd: Whether."]
    split_entries(None, "", "", None, None, lines)
    assert lines[1:] == ["    low: The ends,", "        both included.", "    high: See `low`.", "    odd: Whether."]


def test_links_to_pages_at_the_top_of_the_repository_lead_to_their_copies():
    text = to_project_pages("[a](../CONTRIBUTING.md#style), [b](../README.md), [c](design.md)", "../")
    assert text == "[a](../reference/project/contributing.md#style), [b](../index.md), [c](design.md)"


def test_pages_that_stay_are_not_written_again_and_others_are_removed(tmp_path):
    write_pages(tmp_path, iter([Page("api/a.md", "a"), Page("api/b.md", "b")]))
    before = (tmp_path / "api" / "a.md").stat().st_mtime_ns
    (tmp_path / "index.md").write_text("written by hand")
    write_pages(tmp_path, iter([Page("api/a.md", "a")]))
    assert (tmp_path / "api" / "a.md").stat().st_mtime_ns == before
    assert sorted(path.name for path in tmp_path.rglob("*.md")) == ["a.md", "index.md"]


def test_pictures_are_made_once_for_the_same_code(tmp_path, monkeypatch):
    import numpy as np

    calls = []

    def rows() -> list[Row]:
        calls.append(1)
        return [Row([Cell(np.zeros((8, 8, 3), np.uint8), "mild", ("quality 95",))], "a kind")]

    first = Pictures(tmp_path, "/pictures").strips("jpeg", rows)
    assert Pictures(tmp_path, "/pictures").strips("jpeg", rows) == first
    assert len(calls) == 1
    assert "{figure} /pictures/jpeg/0-0.webp\n:alt: mild: quality 95" in first[0]
    monkeypatch.setattr(Pictures, "_code", "of another version")
    Pictures(tmp_path, "/pictures").strips("jpeg", rows)
    assert len(calls) == 2
