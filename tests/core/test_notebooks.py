"""What notebooks show of objects, and how progress looks in them."""

import sys
import warnings
from types import ModuleType

import pytest
from html_pages import Page
from made_up_match import made_up_match, refused_match

from degradekit import JPEG, Chain, HighOrder, Noise
from degradekit.dataset import Outcome, ProgressBar, Report, Verification
from degradekit.dataset.manifest import Skipped

HOSTILE = "<script>alert(1)</script>\u202e"


def report(key: str = "a.png") -> Report:
    return Report(
        photos=2,
        pairs={"train": 6},
        bytes={"train": 12345},
        shards=1,
        skipped=(Skipped(key, "is no picture"),),
        left_out={"not pictures: a.txt": 1},
        counts={},
        digest="0" * 64,
        format="parquet",
    )


def shown(each) -> Page:
    html = each._repr_html_()
    assert len(html) < 40_000
    assert "http" not in html, "it needs no other file"
    assert "<script" not in html
    return Page(html)


def test_a_recipe_is_shown_with_all_of_its_operators_and_fields():
    recipe = HighOrder()
    page = shown(recipe)
    assert page.tags["details"] == sum(1 for _ in recipe.spelled_out.all_operators())
    assert {"sharpen", "stage", "kernel", "jpeg", "maybe", "sinc"} <= set(page.text["b"])
    assert {"quality", "sigma", "families", "weight"} <= set(page.text["th"])
    assert "[30, 95]" in page.text["td"]


def test_names_of_strangers_in_a_recipe_are_escaped():
    page = shown(Chain([Noise(name=HOSTILE), JPEG()], scale=1))
    assert any("<script>alert(1)</script>\\u202e" in text for text in page.text["summary"])


def test_a_degradation_is_shown_step_by_step_with_all_that_each_step_holds():
    degradation = HighOrder().sample((64, 96), seed=3)
    page = shown(degradation)
    assert page.tags["tr"] == 1 + len(degradation.steps)
    assert f"HR 96 x 64 to LR 24 x 16, in {len(degradation.steps)} steps" in page.text["div"]
    assert page.text["summary"] == [str(step) for step in degradation.steps]
    for step, fields in zip(degradation.steps, page.text["span"], strict=True):
        assert all(f"{name}: {value}" in fields for name, value in step.to_dict().items() if name != "op")


def test_reports_outcomes_and_verifications_are_shown_as_tables():
    page = shown(report(HOSTILE))
    assert {"2", "train 6", "0" * 64} <= set(page.text["td"])
    assert any("is no picture" in text and "\\u202e" in text for text in page.text["li"])
    assert "6 pairs in 2.0 s" in shown(Outcome(report(), 6, 2.0, True)).text["td"]
    assert "nothing, as nothing was missing" in shown(Outcome(report(), 0, 2.0, True)).text["td"]
    assert "none" in shown(Verification(6, 1, ())).text["td"]
    assert len(shown(Verification(6, 1, tuple("abc" * 100))).text["li"]) == 201


def test_a_match_is_shown_by_its_summary_and_what_became_of_its_fields():
    match = made_up_match()
    page = shown(match)
    assert match.agreement.summary in page.text["b"]
    assert {"fitted", "unchanged"} <= set(page.text["td"])
    assert shown(refused_match()).text["b"]


@pytest.mark.slow
def test_a_dataset_that_is_looked_into_is_shown(small_pairs):
    from degradekit.dataset import inspect

    assert str(small_pairs) in shown(inspect(small_pairs)).text["td"]


def finished(bar: ProgressBar) -> None:
    bar.start(2)
    bar.note("a \x1b[2J note")
    for _ in range(4):
        bar.advance(0.5)


def test_a_bar_is_drawn_in_notebooks_without_ipywidgets_and_without_warnings(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ipykernel.zmqshell", ModuleType("ipykernel.zmqshell"))
    shell = ModuleType("IPython")
    shell.get_ipython = lambda: shell
    monkeypatch.setitem(sys.modules, "IPython", shell)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    for name in ("tqdm.auto", "tqdm.autonotebook", "tqdm.notebook"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with warnings.catch_warnings(record=True) as given, ProgressBar() as bar:
        warnings.simplefilter("always")
        finished(bar)
    assert given == []
    shown = capsys.readouterr().err
    assert "a \\x1b[2J note\n" in shown
    assert "2.0/2" in shown


def test_no_bar_is_drawn_into_files(capsys):
    finished(ProgressBar())
    assert capsys.readouterr().err == "a \\x1b[2J note\n"
