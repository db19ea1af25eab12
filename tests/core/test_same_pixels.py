"""What must not change pixels: whether code is compiled, and what happens around a call."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from degradekit import HighOrder

START = """
import warnings, hashlib, numpy as np
warnings.filterwarnings("ignore", "overflow encountered", RuntimeWarning)
hr = np.arange(24 * 20 * 3, dtype=np.uint32).reshape(24, 20, 3) ** 2 % 251
"""
PRESETS = """
from examples.composed import AT_EVERY_SCALE
from degradekit.presets import preset
digest = hashlib.sha256()
for name in AT_EVERY_SCALE:
    for variant in range(4):
        digest.update(preset(name, 2)(hr.astype(np.uint8), seed=3, variant=variant).tobytes())
print(digest.hexdigest())
"""
EXAMPLES = """
from examples import GOLDENS, LEAVES
image = np.float32(hr[:12, :14] / 255)
for name in GOLDENS.keys() & LEAVES.keys():
    digest = hashlib.sha256()
    for variant in range(2):
        for _, result in LEAVES[name].sample(image.shape[:2], seed=3, variant=variant).trace(image):
            digest.update(result.tobytes())
    print(name, digest.hexdigest())
"""


@pytest.mark.slow
@pytest.mark.parametrize("code", [PRESETS, EXAMPLES], ids=["presets", "examples"])
def test_compiled_and_interpreted_code_give_the_same_bytes(code):
    """On a tiny image, through every preset and every operator."""
    tests = Path(__file__).parents[1]
    outputs = []
    for disabled in ("0", "1"):
        path = os.pathsep.join([str(tests), *sys.path])
        environment = os.environ | {"NUMBA_DISABLE_JIT": disabled, "PYTHONPATH": path}
        done = subprocess.run(
            [sys.executable, "-c", START + code], capture_output=True, text=True, env=environment, check=False
        )
        assert done.returncode == 0, done.stderr
        outputs.append(sorted(done.stdout.splitlines()))
    assert outputs[0] == outputs[1]


def test_a_call_leaves_no_trace_in_global_generators(astronaut):
    import random

    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 - the global state is what is tested
    before = random.getstate(), np.random.get_state()[1].tobytes()  # noqa: NPY002
    HighOrder()(astronaut[:64, :64], seed=0)
    assert before == (random.getstate(), np.random.get_state()[1].tobytes())  # noqa: NPY002
