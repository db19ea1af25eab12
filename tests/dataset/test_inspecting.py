"""`inspect`: what a dataset holds, and how its draws compare with its recipe."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from bounds import assert_frequency
from html_pages import Page
from small_datasets import IN_PROCESS, RECIPE, edit_json

from degradekit import DatasetError, HighOrder, RecipeError, recipes
from degradekit.dataset import Options, export, inspect, inspection_page, inspection_text, synthesize
from degradekit.dataset.inspecting import Draws, Inspection, compare
from degradekit.dataset.manifest import Skipped
from degradekit.dataset.plan import Filter, Plan
from degradekit.storage import Folder


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


def test_the_text_is_a_screen_with_counts_and_digest(small_tiles, inspection):
    report = json.loads((small_tiles / "meta" / "report.json").read_text())
    rows = report["pairs"]["train"]
    text = inspection_text.text(inspection)
    facts = {"photos": "3$", "pairs": rf"train {rows} \(", "stored": "2 shards, parquet$", "made": "x4, .*seed 1$"}
    for name, value in facts.items():
        assert re.search(rf"^{name} +{value}", text, re.M), name
    assert re.search(rf"^digest +{report['digest']}$", text, re.M)
    assert f"parameters drawn in {rows} rows; none differs" in text
    assert {"jpeg", "kernel", "noise.gaussian", "resize", "sinc"} <= set(re.findall(r"^([\w.]+) 1: ", text, re.M))
    assert len(text.splitlines()) <= 22
    assert max(map(len, text.splitlines())) <= 80


def test_a_long_report_is_cut_to_a_screen(inspection):
    reasons = {f"a reason of many words, number {index}: {'long ' * 40}": 2 for index in range(30)}
    report = replace(inspection.report, left_out=reasons)
    recipes = {f"recipe-{index}": 3 for index in range(30)}
    text = inspection_text.text(replace(inspection, report=report, recipes=recipes))
    assert len(text.splitlines()) <= 22
    assert max(map(len, text.splitlines())) <= 80
    assert "recipe     and 28 more" in text


def test_what_is_left_out_and_what_only_stands_out_are_kept_apart(inspection):
    counts = {"photos with the extension of another format": 1}
    skipped = (Skipped("photos/bad.png", "not an image"),)
    report = replace(inspection.report, left_out={"not an image": 3}, counts=counts, skipped=skipped)
    noted = replace(inspection, report=report)
    text = inspection_text.text(noted)
    assert re.search(r"^left out   3: not an image$", text, re.M)
    assert re.search(r"^noted      1: photos with the extension of another format$", text, re.M)
    assert re.search(r"^skipped    1 photo that could not be used, see meta/skipped.jsonl$", text, re.M)
    data = json.loads(inspection_text.to_json(noted))
    assert (data["left_out"], data["noted"], data["skipped"]) == ({"not an image": 3}, counts, 1)


def test_what_differs_stands_first_with_what_the_recipe_draws(inspection):
    *others, last = inspection.histograms
    text = inspection_text.text(replace(inspection, histograms=(*others, replace(last, distance=1.0))))
    assert re.search(rf"; 1 of \d+ differs from what the recipe draws:\n{last.name}", text)
    assert text.count("  what the recipe draws") == 1


def test_a_filter_is_given_as_the_reason_for_differences_and_only_for_these(inspection):
    plan = replace(inspection.plan, filters=(Filter("jpeg_1_quality < 40", 999, "0" * 64),))
    filtered = replace(inspection, plan=plan)
    *others, last = inspection.histograms
    differing = replace(filtered, histograms=(*others, replace(last, distance=1.0)))
    reason = "a filter has chosen these pairs by what was drawn, so differences are expected"
    shown = (inspection_text.text, inspection_page.html, Inspection._repr_html_)
    assert [reason in show(differing) for show in shown] == [True] * 3
    assert [reason in show(filtered) for show in shown] == [False] * 3
    assert len(max(inspection_text.text(differing).splitlines(), key=len)) <= 80


def test_the_numbers_of_every_parameter_are_in_the_json(inspection):
    data = json.loads(inspection_text.to_json(inspection))
    named = {each["name"].split(" (where")[0] for each in data["parameters"]}
    assert {f"{op} 1: {name}" for op, name in parameters(RECIPE)} <= named
    assert data["digest"] == inspection.report.digest
    assert [each["drawn"] for each in data["parameters"]] == [list(each.drawn) for each in inspection.histograms]


def test_an_honest_dataset_is_not_suspected(inspection):
    assert inspection.rows_read > 150
    assert [each.name for each in inspection.histograms if each.distance > each.allowed] == []
    assert "; none differs from what the recipe draws:" in inspection_text.text(inspection)
    assert "  what the recipe draws" not in inspection_text.text(inspection)


def test_shares_are_shares(inspection):
    for each in inspection.histograms:
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


def test_draws_of_another_recipe_are_distinguished():
    honest = draws(RECIPE, 200, 1)
    assert {"jpeg: how often", "jpeg 2: quality"} <= set(flagged(draws(HighOrder(order=1), 200, 2), honest))
    shifted = draws(RECIPE, 200, 3)
    (name,) = [name for name in shifted.numbers if name.startswith("jpeg 1: quality")]
    shifted.numbers[name] = [value * 0.7 for value in shifted.numbers[name]]
    assert flagged(shifted, honest) == [name]


def test_a_dataset_whose_records_come_from_another_recipe_is_flagged(small_tiles, tmp_path):
    """As if the plan had another recipe than the records."""
    shutil.copytree(small_tiles, tmp_path / "forged")
    folder = Folder.of(tmp_path / "forged")
    plan = replace(Plan.load(folder), recipe_data=HighOrder(order=1).to_dict())
    plan.save(folder)
    for shard in plan.shards:
        edit_json(tmp_path / "forged" / "meta" / "shards" / f"{shard}.json", lambda m: m.update(plan=plan.hash))
    inspection = inspect(tmp_path / "forged")
    differing = [each.name for each in inspection.histograms if each.distance > each.allowed]
    varying = [each for each in inspection.histograms if not each.is_constant]
    assert "jpeg: how often" in differing
    text = inspection_text.text(inspection)
    assert f"; {len(differing)} of {len(varying)} differ from what the recipe draws:\n{differing[0][:29]}" in text
    assert Page(inspection_page.html(inspection)).attributes.count(("figcaption", "class", "differs")) == len(differing)


def test_a_parameter_that_is_never_drawn_or_always_the_same_has_a_histogram():
    drawn, fresh = Draws(), Draws()
    for number in range(50):
        drawn.add([{"op": "blur", "sigma": 1.5, "kind": "iso", "on": True}])
        fresh.add([{"op": "blur", "sigma": 1.5, "kind": "iso", "on": True}, {"op": "noise", "level": number / 7}])
    inspection = {each.name: each for each in compare(drawn, fresh)}
    assert {name for name, each in inspection.items() if each.distance > each.allowed} == {
        "noise 1: level",
        "noise: how often",
    }
    assert inspection["blur 1: on"].labels == ("True",)
    assert inspection["blur 1: kind"].drawn == (1.0,)


def test_records_without_an_operator_are_counted_too():
    drawn, fresh = Draws(), Draws()
    for index in range(60):
        steps = [{"op": "jpeg"}] * (12 if index % 6 == 0 else index % 3)
        drawn.add(steps)
        fresh.add(steps)
    (histogram,) = compare(drawn, fresh)
    assert histogram.labels == ("0", "1", "2", "12")
    assert histogram.drawn == histogram.expected == pytest.approx((10 / 60, 20 / 60, 20 / 60, 10 / 60))


def test_what_is_rare_has_a_bar_in_the_text(inspection):
    drawn = Draws()
    for index in range(100):
        drawn.add([{"op": "blur", "kind": "rare" if index == 0 else "usual"}])
    rare = replace(inspection, histograms=tuple(compare(drawn, drawn)))
    assert "blur 1: kind                      |▁█|  rare usual" in inspection_text.text(rare)


def test_the_items_of_short_lists_are_parameters():
    drawn = Draws()
    drawn.add(recipes.loads("{op: color_cast, gain: [0.5, 0.9]}").sample((8, 8), seed=0).to_dict()["steps"])
    assert {"color_cast 1: gains.0", "color_cast 1: gains.1", "color_cast 1: gains.2"} <= set(drawn.numbers)
    drawn.add([{"op": "tables", "luma": [16] * 64}])
    assert not [name for name in drawn.numbers if name.startswith("tables")]


def test_parameters_of_a_single_value_have_no_chart(inspection):
    constants = {each.name: each.labels[0] for each in inspection.histograms if each.is_constant}
    text, page = inspection_text.text(inspection), inspection_page.html(inspection)
    assert constants
    for name, value in constants.items():
        assert name not in text
        assert f"<tr><th>{name}</th><td>{value}</td></tr>" in page
    assert page.count("<svg") == len(inspection.histograms) - len(constants)


def test_the_pairs_of_one_shard_are_of_several_photos(photos, tmp_path):
    options = Options(tile=32, step=32, variants=4, shard_size=8)
    synthesize(photos, tmp_path / "one", RECIPE, options, engine=IN_PROCESS)
    rows = inspect(tmp_path / "one").rows
    assert len(rows) == 8
    assert len({row.key for row in rows}) > 1
    assert len({row.variant for row in rows}) > 1


def test_most_limits_the_rows_from_shards_all_over(small_tiles):
    assert inspect(small_tiles, most=1).rows_read == 1
    assert inspect(small_tiles, most=20).rows_read == 20
    few = inspect(small_tiles, most=20)
    assert "drawn in 20 rows" in inspection_text.text(few)
    assert few.rows == inspect(small_tiles).rows


@pytest.mark.parametrize("name", ["webdataset", "folder"])
def test_other_formats_give_the_same(name, small_tiles, inspection, tmp_path):
    export(small_tiles, tmp_path / "other", name, engine=IN_PROCESS)
    other = inspect(tmp_path / "other")
    assert other.histograms == inspection.histograms
    for row, expected in zip(other.rows, inspection.rows, strict=True):
        assert row.facts() == expected.facts()
        np.testing.assert_array_equal(row.decode("lr"), expected.decode("lr"))
    assert other.plan.options.format == name


def test_what_is_no_finished_dataset_is_refused(photos, tmp_path):
    with pytest.raises(DatasetError, match="is not a degradekit dataset"):
        inspect(tmp_path)
    synthesize(photos / "coffee.png", tmp_path / "null", RECIPE, Options(tile=32, format="null"), engine=IN_PROCESS)
    with pytest.raises(DatasetError, match="keeps no rows"):
        inspect(tmp_path / "null")


def _histogram(values: list[float], fresh: list[float] | None = None):
    drawn, expected = Draws(), Draws()
    for draws_, each in ((drawn, values), (expected, fresh or values)):
        for value in each:
            draws_.add([{"op": "op", "field": value}])
    return next(each for each in compare(drawn, expected) if each.name.startswith("op 1: field"))


@pytest.mark.parametrize("constant", [7, 0.5, -1.25])
def test_a_constant_is_one_full_bar_under_its_value(constant):
    histogram = _histogram([constant] * 50)
    assert (histogram.labels, histogram.drawn, histogram.expected) == ((f"{constant:g}",), (1.0,), (1.0,))


@pytest.mark.parametrize(
    "values", [range(30, 96), range(1, 101), range(7, 256, 2), range(0, 480, 10), range(24), range(25)]
)
def test_equally_many_integers_stand_in_each_bin_as_far_as_their_number_can_be_divided(values):
    """Sixty-six qualities in 24 bins of 2.7 would be a comb of bins with two and with three of them."""
    histogram = _histogram([*values] * 3)
    full = histogram.drawn[:-1]
    assert len(histogram.drawn) <= 24
    assert max(full) == pytest.approx(min(full))
    assert histogram.drawn[-1] <= max(full) + 1e-9
    assert sum(histogram.drawn) == pytest.approx(1)


def test_shares_of_the_recipes_of_a_mixture(photos, tmp_path):
    mixture = recipes.loads("{op: one_of, children: [{extends: bicubic}, {extends: classical}], weights: [1, 3]}")
    synthesize(photos, tmp_path / "mixed", mixture, Options(tile=32, step=32, shard_size=2), engine=IN_PROCESS)
    inspection = inspect(tmp_path / "mixed")
    assert set(inspection.recipes) == {"bicubic", "classical"}
    assert sum(inspection.recipes.values()) == inspection.rows_read
    assert_frequency(inspection.recipes["classical"], inspection.rows_read, 0.75)
    text = inspection_text.text(inspection)
    for name, count in inspection.recipes.items():
        share = count / inspection.rows_read
        assert re.search(rf"^recipe +{name}: {share:.1%} of {inspection.rows_read} rows$", text, re.M)
    assert "classical: " in inspection_page.html(inspection)
    assert not inspection.histograms[0].distance > inspection.histograms[0].allowed


def test_a_dataset_of_one_recipe_names_none(inspection):
    assert inspection.recipes == {}
    assert not re.search("^recipe ", inspection_text.text(inspection), re.M)


def test_a_strangers_plan_reads_no_files(small_tiles, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("op: jpeg")
    shutil.copytree(small_tiles, tmp_path / "forged")
    folder = Folder.of(tmp_path / "forged")
    plan = replace(Plan.load(folder), recipe_data={"extends": "mine.yaml"})
    plan.save(folder)
    for shard in plan.shards:
        edit_json(tmp_path / "forged" / "meta" / "shards" / f"{shard}.json", lambda m: m.update(plan=plan.hash))
    with pytest.raises(RecipeError, match="extends: must be a preset, as only a recipe in a file"):
        inspect(tmp_path / "forged")
