"""Compilation ahead of the first use, by two processes at once."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np

from degradekit import presets
from degradekit.errors import RecipeError
from degradekit.operators.base import Operator

_SIDE_PX = 64
_DRAWS = 16
"""Of each operator, which are enough for all that it draws now and then."""
_HELPER = """
import json, sys
from degradekit import recipes, warming
warming.compile_steps(recipes.from_dict(json.load(sys.stdin)), backwards=True)
"""


def warm_up(recipe: Operator | None = None) -> float:
    """Compile what a recipe needs, so that its first use on this machine does not wait.

    The machine code is kept on the disk (see NUMBA_CACHE_DIR of numba), so for an image of a container one call while
    it is made is enough. A second process does half of the work.

    Args:
        recipe: By default the preset `real-esrgan`.

    Returns:
        The seconds that it took.

    Raises:
        RecipeError: What an operator needs is missing, such as a package.
    """
    recipe = presets.preset("real-esrgan") if recipe is None else recipe
    recipe.require_all()
    started = time.monotonic()
    with _helper(recipe):
        compile_steps(recipe)
    return time.monotonic() - started


def compile_steps(recipe: Operator, *, backwards: bool = False) -> None:
    """Apply draws of a recipe and of each operator in it, so that all that they need is compiled and kept on the disk.

    Args:
        recipe: Checked by `require_all`.
        backwards: Whether to begin with the last operator. Of two processes that go opposite ways, each loads what the
            other has compiled where they meet.
    """
    operators = list(recipe.spelled_out.all_operators())[:: -1 if backwards else 1]
    picture = np.linspace(0, 255, _SIDE_PX * _SIDE_PX * 3).astype(np.uint8).reshape(_SIDE_PX, _SIDE_PX, 3)
    for operator in sorted(operators, key=lambda each: bool(each.inner_operators())):
        with suppress(RecipeError):  # one that cannot be drawn by itself is compiled within the recipe
            for variant in range(_DRAWS):
                operator(picture, seed=0, variant=variant)


@contextmanager
def _helper(recipe: Operator) -> Iterator[None]:
    """Compile in a process of its own, too; nothing is lost where it fails, as for operators that it cannot import."""
    if not sys.executable:  # Python is embedded in another program
        yield
        return
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command, quiet = [sys.executable, "-c", _HELPER], subprocess.DEVNULL
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, env=environment) as process:
        try:
            with suppress(OSError):
                assert process.stdin is not None
                process.stdin.write(json.dumps(recipe.to_dict()).encode())
                process.stdin.close()
            yield
        finally:
            process.kill()
