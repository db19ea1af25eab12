"""The page for plain torch, Lightning and accelerate, whose blocks are one script."""

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest
from pages import blocks
from terminal import degradekit

PAGE = "docs/with-torch.md"


@pytest.mark.slow
@pytest.mark.skipif(
    any(find_spec(name) is None for name in ("torch", "lightning", "accelerate")),
    reason="`make slow` installs Lightning and accelerate",
)
def test_the_page_is_a_script(paired):
    for _, commands in blocks(PAGE, "sh"):
        for command in commands.splitlines():
            done = degradekit(*command.split()[1:], cwd=paired)
            assert done.returncode == 0, done.stderr
    code = "\n".join(code for _, code in blocks(PAGE, "python"))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=paired, check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
