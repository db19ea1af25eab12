"""The page of an inspection."""

import base64
import re

import numpy as np
from click.testing import CliRunner
from html_pages import Page
from PIL import Image
from small_datasets import IN_PROCESS, RECIPE

from degradekit.dataset import Options, inspect, inspection_page, inspection_text, synthesize
from degradekit.dataset.pictures import encode
from degradekit_cli.main import main

NASTY = """<b>&"'x.png"""


PAGE_PARTS = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "table", "tr", "th", "td", "div"}
PAGE_PARTS |= {"figure", "figcaption", "img", "pre", "svg", "rect", "polyline", "text", "tbody"}


def test_the_page_needs_no_other_file_and_runs_nothing(inspection):
    text = inspection_page.html(inspection)
    page = Page(text)
    assert not re.search(r"https?:|//|url\(|@import|javascript:", re.sub(r"base64,[A-Za-z0-9+/=]+", "", text))
    assert set(page.tags) <= PAGE_PARTS
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name in ("href", "style")]


def test_the_page_shows_the_pictures_and_parameters(inspection):
    page = Page(inspection_page.html(inspection))
    pictures = [value for tag, name, value in page.attributes if (tag, name) == ("img", "src")]
    expected = [encode(row.decode(kind), "png") for row in inspection.rows for kind in ("hr", "lr")]  # compressed
    assert [base64.b64decode(url.removeprefix("data:image/png;base64,")) for url in pictures] == expected
    charts = {each.name for each in inspection.histograms if not each.is_constant}
    assert page.tags["svg"] == len(charts) > 15
    assert charts <= set(page.text["figcaption"])
    assert {each.name for each in inspection.histograms if each.is_constant} <= set(page.text["th"])
    assert f"{inspection.rows_read} rows" in " ".join(page.text["p"])


def test_long_words_stand_upright_in_their_bars(inspection):
    page = inspection_page.html(inspection)
    for family in ("generalized_aniso", "generalized_iso", "plateau_aniso", "plateau_iso"):
        assert re.search(rf'<text class="upright" transform="translate\(\d+ 98\) rotate\(-90\)">{family}</text>', page)


def test_charts_stay_in_their_frame(inspection):
    page = Page(inspection_page.html(inspection))
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
    inspection = inspect(target)
    page = Page(inspection_page.html(inspection))
    assert set(page.tags) <= PAGE_PARTS
    assert "script" not in page.tags
    captions = [text for text in page.text["figcaption"] if ", variant" in text]
    assert captions == [
        f"<script>alert(1)</{NASTY}, 32 x 32 at x {row.tile.x}, y {row.tile.y}, variant {row.variant}"
        for row in inspection.rows
    ]
    assert page.text["h1"] == [str(target)]


def test_the_command_writes_text_and_page(small_tiles, inspection, tmp_path):
    page = tmp_path / "page.html"
    done = CliRunner().invoke(main, ["inspect", str(small_tiles), "--html", str(page)])
    assert done.exit_code == 0
    report = inspection_text.text(inspection)
    assert done.stdout.startswith(report)
    assert "--html" not in done.stdout, "who has asked for the page needs no word on how to get it"
    alone = CliRunner().invoke(main, ["inspect", str(small_tiles)]).stdout
    assert alone == f"{report}all of them, with pictures: --html FILE; as numbers: --json FILE\n"
    assert len(alone.splitlines()) <= 22
    assert page.read_text(encoding="utf-8") == inspection_page.html(inspection)
    assert done.stdout.splitlines()[-1] == f"{page}: {page.stat().st_size / 1e3:.1f} kB"
    none = CliRunner().invoke(main, ["inspect", str(small_tiles), "--most", "0"])
    assert none.exit_code == 1
    assert "most: must be >= 1 (got 0)" in none.stderr
