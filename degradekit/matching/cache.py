"""Simulations kept on the disk, so that a second match with the same recipe and HR photos need not draw again."""

import contextlib
import hashlib
import io
import json
import os
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from degradekit import statistics
from degradekit.dataset.probe import fingerprint
from degradekit.functional.own_folders import own_folder
from degradekit.matching.fields import fields_of
from degradekit.matching.samples import Simulation
from degradekit.matching.surveying import KnownPhoto
from degradekit.operators.base import Operator
from degradekit.statistics import STATISTICS
from degradekit.whole_files import write_whole

FOLDER = "degradekit", "simulations"
"""The arguments of `own_folder`, for the folder that simulations are kept in."""
_MOST_FILES = 60
"""Simulations that are kept, the ones used last; 3,000 draws take 2 to 3 MB. A match has three of these, and with
milder recipes five, and about twenty of a twentieth of that size."""
_ARRAYS = {"statistics": np.float64, "photos": np.int64, "corners": np.int64}
_DECIDING = ("drawing", "fields", "observing", "recipe_paths", "simulating")
"""Modules beside this one that decide what a simulation holds; what decides pixels is in the fingerprint."""


def key_of(recipe: Operator, hr: Sequence[KnownPhoto], side: int, count: int, seed: int) -> str:
    """Return a hash of what decides a simulation; of photos these are keys, sizes, and the bytes of their files.

    Args:
        recipe: The recipe.
        hr: The HR photos.
        side: Side of an LR crop in pixels.
        count: Number of draws.
        seed: The seed of the draws.

    Raises:
        DatasetError: An operator of the recipe is not registered.
    """
    content = {
        "recipe": recipe.to_dict(),
        "photos": [(photo.source.key, photo.size, photo.fingerprint.hex()) for photo in hr],
        "draws": [side, count, seed],
        "statistics": [statistic.name for statistic in STATISTICS],
        "machine": fingerprint(recipe),
        "scipy": version("scipy"),
        "sources": _stamp(),
    }
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def holds(key: str) -> bool:
    """Return whether there is a simulation of a key, which may prove damaged when it is read."""
    folder = _folder()
    return folder is not None and (folder / f"{key}.npz").exists()


def load(key: str, recipe: Operator, seed: int) -> Simulation | None:
    """Return the simulation of a key; None if there is none, or its file is damaged or not one of ours.

    Args:
        key: From `key_of`.
        recipe: The recipe that it was drawn from.
        seed: The seed of the draws.
    """
    folder = _folder()
    if folder is None:
        return None
    path = folder / f"{key}.npz"
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            simulation = _simulation(arrays, recipe, seed)
        os.utime(path)
    except Exception:  # NumPy and zipfile raise nearly anything on damaged files, and a missing one is as good
        return None
    return simulation


def save(key: str, simulation: Simulation) -> None:
    """Keep a simulation, and delete those that were used longest ago; where nothing can be written, keep nothing."""
    folder = _folder()
    if folder is None:
        return
    names = {
        "names": simulation.names,
        "unusable": list(simulation.unusable),
        "reasons": list(simulation.unusable.values()),
        "last": simulation.last,
    }
    arrays: dict[str, Any] = {name: getattr(simulation, name) for name in _ARRAYS}
    arrays |= {name: np.array(values, np.str_) for name, values in names.items()}
    arrays |= {f"drawn {path}": values for path, values in simulation.drawn.items()}
    file = io.BytesIO()
    np.savez(file, **arrays)
    with contextlib.suppress(ValueError, OSError):  # a full disk
        write_whole(folder / f"{key}.npz", file.getvalue())
        for old in sorted(folder.glob("*.npz"), key=lambda path: -path.stat().st_mtime)[_MOST_FILES:]:
            old.unlink(missing_ok=True)


def _simulation(arrays: Any, recipe: Operator, seed: int) -> Simulation:
    """Return the simulation in the arrays of a file.

    Raises:
        Exception: The file holds something else; NumPy and zipfile raise nearly anything then.
    """
    fields = fields_of(recipe)
    content = {name: arrays[name] for name in _ARRAYS}
    names, last = tuple(arrays["names"].tolist()), arrays["last"]
    drawn = {field.path: arrays[f"drawn {field.path}"] for field in fields}
    count = len(last)
    shapes = {"statistics": (count, len(STATISTICS)), "photos": (count,), "corners": (count, 2)}
    right = [content[name].shape == shapes[name] and content[name].dtype == _ARRAYS[name] for name in _ARRAYS]
    right += [values.shape == (count,) for values in drawn.values()]
    right += [
        values.dtype.kind == ("f" if field.kind == "span" else "U")
        for field, values in zip(fields, drawn.values(), strict=True)
    ]
    right += [np.isfinite(content["statistics"]).all(), np.isin(content["photos"], np.arange(len(names))).all()]
    if not all(right):
        raise ValueError
    unusable = dict(zip(arrays["unusable"].tolist(), arrays["reasons"].tolist(), strict=True))
    return Simulation(
        recipe=recipe, fields=fields, drawn=drawn, last=last, names=names, seed=seed, unusable=unusable, **content
    )


def _folder() -> Path | None:
    return own_folder(*FOLDER)


@cache
def _stamp() -> str:
    """Return a hash of the sources that decide draws and statistics."""
    stamp = hashlib.sha256()
    matching_folder, statistics_folder = Path(__file__).parent, Path(statistics.__file__).parent
    for path in [*(matching_folder / f"{name}.py" for name in _DECIDING), *sorted(statistics_folder.glob("*.py"))]:
        stamp.update(hashlib.sha256(path.read_bytes()).digest())
    return stamp.hexdigest()
