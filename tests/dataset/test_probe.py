"""The numerics probe: the same wherever the arithmetic is, and another where a last bit differs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from examples import LEAVES
from examples.composed import AT_EVERY_SCALE

from degradekit.dataset.probe import recipe_probe
from degradekit.functional import filtering
from degradekit.presets import preset

CODE = """
from examples.composed import AT_EVERY_SCALE
from degradekit.dataset.probe import recipe_probe
from degradekit.presets import preset
print(*(recipe_probe(preset(name, 4)) for name in AT_EVERY_SCALE))
"""

CODE_OF_EXAMPLES = """
import json
from examples import LEAVES
from degradekit.dataset.probe import recipe_probe
print(json.dumps({name: recipe_probe(operator) for name, operator in LEAVES.items()}))
"""


def probes() -> str:
    return " ".join(recipe_probe(preset(name, 4)) for name in AT_EVERY_SCALE)


def probes_with(code: str = CODE, **environment: str) -> str:
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    environment = os.environ | {"PYTHONPATH": path} | environment
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    return done.stdout.strip()


def numpy_features() -> str:
    """Return the instructions that NumPy chooses code for on this processor, beyond those that all have."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    return " ".join(each for each in __cpu_dispatch__ if __cpu_features__.get(each))


SWITCHES = [
    {"OPENCV_IPP": "disabled"},
    {"OPENCV_CPU_DISABLE": "AVX2,FMA3,AVX"},
    {"OPENBLAS_CORETYPE": "Prescott"},
    {"JSIMD_FORCENONE": "1"},
    {"NPY_DISABLE_CPU_FEATURES": numpy_features()},
]
each_switch = pytest.mark.parametrize("environment", SWITCHES, ids=lambda environment: next(iter(environment)))
each_processor = pytest.mark.parametrize("processor", ["generic", "nehalem", "haswell"])


@pytest.fixture(scope="module")
def probes_of_examples() -> dict[str, str]:
    return {name: recipe_probe(operator) for name, operator in LEAVES.items()}


def assert_the_same_probes_of_examples(expected: dict[str, str], **environment: str) -> None:
    got = json.loads(probes_with(CODE_OF_EXAMPLES, **environment))
    assert [name for name in expected if got[name] != expected[name]] == []


def test_the_code_that_libraries_choose_for_a_processor_changes_nothing():
    assert probes_with(**{name: value for switch in SWITCHES for name, value in switch.items()}) == probes()


@pytest.mark.slow
@each_switch
def test_each_code_that_a_library_chooses_changes_no_preset_and_no_operator(environment, probes_of_examples):
    assert probes_with(**environment) == probes()
    assert_the_same_probes_of_examples(probes_of_examples, **environment)


@pytest.mark.slow
@each_processor
def test_compiling_for_another_processor_changes_nothing(processor, probes_of_examples, tmp_path):
    """No preset and no operator."""
    other = {"NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    assert probes_with(**other) == probes()
    assert_the_same_probes_of_examples(probes_of_examples, **other)


def test_a_last_bit_changes_the_probe(monkeypatch):
    before, convolve = probes(), filtering.convolve
    monkeypatch.setattr(filtering, "convolve", lambda *a: np.nextafter(convolve(*a), np.float32(2)))
    assert probes() != before
