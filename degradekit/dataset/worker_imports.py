"""Imports what worker processes need, in the fork server; no other module imports this one."""

import os
from contextlib import suppress
from importlib import import_module

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy: the processes share the processors already

import numpy as np

with suppress(Exception):  # such as too few file descriptors: a worker imports again what failed, and raises its error
    for name in (
        "dataset.engines.processes",
        "dataset.rewriting",
        "dataset.shard",
        "functional.codecs",
        "functional.filtering",
        "functional.kernels",
        "functional.noise",
        "functional.resizing",
        "image",
        "presets",
        "recipes",
    ):
        import_module(f"degradekit.{name}")
    # The first call of a compiled function sets up numba, which takes 0.25 s.
    import_module("degradekit.functional.levels").to_float(np.zeros(1, np.uint8))
