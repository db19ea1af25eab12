"""Whole runs on own pairs, with shards and without: what `run.yaml` holds, and that they resume exactly."""

from dataclasses import replace

import pytest
import yaml

torch = pytest.importorskip("torch")

from checkpoints import checkpoint, equal_weights, ignore_line, weights
from degradekit_models.config import Config, ConfigError
from degradekit_models.patches import Patches
from degradekit_models.train import fit
from own_pairs import write_pairs
from small_datasets import degradekit

from degradekit import DegradekitError


@pytest.fixture
def mixed(net, tmp_path) -> Config:
    return replace(net, pairs=[str(write_pairs(tmp_path / "mine", 3))], data_weights=[3, 1], val_images=0)


def test_a_mixed_run_resumes_exactly(mixed, tmp_path):
    """The run resumes with another number of workers, and after both sources were moved."""
    fit(mixed, tmp_path / "whole", ignore_line)
    fit(replace(mixed, iterations=3), tmp_path / "resumed", ignore_line)
    (tmp_path / "mine").rename(tmp_path / "moved")
    lines = []
    fit(replace(mixed, pairs=str(tmp_path / "moved"), workers=1), tmp_path / "resumed", lines.append)
    assert lines[1] == "resuming after iteration 3 of 6"
    for network in ("generator", "ema"):
        assert equal_weights(weights(tmp_path / "whole", network), weights(tmp_path / "resumed", network))


def test_a_mixed_run_is_not_resumed_with_other_data(mixed, tmp_path):
    config = replace(mixed, iterations=1)
    fit(config, tmp_path / "run", ignore_line)
    write_pairs(tmp_path / "mine", 4)
    for changed, differing in [
        (config, "content of the shards and pairs"),
        (replace(config, pairs=(), data_weights=()), "data_weights, content of the shards and pairs"),
    ]:
        with pytest.raises(DegradekitError, match=rf"^out: holds a run that differs in {differing}; choose another"):
            fit(changed, tmp_path / "run", ignore_line)


def test_the_summary_of_a_run_names_its_data(mixed, tmp_path):
    lines = []
    fit(replace(mixed, iterations=1), tmp_path / "run", lines.append)
    (shards,), (mine,) = mixed.shards, mixed.pairs
    patches = Patches([shards], 32, 0, pairs=[mine])
    tiles = len(patches.sources[0])
    assert f" parameters, {tiles} tiles of {shards} (75 %), 3 pairs of {mine} (25 %), cpu in fp32" in lines[0]
    record = yaml.safe_load((tmp_path / "run" / "run.yaml").read_text())
    assert record["data"] == [
        {"source": shards, "tiles": tiles, "share": 0.75, "digest": patches.digests[0]},
        {"source": mine, "pairs": 3, "share": 0.25, "digest": patches.digests[1]},
    ]
    assert record["scale"] == 4
    assert Config.load(tmp_path / "run" / "run.yaml") == replace(mixed, iterations=1)
    assert checkpoint(tmp_path / "run")["digests"] == patches.digests


def test_a_run_does_not_replace_a_foreign_run_yaml(mixed, tmp_path):
    (tmp_path / "run.yaml").write_text("mine: 1\n")
    with pytest.raises(ConfigError, match=r"^out: has a run.yaml that is not of a run; choose another folder \(got"):
        fit(mixed, tmp_path, ignore_line)


def test_own_pairs_alone_give_the_scale(tmp_path):
    options = {"features": 4, "blocks": 1, "patch": 32, "batch": 2, "iterations": 1, "device": "cpu", "workers": 0}
    one, two = (write_pairs(tmp_path / name, 2, scale=2, lr_side=24) for name in ("one", "two"))
    done = degradekit(
        "train", "net", "--pairs", one, "--pairs", f"{two}/HR,{two}/LR", "--data-weights", "0.5,1.5", "--output",
        tmp_path / "run", "--val", two, *(f"--{name}={value}" for name, value in options.items()),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert done.output.startswith("x2 with l1: ")
    assert f"2 pairs of {one} (25 %), 2 pairs of {two}/HR,{two}/LR (75 %), cpu" in done.output
    assert "psnr_y" in done.output


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"data_weights": [1]},
            r"^data_weights: must have one number for each of shards and pairs, 2 in all \(got \[1.0\]\)$",
        ),
        ({"data_weights": [1, 0]}, r"^data_weights: must be numbers above 0 \(got \[1.0, 0.0\]\)$"),
        ({"patch": 100}, r"^patch: must be at most the side of every HR"),
        ({"pairs": "nowhere"}, r"^pairs: must be a folder with pairs, two folders"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(fields, message, mixed, tmp_path):
    with pytest.raises(DegradekitError, match=message):
        fit(replace(mixed, **fields), tmp_path / "run", ignore_line)
    assert not [path for path in (tmp_path / "run").glob("*") if path.name != ".lock"]


def test_data_weights_on_the_command_line_are_numbers(tmp_path):
    done = degradekit("train", "net", "--data-weights", "4:1", "--output", tmp_path / "run")
    assert done.exit_code == 2
    assert "must be numbers separated by commas (got '4:1')" in done.output
