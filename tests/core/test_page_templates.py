"""Templates of pages, and the geometry of their charts."""

import pytest
from html_pages import Page
from jinja2 import UndefinedError

from degradekit.pages import render
from degradekit.pages.charts import Histogram, Range


def test_a_template_that_lacks_a_value_fails():
    with pytest.raises(UndefinedError, match="'title' is undefined"):
        render("base.html")


def test_what_a_template_shows_is_neither_markup_nor_hidden():
    page = Page(render("base.html", title="<b>&\"'\u202e\n"))
    assert page.text["h1"] == ["<b>&\"'\\u202e\\n"]
    assert page.tags["b"] == 0


def test_bars_of_unequal_width_show_shares_by_their_area():
    bars = list(Histogram([0.5, 0.5], edges=[0, 1, 4]).rects)
    assert [float(bar.x) for bar in bars] == [0, 60]
    heights = [float(bar.height) for bar in bars]
    assert heights[0] == pytest.approx(3 * heights[1])


def test_bars_their_errors_and_lines_stay_in_the_frame():
    chart = Histogram([0.7, 0.3], {"prior": [0.1, 0.9]}, ["a", "b"], errors=[0.4, 0.5])
    assert all(0 <= float(bar.error_top) <= float(bar.y) <= float(bar.error_bottom) <= 100 for bar in chart.rects)
    ((name, points),) = chart.polylines
    assert name == "prior"
    assert points.startswith("0.0,")
    assert points.endswith(" 240.0,21.5")  # .9 of 1.1, the highest bar with its error, which is 96 high


def test_a_histogram_of_nothing_is_empty():
    chart = Histogram([], ends=("0", "1"))
    assert (list(chart.rects), [label.text for label in chart.texts]) == ([], ["0", "1"])


def test_a_range_is_drawn_within_the_ends_of_both_and_of_the_errors():
    chart = Range((0, 10), (5, 20), (1, 2))
    assert chart.line_x[0] == "4.0"
    assert list(chart.error_x)[1][1] == "236.0"
    left, width = map(float, chart.bar_x)
    assert (left, left + width) == pytest.approx((4 + 5 / 22 * 232, 4 + 20 / 22 * 232), abs=0.1)


def test_a_range_of_one_value_can_be_seen():
    assert float(Range((0, 10), (5, 5)).bar_x[1]) > 0
    assert Range((5, 5), (5, 5)).line_x == ("4.0", "4.0")
    assert Range((0, 10), (5, 20)).bar_x == ("62.0", "174.0")
