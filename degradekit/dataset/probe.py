"""The fingerprint of a machine for a recipe: what decides pixels besides the plan.

Two machines whose fingerprints are equal make the same pixels with the recipe: the same versions of the packages that
compute, and the same *numerics probe*, a hash of degradations in float.
"""

import hashlib
import json
import logging
from contextlib import suppress
from functools import cache
from importlib.metadata import packages_distributions
from typing import Any

import numpy as np

from degradekit import recipes
from degradekit.dataset.plan import Fingerprint
from degradekit.dataset.progress import SILENT, Progress
from degradekit.errors import DatasetError, RecipeError
from degradekit.extras import installed_version
from degradekit.functional import filtering
from degradekit.functional.compiled import cache_folder, is_cached
from degradekit.functional.levels import to_float, to_pixels
from degradekit.functional.machine_code import COMPILING_ALWAYS, waive_notice
from degradekit.functional.normal import standard_normal
from degradekit.operators.base import Operator
from degradekit.types import Image, Pixels, Size

_SIZE = (72, 96)
_RECIPE_DRAWS = 8
_OPERATOR_DRAWS = 16
_PACKAGES = ("degradekit", "numpy", "numba", "opencv-python", "pillow")


def fingerprint(recipe: Operator) -> Fingerprint:
    """Return the fingerprint of this machine for a recipe.

    Raises:
        DatasetError: An operator of the recipe is not registered in this process.
    """
    return _fingerprint(json.dumps(recipe.to_dict()))


@cache
def _fingerprint(recipe: str) -> Fingerprint:
    try:
        spelled_out = recipes.from_dict(json.loads(recipe))  # equal recipes may be written in two ways
    except RecipeError as error:
        raise DatasetError(
            f"recipe: a worker does not know one of its operators ({error}); register it in a module that is imported"
            " with the operator"
        ) from None
    spelled_out.require_all()
    packages = {*_PACKAGES, *(name for operator in spelled_out.all_operators() for name in _packages_of(operator))}
    return Fingerprint({name: installed_version(name) for name in sorted(packages)}, recipe_probe(spelled_out))


def require_fingerprint(recipe: Operator, expected: Fingerprint) -> None:
    """Refuse a machine that would make other pixels.

    Raises:
        DatasetError: Its fingerprint for the recipe differs; the message names the difference.
    """
    own = fingerprint(recipe)
    for package, wanted in expected.packages.items():
        if own.packages.get(package) != wanted:
            raise DatasetError(
                f"worker: must have {package} {wanted}, with which the plan was made (got {own.packages.get(package)})"
            )
    if own.probe != expected.probe:
        raise DatasetError(
            "worker: computes other pixels than the machine that made the plan, as their numerics probes differ"
            f" (got {own.probe[:12]} instead of {expected.probe[:12]})"
        )


def recipe_probe(recipe: Operator) -> str:
    """Return the numerics probe of a recipe: several of its draws, and draws of each operator in it.

    An operator that the recipe draws rarely is probed as surely as the others.
    """
    scale = recipe.lr_scale or 1
    height, width = (max(side, 4 * scale) for side in _SIZE)
    picture = to_float(_picture((height, width)))
    digest = hashlib.sha256()
    _add_draws(digest, recipe, picture, _RECIPE_DRAWS)
    for operator in recipe.all_operators():
        with suppress(RecipeError):  # one that cannot be drawn by itself is probed within the recipe alone
            _add_draws(digest, operator, picture, _OPERATOR_DRAWS)
    return digest.hexdigest()


def compilation_note() -> str:
    """Return a note if functions have to be compiled, judged by the slowest one, and otherwise an empty text."""
    convolve: Any = filtering.convolve_separable
    if not hasattr(convolve, "stats"):  # numba is switched off
        return ""
    if cache_folder(convolve) is None:
        return COMPILING_ALWAYS
    if is_cached(convolve):
        return ""
    return "compiling for this machine, once; the next build starts at once"


def announce_compilation(progress: Progress) -> None:
    """Announce that a build waits for numba, if it does: by a note, or by the log where notes are not shown."""
    if note := compilation_note():
        if progress is SILENT:
            logging.getLogger("degradekit").warning(note)
        else:
            progress.note(note)
        waive_notice()


def _add_draws(digest: Any, recipe: Operator, picture: Image, draws: int) -> None:
    """Hash the picture after each step; rounding to 8 bits would hide most differences."""
    size = (picture.shape[0], picture.shape[1])
    for variant in range(draws):
        for _, image in recipe.sample(size, seed=0, key="probe", variant=variant).trace(picture):
            digest.update(image.tobytes())


def _packages_of(operator: Operator) -> list[str]:
    top = type(operator).__module__.partition(".")[0]
    extra = [operator.extra.package] if operator.extra else []
    return extra if top == "degradekit" else extra + packages_distributions().get(top, [])


def _picture(size: Size) -> Pixels:
    """Return edges, ramps and texture, made without any function that machines disagree on."""
    height, width = size
    rows, columns = np.mgrid[0:height, 0:width]
    ramp = (rows * 2 + columns) / (2 * height + width)
    checks = ((rows // 9 + columns // 11) % 2) * 0.3
    texture = standard_normal((height, width, 3), seed=1) * np.float32(0.05)
    return to_pixels((ramp[:, :, None] * 0.7 + checks[:, :, None]).astype(np.float32) + texture)
