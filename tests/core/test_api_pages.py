"""The pages of the Python API, and what else the reference takes from docstrings and from the blocks of other pages."""

import numpy as np
import pytest
from pages import ROOT
from reference_pages.api_pages import names_on_page
from reference_pages.draws import EXAMPLES, drawn_rows
from reference_pages.example_pages import example_pages
from reference_pages.examples import example_of
from reference_pages.units import unit_of

from degradekit.sheets import Photo
from degradekit.types import Frame

DOCS = ROOT / "docs"


@pytest.mark.parametrize(
    ("meaning", "unit"),
    [
        ("Span of the standard deviation in pixels; isotropic kernels draw one.", "pixels"),
        ("Cutoff frequency in radians per pixel, up to pi.", "radians per pixel"),
        ("Span of the standard deviation, on the 0..255 scale.", "0..255 scale"),
        ("The variance must be below this, on the 0..255 scale squared.", "0..255 scale squared"),
        ("Standard deviation of the Gaussian, in input pixels.", "pixels"),
        (
            "Span of the radius of the corners, as a fraction of half the smaller side.",
            "fraction of half the smaller side",
        ),
        ("Span of the quality, 1..100, both ends included.", ""),
        ("Its square (`variance`: then the span is of variances, in square pixels).", ""),
        ("What the factor multiplies: `input`; `lr`; or a size [height, width] in pixels.", ""),
    ],
)
def test_a_field_has_the_unit_of_its_docstring(meaning, unit):
    assert unit_of(meaning) == unit


def test_pages_of_modules_begin_with_what_is_used_most():
    sections = names_on_page("degradekit.dataset")
    assert next(iter(sections.values()))[:2] == ["degradekit.dataset.synthesize", "degradekit.dataset.Options"]


def test_a_public_name_without_a_heading_is_named(monkeypatch):
    monkeypatch.setattr("reference_pages.api_pages.SECTIONS", {"degradekit.presets": {"By name": ["preset"]}})
    with pytest.raises(ValueError, match=r"degradekit.presets: api_sections.py must have ALIASES, .*summary"):
        names_on_page("degradekit.presets")


def test_examples_come_from_the_first_page_that_calls_a_name():
    origin, code = example_of("synthesize", DOCS)
    assert "[Datasets](../../datasets.md)" in origin
    assert "outcome = synthesize(" in code
    assert example_of("no_such_function", DOCS) == []


def test_scripts_and_notebooks_have_pages():
    pages = {page.path: page.text for page in example_pages(DOCS)}
    assert "```python\n" in pages["examples/first_steps.md"]
    assert pages["examples/on_the_fly.md"].startswith("# on_the_fly.py\n\nTrains a very small network")
    assert "[first_steps](first_steps.md)" in pages["examples/index.md"]


def test_a_draw_without_steps_is_shown_as_one():
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    (row,) = drawn_rows("maybe", Photo("a.png", pixels, Frame(0, 0, 32, 32)))
    lines = [cell.lines for cell in row.cells[1:]]
    assert ("no step",) in lines, "of five draws at a probability of 0.5, by this seed at least one is nothing"
    assert any("JPEG" in line for (line,) in lines)
    assert drawn_rows("jpeg", Photo("a.png", pixels, Frame(0, 0, 32, 32))) == []
    assert {"chain", "shuffle", "one_of", "maybe", "linear_light"} == set(EXAMPLES)
