"""`inspect`: what a dataset holds, as text and as a page."""

import base64
import json
import re
import shutil
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from small_datasets import IN_PROCESS, RECIPE, edit_json

from degradekit import DatasetError, HighOrder
from degradekit.dataset import Options, export, inspect, inspection_page, synthesize
from degradekit.dataset.inspecting import Draws, Inspection, compare
from degradekit.dataset.plan import Plan
from degradekit.storage import Folder
from degradekit_cli.main import main

NASTY = """<b>&"'x.png"""
PAGE_PARTS = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "table", "tr", "th", "td", "div"}
PAGE_PARTS |= {"figure", "figcaption", "img", "pre", "svg", "rect", "polyline", "text", "tbody"}
VOID = {"meta", "img"}


class Page(HTMLParser):
    """Tags in balance, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.text: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.text.setdefault(self.open[-1], []).append(data)


@pytest.fixture(scope="module")
def tiny(photos, tmp_path_factory) -> Path:
    """192 rows of small tiles."""
    target = tmp_path_factory.mktemp("tiny") / "shards"
    options = Options(tile=32, step=32, variants=4, seed=1, shard_size=2)
    synthesize([photos / "coffee.png", photos / "more"], target, RECIPE, options, engine=IN_PROCESS)
    return target


@pytest.fixture(scope="module")
def found(tiny) -> Inspection:
    return inspect(tiny)


def parameters(recipe: HighOrder, count: int = 30) -> set[str]:
    """Operator and name of all that is drawn."""
    names = set()
    for variant in range(count):
        for step in recipe.sample((32, 32), seed=0, key="any", variant=variant).to_dict()["steps"]:
            names |= {(step["op"], name) for name in step if name not in ("op", "seed")}
    return names


def draws(recipe: HighOrder, count: int, seed: int) -> Draws:
    drawn = Draws()
    for variant in range(count):
        drawn.add(recipe.sample((32, 32), seed=seed, key="any", variant=variant).to_dict()["steps"])
    return drawn


def flagged(drawn: Draws, fresh: Draws) -> list[str]:
    return [each.name for each in compare(drawn, fresh) if each.distance > each.allowed]


# What is found


def test_the_text_tells_counts_digest_and_every_parameter(tiny, found):
    report = json.loads((tiny / "meta" / "report.json").read_text())
    rows = report["pairs"]["train"]
    text = inspection_page.text(found)
    for name, value in {"photos": "3", "pairs, train": f"{rows} ", "shards": "2, parquet", "seed": "1"}.items():
        assert re.search(rf"^{name} +{value}", text, re.M), name
    assert re.search(rf"^digest +{report['digest']}$", text, re.M)
    assert f"drawn in {rows} rows" in text
    for op, name in parameters(RECIPE):
        assert re.search(rf"^{op} 1: {name}\b", text, re.M), (op, name)


def test_an_honest_dataset_is_not_suspected(found):
    assert found.rows_read > 150
    assert [each.name for each in found.histograms if each.distance > each.allowed] == []
    assert "differs" not in inspection_page.text(found)


def test_shares_are_shares(found):
    for each in found.histograms:
        assert len(each.labels) == len(each.drawn) == len(each.expected)
        for shares in (each.drawn, each.expected):
            assert min(shares) >= 0
            assert sum(shares) <= 1 + 1e-9
        assert 0 <= each.distance <= 1
        cumulated = np.cumsum(np.subtract(each.drawn, each.expected))
        assert each.distance == pytest.approx(np.abs(cumulated).max())


def test_false_alarms_are_rare():
    """Once in 10,000 for each parameter is promised; some 40 parameters, 12 datasets."""
    alarms = [flagged(draws(RECIPE, 150, 2 * seed), draws(RECIPE, 150, 2 * seed + 1)) for seed in range(12)]
    assert sum(map(len, alarms)) <= 1


def test_draws_of_another_recipe_are_told_apart():
    honest = draws(RECIPE, 200, 1)
    assert {"jpeg: how often", "jpeg 2: quality"} <= set(flagged(draws(HighOrder(order=1), 200, 2), honest))
    shifted = draws(RECIPE, 200, 3)
    (name,) = [name for name in shifted.numbers if name.startswith("jpeg 1: quality")]
    shifted.numbers[name] = [value * 0.7 for value in shifted.numbers[name]]
    assert flagged(shifted, honest) == [name]


def test_a_dataset_whose_records_come_from_another_recipe_is_flagged(tiny, tmp_path):
    """As if the plan told of another recipe than the one that was used."""
    shutil.copytree(tiny, tmp_path / "forged")
    folder = Folder.of(tmp_path / "forged")
    plan = replace(Plan.load(folder), recipe_data=HighOrder(order=1).to_dict())
    plan.save(folder)
    for shard in plan.shards:
        edit_json(tmp_path / "forged" / "meta" / "shards" / f"{shard}.json", lambda m: m.update(plan=plan.hash))
    found = inspect(tmp_path / "forged")
    differing = {each.name for each in found.histograms if each.distance > each.allowed}
    assert "jpeg: how often" in differing
    text = inspection_page.text(found)
    assert text.count("   differs") == len(differing)
    assert Page(inspection_page.html(found)).attributes.count(("figcaption", "class", "differs")) == len(differing)


def test_a_parameter_that_is_never_drawn_or_always_the_same_has_a_histogram():
    drawn, fresh = Draws(), Draws()
    for number in range(50):
        drawn.add([{"op": "blur", "sigma": 1.5, "kind": "iso", "on": True}])
        fresh.add([{"op": "blur", "sigma": 1.5, "kind": "iso", "on": True}, {"op": "noise", "level": number / 7}])
    found = {each.name: each for each in compare(drawn, fresh)}
    assert {name for name, each in found.items() if each.distance > each.allowed} == {
        "noise 1: level",
        "noise: how often",
    }
    assert found["blur 1: on"].labels == ("True",)
    assert found["blur 1: kind"].drawn == (1.0,)


# How much is read


def test_most_limits_the_rows_from_shards_all_over(tiny):
    assert inspect(tiny, most=1).rows_read == 1
    assert inspect(tiny, most=20).rows_read == 20
    few = inspect(tiny, most=20)
    assert "drawn in 20 rows" in inspection_page.text(few)
    assert len(few.rows) == 6
    assert len({row.key for row in few.rows}) >= 2


@pytest.mark.parametrize("name", ["webdataset", "folder"])
def test_other_formats_give_the_same(name, tiny, found, tmp_path):
    export(tiny, tmp_path / "other", name, engine=IN_PROCESS)
    other = inspect(tmp_path / "other")
    assert other.histograms == found.histograms
    assert other.rows == found.rows
    assert other.plan.options.format == name


def test_what_is_no_finished_dataset_is_refused(photos, tmp_path):
    with pytest.raises(DatasetError, match="is not a degradekit dataset"):
        inspect(tmp_path)
    synthesize(photos / "coffee.png", tmp_path / "null", RECIPE, Options(tile=32, format="null"), engine=IN_PROCESS)
    with pytest.raises(DatasetError, match="keeps no rows"):
        inspect(tmp_path / "null")


# The page


def test_the_page_needs_no_other_file_and_runs_nothing(found):
    text = inspection_page.html(found)
    page = Page(text)
    assert not re.search(r"https?:|//|url\(|@import|javascript:", re.sub(r"base64,[A-Za-z0-9+/=]+", "", text))
    assert set(page.tags) <= PAGE_PARTS
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name in ("href", "style")]


def test_the_page_shows_the_pictures_and_parameters(found):
    page = Page(inspection_page.html(found))
    pictures = [value for tag, name, value in page.attributes if (tag, name) == ("img", "src")]
    expected = [picture for row in found.rows for picture in (row.hr, row.lr)]
    assert [base64.b64decode(url.removeprefix("data:image/png;base64,")) for url in pictures] == expected
    assert page.tags["svg"] == len(found.histograms) > 20
    assert {each.name for each in found.histograms} <= set(page.text["figcaption"])
    assert f"{found.rows_read} rows" in " ".join(page.text["p"])


def test_charts_stay_in_their_frame(found):
    page = Page(inspection_page.html(found))
    rects = [(name, float(value)) for tag, name, value in page.attributes if tag == "rect"]
    assert rects
    assert all(-0.05 <= value <= 240.05 for _, value in rects)
    for tag, name, value in page.attributes:
        if (tag, name) == ("polyline", "points"):
            points = np.array([list(map(float, point.split(","))) for point in value.split()])
            assert points.min() >= -0.05
            assert points[:, 0].max() <= 240.05
            assert points[:, 1].max() <= 100.05


def test_names_of_photos_and_folders_are_text_and_no_markup(photos, tmp_path):
    source, target = tmp_path / "<script>alert(1)<", tmp_path / "<i>&\"'shards"
    source.mkdir()
    Image.open(photos / "coffee.png").save(source / NASTY)
    synthesize(source, target, RECIPE, Options(tile=32), engine=IN_PROCESS)
    found = inspect(target)
    page = Page(inspection_page.html(found))
    assert set(page.tags) <= PAGE_PARTS
    assert "script" not in page.tags
    captions = [text for text in page.text["figcaption"] if ", variant" in text]
    assert captions == [f"<script>alert(1)</{NASTY}, variant {row.variant}" for row in found.rows]
    assert page.text["h1"] == [str(target)]


def test_the_command_writes_text_and_page(tiny, found, tmp_path):
    page = tmp_path / "page.html"
    done = CliRunner().invoke(main, ["inspect", str(tiny), "--html", str(page)])
    assert done.exit_code == 0
    assert done.stdout.startswith(inspection_page.text(found))
    assert page.read_text(encoding="utf-8") == inspection_page.html(found)
    assert done.stdout.splitlines()[-1] == f"{page}: {page.stat().st_size / 1e6:.1f} MB"
    none = CliRunner().invoke(main, ["inspect", str(tiny), "--most", "0"])
    assert none.exit_code == 1
    assert "most: must be >= 1 (got 0)" in none.stderr
