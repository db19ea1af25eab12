"""Datasets of those pairs of another one that meet a condition."""

import json
import shutil

import pytest
from hostile_datasets import forge
from small_datasets import IN_PROCESS, KEEPING, contents, degradekit, forge_rows, refused, rows_of

from degradekit.dataset import LocalEngine, Pairs, export, filter_pairs, parameters, redegrade, verify
from degradekit.dataset.opening import Dataset
from degradekit.dataset.photos import load_photos

WHERE = "jpeg_1_quality < 60 and noise_2_kind = 'gaussian'"


@pytest.fixture(scope="module")
def filtered(shards, tmp_path_factory):
    target = tmp_path_factory.mktemp("filtered") / "shards"
    filter_pairs(shards, target, WHERE, engine=IN_PROCESS)
    return target


@pytest.fixture(scope="module")
def expected(shards):
    """The rows that pandas chooses."""
    chosen = parameters(shards).to_pandas().query("jpeg_1_quality < 60 and noise_2_kind == 'gaussian'").index
    rows = rows_of(shards)
    assert 5 < len(chosen) < len(rows) / 2
    return [rows[index] for index in chosen]


def test_a_filtered_dataset_has_the_pairs_that_match_and_no_others(filtered, expected):
    assert rows_of(filtered) == expected


def test_a_filtered_dataset_is_verified_and_read_like_any_other(filtered, expected, tmp_path):
    verification = verify(filtered, sample=1, engine=IN_PROCESS)
    assert (verification.pairs, verification.derived, verification.problems) == (len(expected), len(expected), ())
    pairs = Pairs(filtered)
    assert [pair.degradation for pair in pairs] == [row.degradation for row in expected]
    assert pairs.variants == 1
    export(filtered, tmp_path / "folder", "folder", engine=IN_PROCESS)
    export(tmp_path / "folder", tmp_path / "back", "parquet", engine=IN_PROCESS)
    assert contents(tmp_path / "back") == contents(filtered)


def test_the_list_of_photos_has_those_of_the_pairs_only(shards, tmp_path):
    where = "key like '%rocket%' or key like '%astronaut%'"
    report = filter_pairs(shards, tmp_path / "two", where, engine=IN_PROCESS).report
    plan = Dataset.open(tmp_path / "two").plan
    assert load_photos(Dataset.open(tmp_path / "two").folder, plan.photos).keys.to_pylist() == [
        "photos/astronaut.png",
        "photos/more/rocket.jpg",
    ]
    assert (report.photos, report.shards, plan.options.shard_size) == (2, 1, 2)


def test_plan_and_card_state_the_filters_and_what_they_chose_among(shards, filtered, tmp_path):
    filter_pairs(filtered, tmp_path / "again", "variant = 0", engine=IN_PROCESS)
    digests = [json.loads((folder / "meta" / "report.json").read_text())["digest"] for folder in (shards, filtered)]
    counts = [parameters(folder).num_rows for folder in (shards, filtered, tmp_path / "again")]
    assert json.loads((tmp_path / "again" / "meta" / "plan.json").read_text())["filters"] == [
        {"where": WHERE, "pairs": counts[0], "digest": digests[0]},
        {"where": "variant = 0", "pairs": counts[1], "digest": digests[1]},
    ]
    card = (tmp_path / "again" / "README.md").read_text().replace("\\", "")
    expected = [(counts[0] - counts[1], WHERE, digests[0]), (counts[1] - counts[2], "variant = 0", digests[1])]
    for pairs, where, digest in expected:
        assert f"- {pairs}: pairs that do not meet {where}, of the dataset with the digest {digest}\n" in card
    assert degradekit("inspect", tmp_path / "again").output.count("pairs that do not meet") == 2


@pytest.mark.parametrize("name", KEEPING)
def test_a_filtered_dataset_has_the_format_and_the_digest_of_the_others(name, exported, filtered, tmp_path):
    report = filter_pairs(exported[name], tmp_path / "out", WHERE, engine=IN_PROCESS).report
    assert report.format == name
    assert report.digest == json.loads((filtered / "meta" / "report.json").read_text())["digest"]


def test_a_filter_that_was_interrupted_goes_on(shards, filtered, tmp_path):
    shutil.copytree(filtered, tmp_path / "out")
    (tmp_path / "out" / "README.md").unlink()
    max((tmp_path / "out" / "meta" / "shards").iterdir()).unlink()
    outcome = filter_pairs(shards, tmp_path / "out", WHERE, engine=IN_PROCESS)
    assert 0 < outcome.built_pairs < sum(outcome.report.pairs.values())
    assert contents(tmp_path / "out") == contents(filtered)
    refused("different plan, which differs in .*filters", shards, tmp_path / "out", "variant = 1", build=filter_pairs)


@pytest.mark.slow
def test_workers_change_no_byte_of_a_filtered_dataset(shards, filtered, tmp_path):
    filter_pairs(shards, tmp_path / "out", WHERE, engine=LocalEngine(workers=2))
    assert contents(tmp_path / "out") == contents(filtered)


@pytest.mark.slow
def test_datasets_opens_a_filtered_dataset(filtered, expected, tmp_path):
    datasets = pytest.importorskip("datasets")
    opened = datasets.load_dataset(str(filtered), split="train", cache_dir=str(tmp_path))
    assert opened["degradation"][:] == [row.degradation for row in expected]


def test_tiles_of_a_filtered_dataset_are_degraded_anew_with_all_variants(filtered, shards, tmp_path):
    redegrade(filtered, tmp_path / "out", engine=IN_PROCESS)
    tiles = {(row.key, row.tile) for row in rows_of(filtered)}
    assert rows_of(tmp_path / "out") == [row for row in rows_of(shards) if (row.key, row.tile) in tiles]
    assert "filters" not in json.loads((tmp_path / "out" / "meta" / "plan.json").read_text())


def test_plans_without_filters_keep_their_hashes(shards):
    assert "filters" not in json.loads((shards / "meta" / "plan.json").read_text())


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("jpeg_1_quality < 0", "^where: not one of the [0-9]+ pairs meets the condition"),
        ("jpeg_1_qualty < 60", "^where: unknown column 'jpeg_1_qualty'; .*; did you mean 'jpeg_1_quality'"),
    ],
)
def test_a_condition_that_makes_no_dataset_leaves_nothing(where, message, shards, tmp_path):
    refused(message, shards, tmp_path / "out", where, build=filter_pairs)
    assert list(tmp_path.iterdir()) == []


def test_a_dataset_is_not_filtered_onto_itself(copy):
    refused("target: must not be the dataset itself", copy, copy, WHERE, overwrite=True, build=filter_pairs)


def test_pairs_that_are_not_those_that_were_written_are_refused(small_pairs, tmp_path):
    """Even where only another variant of the tile would be kept."""
    copy = shutil.copytree(small_pairs, tmp_path / "copy")
    forge_rows(copy, "train-00000-of-00001", lambda rows: rows[0].update(lr=rows[1]["lr"]))
    refused(
        "the rows of '.*' are not those that were written", copy, tmp_path / "out", "variant = 1", build=filter_pairs
    )


def test_rows_of_photos_that_are_not_in_the_plan_are_refused(small_pairs, tmp_path):
    copy = shutil.copytree(small_pairs, tmp_path / "copy")
    forge_rows(copy, "train-00000-of-00001", lambda rows: [row.update(key="another.png") for row in rows])
    refused("has rows of other photos than the plan", copy, tmp_path / "out", "variant = 1", build=filter_pairs)


@pytest.mark.parametrize(
    ("filters", "rule"),
    [
        (7, "filters: must be a list"),
        ([{"where": 7, "pairs": 3, "digest": "0" * 64}], r"filters\[0\].where: must be text"),
        ([{"where": "a", "pairs": -3, "digest": "0" * 64}], r"filters\[0\].pairs: must be >= 0"),
        ([{"where": "a", "pairs": 3, "digest": "<b>"}], r"filters\[0\].digest: must match"),
    ],
)
def test_filters_of_a_plan_that_break_a_rule_are_refused(filters, rule, small_pairs, tmp_path):
    forge(small_pairs, tmp_path / "hostile", plan=lambda plan: plan.update(filters=filters))
    refused(rule, tmp_path / "hostile", tmp_path / "out", "variant = 1", build=filter_pairs)


def test_the_command_makes_the_dataset(shards, filtered, tmp_path):
    result = degradekit("filter", shards, tmp_path / "out", "--where", WHERE, "--workers", 0)
    assert result.exit_code == 0, result.output
    count = parameters(filtered).num_rows
    assert f"{count} of these meet the condition" in result.stderr
    assert f"{count} pairs (" in result.output
    assert contents(tmp_path / "out") == contents(filtered)
    result = degradekit("filter", shards, tmp_path / "out", "--where", "jpeg_1_qualty < 60", "--workers", 0)
    assert "error: --where: unknown column 'jpeg_1_qualty'" in result.stderr
    assert result.exit_code == 1
