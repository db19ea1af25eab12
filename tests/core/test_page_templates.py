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


def test_bins_of_numbers_have_labels_between_their_ends():
    labels = [str(index) for index in range(24)]
    texts = list(Histogram([1 / 24] * 24, labels=labels, ends=("0", "24")).texts)
    assert [(label.text, label.x) for label in texts] == [
        ("0", "0"),
        ("24", "240"),
        ("6", "60"),
        ("12", "120"),
        ("18", "180"),
    ]
    long = Histogram([0.5] * 2, labels=["-0.000123", "-0.000001"], ends=("-0.000123", "a long label of the end"))
    assert len(list(long.texts)) == 2  # the one in the middle would touch the end's


@pytest.mark.parametrize("labels", [[str(index) for index in range(7, 22)], ["a long word", "another long word"] * 5])
def test_every_category_has_a_label(labels):
    chart = Histogram([1 / len(labels)] * len(labels), labels=labels)
    assert sorted(label.text for label in (*chart.texts, *chart.upright_texts)) == sorted(labels)


def test_a_bar_has_its_shares_in_words():
    (bar,) = Histogram([0.25], {"expected": [0.5]}, ["iso"]).rects
    assert bar.title == "iso: 25.0%, expected 50.0%"
