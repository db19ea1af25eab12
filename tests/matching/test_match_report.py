"""A match as a page, as JSON and as text."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from html_pages import Page
from made_up_match import PRESET, SUMMARY, agreement, made_up_match, refused_match, twin

from degradekit import OneOf, recipes
from degradekit.matching import report
from degradekit.matching.cautions import STANDING, cautions
from degradekit.matching.fields import fields_of
from degradekit.matching.milder import with_strengths
from degradekit.matching.results import FieldFit, Milder
from degradekit.statistics import STATISTICS

NASTY = "<script>alert(1)</script>&\"'\u202ea\x1b[2J\n\udcff.jpg"
NASTY_SHOWN = "<script>alert(1)</script>&\"'\\u202ea\\x1b[2J\\n\\udcff.jpg"
COMMAND = "degradekit match real/ --hr 'my HR/'"


@pytest.fixture(scope="module")
def match():
    return made_up_match()


@pytest.fixture(scope="module")
def page(match):
    return Page(report.html(match, COMMAND))


@pytest.fixture(scope="module")
def hostile():
    """A match in which whatever a stranger may name has a nasty name."""
    match = made_up_match()
    crops = replace(match.real, names=(NASTY, *match.real.names[1:]), unusable={NASTY: "not an image"})
    prior = replace(match.prior, unusable={NASTY: "too small"})
    recipe = OneOf((replace(match.recipe, name=NASTY.replace("\udcff", "")), match.preset))
    warnings = cautions(crops, prior, 0, prior.unusable)
    return replace(match, real=crops, prior=prior, recipe=recipe, warnings=warnings, twins=(twin(NASTY, True, 0),))


@pytest.mark.parametrize("made", [made_up_match, refused_match])
def test_the_page_of_a_match_needs_no_other_file_and_runs_nothing(made):
    text = report.html(made())
    page = Page(text)
    assert not re.search(r"https?:|//|url\(|@import|javascript:", re.sub(r"base64,[A-Za-z0-9+/=]+", "", text))
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name in ("href", "style")]
    assert ("meta", "content", "default-src 'none'; img-src data:; style-src 'unsafe-inline'") in page.attributes


def test_the_joint_check_comes_first_and_the_recipe_last(match, page):
    assert page.text["h2"] == [
        "What could be seen, and what not",
        "The shares behind the ranges",
        "Statistics of the photos",
        "Real photos beside what the recipe makes",
        "Real photos that were left out",
        "HR photos that were left out",
        "Before this recipe is used",
        "The fitted recipe",
        "How this was made",
    ]
    html = report.html(match)
    assert html.index(SUMMARY) < html.index("58 of 100 pairs") < html.index("What could be seen")
    for words in (*STANDING, "not an image", "smaller than a crop", "40, 80 crops of 160 x 160"):
        assert words in html
    assert COMMAND in page.text["code"]
    assert ("p", "class", "lead good") in page.attributes


def test_a_page_without_a_fit_has_its_reason_once_and_no_advice_on_fits():
    html = report.html(refused_match())
    assert html.count("a fit needs at least 10: nothing is fitted.") == 1
    assert "2 real photos are left out" in html
    assert not any(sentence in html for sentence in STANDING)


def test_a_field_that_can_be_seen_has_a_row_and_a_chart_and_one_that_cannot_neither(match, page):
    paths = [fit.field.path for fit in match.fields]
    seen = ["stages.1.noise.sigma", "stages.1.compress.quality", "last", "last.children.1.probability"]
    seen += ["stages.1.noise.kinds"]  # what is fitted comes first, then what is unchanged
    assert [text for text in page.text["code"] if text in paths] == [
        *seen,
        *(path for path in paths if path not in seen),
    ]
    assert [text for text in page.text["figcaption"] if text in paths] == seen
    cells = [" ".join(text.split()) for text in page.text["span"]]
    assert {"3.1 ± 0.6", "41 ± 1.6", "compress 90% ± 4%", "where it is the last step"} <= set(cells)
    assert {"stage 2, noise: sigma", "stage 2, jpeg: quality", "last part, sinc: probability"} <= set(cells)
    scores = page.text["td"]
    assert "R2 0.97" in scores
    assert "AUC 0.68" in scores


def test_every_statistic_is_shown_with_its_meaning_the_most_telling_first(match, page):
    names = [statistic.name for statistic in STATISTICS]
    shown = [text for text in page.text["figcaption"] if text in names]
    assert shown == [each.name for each in match.agreement.differences]
    notes = " ".join(page.text["p"])
    assert all(f"{statistic.meaning}; {statistic.unit}" in notes for statistic in STATISTICS)
    assert match.agreement.differences[0].suggestion in " ".join(page.text["li"])


def test_twins_are_shown_as_pictures_without_loss(match, page):
    import base64
    import io

    from PIL import Image

    urls = [value for tag, name, value in page.attributes if (tag, name) == ("img", "src")]
    pictures = [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(url.removeprefix("data:image/png;base64,"))))) for url in urls
    ]
    expected = [pixels for each in match.twins for pixels in (each.real, each.synthetic)]
    assert len(pictures) == len(expected) == 4
    assert all(np.array_equal(one, other) for one, other in zip(pictures, expected, strict=True))


def test_a_recipe_that_does_not_explain_the_photos_is_marked(match):
    summary = "The photos are cleaner than the recipe can make."
    unfitted = replace(match, agreement=agreement(False, summary), recipe=match.preset)
    page = Page(report.html(unfitted))
    assert page.text["h1"] == ["40 real photos beside a recipe"]
    assert "The recipe, which stays as it was" in page.text["h2"]
    assert "nothing is fitted: the recipe stays as it was\n" in report.text(unfitted)
    assert ("p", "class", "lead bad") in page.attributes
    assert page.text["p"][0] == summary
    assert page.text["p"][1].endswith("in 93 of 100 pairs; 50 is chance.")
    doubt = "only shares that were read off headers"
    assert (doubt in " ".join(page.text["p"]), doubt in report.html(match)) == (True, False)
    assert "before the fit" not in " ".join(text for texts in page.text.values() for text in texts)


def test_a_milder_recipe_is_shown_beside_the_one_that_the_match_started_from(match):
    milder = Milder({"noise": 0.1}, with_strengths(PRESET, {"noise": 0.1}))
    fits = tuple(FieldFit(field, "unchanged", 0.4, 40) for field in fields_of(milder.recipe))
    fits = tuple(replace(fit, low=fit.field.low, high=fit.field.high) for fit in fits)
    shown = replace(match, milder=milder, recipe=milder.recipe, fields=fits)
    data = json.loads(report.to_json(shown))
    assert data["strengths"] == {"noise": 0.1}
    changes = {each["path"]: (each["prior"], each["milder"]) for each in data["milder"]}
    assert changes["stages.1.noise.sigma"] == ([1, 25], [0.1, 2.5])
    assert all(".noise." in path for path in changes)
    sigma = next(each for each in data["fields"] if each["path"] == "stages.1.noise.sigma")
    assert (sigma["verdict"], sigma["prior"], sigma["fitted"]) == ("unchanged", [1, 25], [0.1, 2.5])
    page = Page(report.html(shown))
    assert "A milder recipe" in page.text["h2"]
    assert {"0.1", "2.5"} <= set(page.text["span"])
    text = report.text(shown)
    assert "milder than the recipe: noise at strength 0.1\n" in text
    assert "A milder recipe" not in Page(report.html(match)).text["h2"]


def test_photos_too_few_for_a_fit_still_show_their_statistics():
    match = refused_match()
    page = Page(report.html(match))
    assert page.text["h1"] == ["Statistics of 3 real photos"]
    assert page.text["p"][0] == "3 real photos can be used, and a fit needs at least 10: nothing is fitted."
    assert page.tags["svg"] == len(STATISTICS)
    assert page.text["h2"][-2:] == ["The recipe, which stays as it was", "How this was made"]
    assert report.text(match).startswith(page.text["p"][0])
    assert json.loads(report.to_json(match))["agreement"] is None


def test_names_of_strangers_are_text_on_the_page_and_in_the_terminal(hostile):
    html = report.html(hostile, NASTY)
    assert html.encode("utf-8")
    page = Page(html)
    assert "script" not in page.tags
    assert NASTY_SHOWN in page.text["figcaption"]
    assert f"{NASTY_SHOWN}: not an image" in page.text["li"]
    assert NASTY_SHOWN in page.text["code"]
    text = report.text(hostile)
    assert NASTY_SHOWN in text
    assert all(line.isprintable() for line in text.splitlines())
    assert NASTY in json.loads(report.to_json(hostile))["photos"]["header_qualities"]


def test_equal_matches_give_the_same_bytes():
    for make in (report.html, report.to_json):
        assert make(made_up_match(), COMMAND) == make(made_up_match(), COMMAND)
    assert report.text(made_up_match()) == report.text(made_up_match())


def test_the_json_has_what_the_page_shows_by_documented_names(match):
    data = json.loads(report.to_json(match, COMMAND))
    assert (data["summary"], data["command"], data["seed"], data["scale"]) == (SUMMARY, COMMAND, 3, 4)
    assert data["agreement"]["auc"] == {"prior": 0.95, "fitted": 0.58, "content": 0.53}
    quality = next(each for each in data["fields"] if each["path"] == "stages.1.compress.quality")
    assert (quality["verdict"], quality["prior"], quality["fitted"]) == ("fitted", [30, 95], [41, 62])
    assert (quality["score_name"], quality["score"], quality["photos"]) == ("R2", 0.97, 38)
    assert len(quality["unfolded"]["edges"]) == len(quality["unfolded"]["fitted"]) + 1 == 9
    kinds = next(each for each in data["fields"] if each["path"] == "stages.1.noise.kinds")
    assert kinds["fitted"] == kinds["prior"] == {"gaussian": 0.5, "poisson": 0.5}  # weak: the recipe's own
    assert kinds["unfolded"]["fitted"] == [0.62, 0.38]
    assert [each["name"] for each in data["statistics"]] == [each.name for each in match.agreement.differences]
    assert data["photos"]["header_qualities"]["real/000.jpg"] is None
    assert data["photos"]["header_qualities"]["real/001.jpg"] == 41
    assert data["photos"]["unusable"] == dict(match.real.unusable)
    assert data["versions"]["scipy"]
    assert recipes.from_dict(data["recipe"]) == match.recipe
    assert recipes.from_dict(data["preset"]) == match.preset


def test_numbers_that_are_not_finite_are_unknown(match):
    lost = replace(agreement(), energy_real=float("nan"), auc_content=float("inf"))
    data = json.loads(report.to_json(replace(match, agreement=lost)))
    assert data["agreement"]["energy_distance"]["chance"] is None
    assert data["agreement"]["auc"]["content"] is None
    assert "nan" not in report.html(replace(match, agreement=lost)).partition("</style>")[2]


def test_the_text_is_no_longer_than_a_screen(match):
    fields = tuple(replace(fit, verdict="weak") for fit in match.fields)
    warnings = (*STANDING, *(f"warning {index}" for index in range(9)))
    text = report.text(replace(match, fields=fields, warnings=warnings))
    assert len(text.splitlines()) <= 24
    assert "and 28 other fields\n" in text
    assert "warning 3\n" in text
    assert STANDING[0] not in text
    assert text.startswith(SUMMARY)
