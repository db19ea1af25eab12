"""Compiles what a recipe needs before its first use, in two processes at once."""

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
"""Draws of each operator, enough for what it draws only now and then."""
_COLLECT_AFTER = 20_000, 50, 50
"""Thresholds of the garbage collection while compiling; they let 50 MB more accumulate."""
_SECOND_PROCESS = """
import json, sys
from degradekit import recipes, warming
warming.compile_steps(recipes.from_dict(json.load(sys.stdin)), backwards=True)
"""


def warm_up(recipe: Operator | None = None) -> float:
    """Compile what a recipe needs ahead of time, so that its first use on this machine starts at once.

    The machine code is kept on the disk, in the folder that numba's NUMBA_CACHE_DIR names if it is set. For a container
    it is enough to call this once, while its image is built. A second process does half of the work.

    Args:
        recipe: The recipe; by default the preset `real-esrgan`.

    Returns:
        The seconds that the compilation took.

    Raises:
        RecipeError: Something that an operator needs, such as a package, is missing.
    """
    recipe = presets.preset("real-esrgan") if recipe is None else recipe
    recipe.require_all()
    waive_notice()  # it recommends this function
    started = time.monotonic()
    with _second_process(recipe):
        compile_steps(recipe)
    return time.monotonic() - started


def compile_steps(recipe: Operator, *, backwards: bool = False) -> None:
    """Apply draws of a recipe and of each operator in it, so that all functions that they need are compiled.

    Args:
        recipe: The recipe, which `require_all` has checked.
        backwards: Whether to begin with the last operator. Two processes that work in opposite directions share the
            compilation: once they meet, each loads what the other has compiled.
    """
    operators = list(recipe.spelled_out.all_operators())[:: -1 if backwards else 1]
    picture = np.linspace(0, 255, _SIDE_PX * _SIDE_PX * 3).astype(np.uint8).reshape(_SIDE_PX, _SIDE_PX, 3)
    with _seldom_collected():
        for operator in sorted(operators, key=lambda each: bool(each.inner_operators())):
            with suppress(RecipeError):  # what cannot be drawn by itself is compiled as a part of the recipe
                for variant in range(_DRAWS):
                    operator(picture, seed=0, variant=variant)


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Collect garbage seldom: the compiler keeps so many objects that collecting takes a twelfth of its time."""
    thresholds = gc.get_threshold()
    if thresholds[0]:  # 0 switches it off
        gc.set_threshold(*_COLLECT_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


@contextmanager
def _second_process(recipe: Operator) -> Iterator[None]:
    """Compile in a second process too, backwards; where that fails, as for an operator of a script, nothing is lost."""
    if not sys.executable:  # Python is embedded in another program
        yield
        return
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command, quiet = [sys.executable, "-c", _SECOND_PROCESS], subprocess.DEVNULL
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, env=environment) as process:
        try:
            with suppress(OSError):
                assert process.stdin is not None
                process.stdin.write(json.dumps(recipe.to_dict()).encode())
                process.stdin.close()
            yield
        finally:
            process.kill()
