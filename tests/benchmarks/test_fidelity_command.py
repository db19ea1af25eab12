"""The comparison with basicsr from end to end, on a few small tiles."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("basicsr") is None, reason="basicsr is not installed"),
    pytest.mark.skipif(not BENCHMARKS.exists(), reason="the benchmarks are not there"),
]


@pytest.fixture
def run(tmp_path, photos):
    """Runs a part in a copy of the benchmarks, and returns what it prints."""
    copy = shutil.copytree(BENCHMARKS, tmp_path / "benchmarks", ignore=shutil.ignore_patterns("results"))

    def call(part: str, *options: str) -> str:
        command = [sys.executable, "fidelity.py", part, str(photos), "--tile", "96", *options]
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        table = (copy / "results" / f"fidelity-{part}.md").read_text(encoding="utf-8")
        assert done.stdout.removesuffix("\n").rpartition("\n")[0].strip() in table
        return done.stdout

    return call


def test_statistics_compare_eight_streams(run):
    printed = run("statistics", "--count", "4")
    assert printed.startswith("4 LRs of each stream, of the same 4 tiles.")
    assert "| planted: second blur always | " in printed


def test_draws_compare_parameters_fields_and_records_and_check_the_chain(run):
    """The chain that is compared gives the same bytes as basicsr's own classes."""
    printed = run("draws", "--count", "20", "--fields", "10", "--records", "2", "--published", "3")
    assert "basicsr's own data set and model: 3 of 3" in printed
    assert "| last sinc, peak | median | " in printed
    assert "| Poisson, gray | skewness | " in printed
    assert "| degradekit | 0 | 0 | 0 | 100 % | " in printed


def test_training_compares_five_networks_and_bicubic(run):
    printed = run("training", "--count", "4", "--iterations", "2", "--test-count", "2")
    assert "| degradekit - basicsr | basicsr | " in printed
    assert "| planted: noise x 0.5 | " in printed
