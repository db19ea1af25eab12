"""The numerics probe: the same wherever the arithmetic is, and another where a last bit differs."""

import os
import subprocess
import sys

import numpy as np
import pytest

from degradekit.dataset.probe import recipe_probe
from degradekit.functional import filtering
from degradekit.presets import PRESETS, preset

CODE = """
from degradekit.dataset.probe import recipe_probe
from degradekit.presets import PRESETS, preset
print(*(recipe_probe(preset(name, 4)) for name in PRESETS))
"""


def probes() -> str:
    return " ".join(recipe_probe(preset(name, 4)) for name in PRESETS)


def probes_with(**environment: str) -> str:
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize(
    "environment",
    [
        {"OPENCV_IPP": "disabled"},
        {"OPENCV_CPU_DISABLE": "AVX2,FMA3,AVX"},
        {"OPENBLAS_CORETYPE": "Prescott"},
        {"JSIMD_FORCENONE": "1"},
    ],
    ids=lambda environment: next(iter(environment)),
)
def test_the_code_that_libraries_choose_for_a_processor_changes_nothing(environment):
    assert probes_with(**environment) == probes()


@pytest.mark.slow
@pytest.mark.parametrize("processor", ["generic", "nehalem", "haswell"])
def test_compiling_for_another_processor_changes_nothing(processor, tmp_path):
    other_probes = probes_with(NUMBA_CPU_NAME=processor, NUMBA_CPU_FEATURES="", NUMBA_CACHE_DIR=str(tmp_path))
    assert other_probes == probes()


def test_a_last_bit_changes_the_probe(monkeypatch):
    before, convolve = probes(), filtering.convolve
    monkeypatch.setattr(filtering, "convolve", lambda *a: np.nextafter(convolve(*a), np.float32(2)))
    assert probes() != before
