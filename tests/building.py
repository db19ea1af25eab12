"""What the tests of the builder share."""

import hashlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from degradekit import DatasetError, HighOrder
from degradekit.dataset import Options, synthesize
from degradekit_cli.main import main

RECIPE = HighOrder()
OPTIONS = Options(tile=96, step=80, variants=3, shard_size=2, seed=5)


def rows(target: Path) -> list[dict]:
    return [row for file in sorted((target / "data").glob("*.parquet")) for row in pq.read_table(file).to_pylist()]


def contents(target: Path) -> dict[str, str]:
    files = sorted(path for path in target.rglob("*") if path.is_file())
    return {path.relative_to(target).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def refused(message, *args, **kwargs):
    with pytest.raises(DatasetError, match=message):
        synthesize(*args, workers=0, **kwargs)


def degradekit(*arguments: object):
    """The command, in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])
