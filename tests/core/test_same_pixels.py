"""What must not change pixels: whether code is compiled, and what happens around a call."""

import os
import subprocess
import sys

import numpy as np

from degradekit import HighOrder


def test_compiled_and_interpreted_code_give_the_same_bytes():
    """On a tiny image, through every preset."""
    code = """
import warnings, hashlib, numpy as np
warnings.filterwarnings("ignore", "overflow encountered", RuntimeWarning)
from degradekit.presets import PRESETS, preset
hr = np.arange(24 * 20 * 3, dtype=np.uint32).reshape(24, 20, 3) ** 2 % 251
digest = hashlib.sha256()
for name in PRESETS:
    for variant in range(4):
        digest.update(preset(name, 2)(hr.astype(np.uint8), seed=3, variant=variant).tobytes())
print(digest.hexdigest())
"""
    outputs = []
    for disabled in ("0", "1"):
        environment = os.environ | {"NUMBA_DISABLE_JIT": disabled}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
        )
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]


def test_a_call_leaves_no_trace_in_global_generators(astronaut):
    import random

    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 - the global state is what is tested
    before = random.getstate(), np.random.get_state()[1].tobytes()  # noqa: NPY002
    HighOrder()(astronaut[:64, :64], seed=0)
    assert before == (random.getstate(), np.random.get_state()[1].tobytes())  # noqa: NPY002
