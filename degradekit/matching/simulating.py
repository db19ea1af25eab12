"""LR crops that a recipe makes of HR photos, with what was drawn for each."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from degradekit.dataset.engines import LocalEngine
from degradekit.dataset.progress import SILENT, Progress
from degradekit.degradation import Degradation
from degradekit.errors import DatasetError
from degradekit.limits import MAX_PIXELS
from degradekit.matching import cache
from degradekit.matching.drawing import DrawCrops, DrawnCrops
from degradekit.matching.fields import fields_of
from degradekit.matching.samples import Simulation
from degradekit.matching.surveying import KnownPhoto, Survey
from degradekit.operators.base import Operator
from degradekit.types import Pixels, Size

_MEASURED_DRAWS = 8
_TASK_DRAWS = 64
"""Draws of one task, which decodes its photo once; a photo with more of them is shared by several processes."""


def simulate(
    recipe: Operator,
    hr: Survey,
    side: int,
    count: int,
    seed: int,
    *,
    max_pixels: int = MAX_PIXELS,
    workers: int | None = None,
    progress: Progress = SILENT,
) -> Simulation:
    """Draw LR crops and measure them, or read them from the disk where an earlier call has left them.

    Every photo is used equally often, and its tiles lie anywhere in it.

    Args:
        recipe: What to draw from; it must have a scale.
        hr: The HR photos; those smaller than a tile are left out, with the reason.
        side: Side of an LR crop in pixels.
        count: Number of draws.
        seed: Any integer.
        max_pixels: Photos with more pixels are left out.
        workers: Number of processes; 0 works in this one, None starts one for each processor. It changes no byte.
        progress: Is notified as the work goes on, by draw.

    Raises:
        DatasetError: Not one photo can be used.
        RecipeError: The recipe cannot degrade a tile.
        UnavailableError: A photo cannot be read now.
    """
    scale = recipe.lr_scale or 1
    hr = hr.at_least(side * scale)
    key = cache.key_of(recipe, hr.photos, side, count, seed)
    progress.start(count)
    if (kept := cache.load(key, recipe, seed)) is not None:
        progress.advance(count)
        damaged = {name: reason for name, reason in kept.unusable.items() if name in kept.names}
        return replace(kept, unusable=hr.unusable | damaged)
    tasks = list(_tasks(recipe, hr.photos, side, count, seed, max_pixels))
    with LocalEngine(workers).start(len(tasks)) as running:
        results = list(running.run(tasks, None, progress.advance))
    simulation = _joined(recipe, hr, seed, results)
    cache.save(key, simulation)
    return simulation


def is_kept(recipe: Operator, hr: Survey, side: int, count: int, seed: int) -> bool:
    """Return whether an earlier call of `simulate` has left what one with these arguments returns."""
    photos = hr.at_least(side * (recipe.lr_scale or 1)).photos
    return cache.holds(cache.key_of(recipe, photos, side, count, seed))


def seconds_per_draw(recipe: Operator, hr: Survey, side: int, count: int, max_pixels: int = MAX_PIXELS) -> float:
    """Return about how long each of `count` draws takes one process, by a few that are made to measure it.

    The other arguments are those of `simulate`.
    """
    photo = hr.photos[len(hr.photos) // 2]

    def seconds(draws: int) -> float:
        started = time.perf_counter()
        DrawCrops(recipe, 0, photo.source, range(draws), side, 0, max_pixels).run(lambda _: None)
        return time.perf_counter() - started

    seconds(1)  # compiles and imports
    one, several = seconds(1), seconds(1 + _MEASURED_DRAWS)
    draw = max(several - one, 0) / _MEASURED_DRAWS
    return draw + max(one - draw, 0) * len(hr.photos) / count  # each photo is decoded for some of the draws


def made_pixels(simulation: Simulation, hr: Survey, side: int, row: int, max_pixels: int = MAX_PIXELS) -> Pixels:
    """Return a crop of a simulation, made again, (side, side, 3).

    Args:
        simulation: From `simulate`.
        hr: The HR photos that it was made of.
        side: Side of an LR crop in pixels.
        row: The row of the crop in the simulation.
        max_pixels: Photos with more pixels are refused.

    Raises:
        DegradekitError: Its photo cannot be read any more.
    """
    return next(_again(simulation, hr, side, row, max_pixels)[0].draws())[0]


def made_degradation(simulation: Simulation, hr: Survey, side: int, row: int) -> Degradation:
    """Return the degradation of a crop of a simulation, drawn again; the arguments are those of `made_pixels`."""
    task, size = _again(simulation, hr, side, row, MAX_PIXELS)
    return task.drawn(task.variants[0], size)[1]


def _again(simulation: Simulation, hr: Survey, side: int, row: int, max_pixels: int) -> tuple[DrawCrops, Size]:
    """Return the task that draws a crop of a simulation, and the (height, width) of its photo."""
    index = int(simulation.photos[row])
    variant = int((simulation.photos[:row] == index).sum())
    photo = next(photo for photo in hr.photos if photo.source.key == simulation.names[index])
    variants = range(variant, variant + 1)
    task = DrawCrops(simulation.recipe, index, photo.source, variants, side, simulation.seed, max_pixels)
    return task, photo.size


def _tasks(
    recipe: Operator, hr: Sequence[KnownPhoto], side: int, count: int, seed: int, max_pixels: int
) -> Iterator[DrawCrops]:
    for index, photo in enumerate(hr):
        draw_count = count // len(hr) + (index < count % len(hr))
        for first in range(0, draw_count, _TASK_DRAWS):
            variants = range(first, min(first + _TASK_DRAWS, draw_count))
            yield DrawCrops(recipe, index, photo.source, variants, side, seed, max_pixels)


def _joined(recipe: Operator, hr: Survey, seed: int, results: Sequence[DrawnCrops]) -> Simulation:
    """Put crops in an order that no number of processes changes: the first of each photo, then the second and so on."""
    names = tuple(photo.source.key for photo in hr.photos)
    unusable = hr.unusable | {names[result.photo]: result.reason for result in results if result.reason}
    rows = [
        (variant, result.photo, crop)
        for result in results
        if names[result.photo] not in unusable
        for variant, crop in zip(result.variants, result.crops, strict=True)
    ]
    if not rows:
        reasons = [f"{name}: {reason}" for name, reason in unusable.items()]
        raise DatasetError("\n  ".join(["not one photo can be used", *reasons]))
    rows.sort(key=lambda row: row[:2])
    crops, fields = [crop for _, _, crop in rows], fields_of(recipe)
    return Simulation(
        recipe=recipe,
        fields=fields,
        statistics=np.array([crop.statistics for crop in crops]),
        drawn={field.path: np.array([crop.values[field.path] for crop in crops]) for field in fields},
        last=np.array([crop.last for crop in crops]),
        photos=np.array([photo for _, photo, _ in rows], np.int64),
        corners=np.array([crop.corner for crop in crops], np.int64),
        names=names,
        seed=seed,
        unusable=unusable,
    )
