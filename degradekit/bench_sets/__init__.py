"""Makes small fixed test sets, on which networks are compared."""

from degradekit.bench_sets.making import make_bench_set
from degradekit.bench_sets.results import BenchDegradation, BenchOptions, BenchSet

__all__ = ["BenchDegradation", "BenchOptions", "BenchSet", "make_bench_set"]
