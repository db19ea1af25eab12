"""Compilation ahead of the first use, by two processes at once."""

import gc
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
from degradekit.functional.machine_code import waive_notice
from degradekit.operators.base import Operator

_SIDE_PX = 64
_DRAWS = 16
"""Of each operator, which are enough for all that it draws now and then."""
_COLLECT_AFTER = 20_000, 50, 50
"""Thresholds of the garbage collection, which cost 50 MB."""
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
    waive_notice()  # which recommends this function
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
    with _seldom_collected():
        for operator in sorted(operators, key=lambda each: bool(each.inner_operators())):
            with suppress(RecipeError):  # one that cannot be drawn by itself is compiled within the recipe
                for variant in range(_DRAWS):
                    operator(picture, seed=0, variant=variant)


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Look for garbage seldom: numba makes so much that lives on that it would take a twelfth of the time."""
    thresholds = gc.get_threshold()
    if thresholds[0]:  # 0 switches it off
        gc.set_threshold(*_COLLECT_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


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
