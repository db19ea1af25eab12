"""The benchmarks are scripts beside the package, and not there where the tests run on an installed wheel."""

import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.append(str(BENCHMARKS))
