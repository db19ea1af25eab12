"""The rules of options, and their flags."""

import dataclasses

import pytest
from small_datasets import CUT, IN_PROCESS, OPTIONS, RECIPE, contents

from degradekit import DatasetError
from degradekit.dataset import synthesize


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tile": 3, "step": None}, r"tile: must be 0 or at least the scale, 4 \(got 3\)"),
        ({"tile": -96, "step": None}, r"tile: must be between 0 and 131072 \(got -96\)"),
        ({"tile": 10**9, "step": None}, r"tile: must be between 0 and 131072 \(got 1000000000\)"),
        ({"step": 0}, r"step: must be >= 1 \(got 0\)"),
        ({"step": 97}, r"step: must be at most the side of a tile, 96 \(got 97\)"),
        ({"tile": 0}, r"step: must not be given for whole photos, tile 0 \(got 96\)"),
        ({"small": "crop"}, r"small: must be 'pad', 'skip' or 'keep' \(got 'crop'\)"),
        ({"variants": 0}, r"variants: must be between 1 and 1000 \(got 0\)"),
        ({"variants": 1001}, r"variants: must be between 1 and 1000 \(got 1001\)"),
        ({"shard_size": 0}, r"shard_size: must be >= 1 \(got 0\)"),
        ({"max_pixels": 0}, r"max_pixels: must be >= 1 \(got 0\)"),
        ({"min_size": -1}, r"min_size: must be >= 0 \(got -1\)"),
        ({"min_detail": -0.5}, r"min_detail: must be >= 0 \(got -0.5\)"),
        ({"min_detail": float("nan")}, r"min_detail: must be a finite number \(got nan\)"),
        ({"val": -1}, r"val: must be >= 0 \(got -1\)"),
    ],
)
def test_options_that_break_their_rule_are_refused(options, message):
    with pytest.raises(DatasetError, match=f"^{message}$"):
        dataclasses.replace(CUT, **options).resolve(4)


def test_every_option_has_its_flag(photos, tmp_path):
    from click.testing import CliRunner

    from degradekit_cli.main import main

    flags = "--tile 96 --step 80 --variants 3 --shard-size 2 --seed 5 --multiscale --small keep --min-size 60"
    flags += " --min-detail 1.5 --dedupe --val-photos 1 --max-pixels 1000000 --workers 0"
    done = CliRunner().invoke(main, ["synth", str(photos), str(tmp_path / "cli"), "--order", "2", *flags.split()])
    assert done.exit_code == 0, done.output
    assert "noted 1: photos left out, a side shorter than 60 pixels" in done.output
    options = dataclasses.replace(
        OPTIONS, multiscale=True, small="keep", min_size=60, min_detail=1.5, dedupe=True, val=1, max_pixels=10**6
    )
    synthesize(photos, tmp_path / "python", RECIPE, options, engine=IN_PROCESS)
    assert contents(tmp_path / "cli") == contents(tmp_path / "python")
