"""Makes small fixed test sets: a few representative degradations, each applied to the same HR crops."""

import json
import os
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from degradekit.bench_sets.coordinates import coordinates
from degradekit.bench_sets.readme import readme
from degradekit.bench_sets.results import BenchDegradation, BenchOptions, BenchSet
from degradekit.dataset.crop_corners import crop_corners
from degradekit.dataset.degrading import require_scale, try_recipe
from degradekit.dataset.formats.folder import photo_name
from degradekit.dataset.options import Options
from degradekit.dataset.pictures import encode
from degradekit.dataset.progress import SILENT, Progress
from degradekit.errors import DatasetError
from degradekit.functional.levels import to_float
from degradekit.matching.gathering import MOST_PHOTOS, Photos, recipe_of, refuse_unusable, scan_hr, scan_real
from degradekit.matching.real_photos import read_real
from degradekit.matching.representatives import representatives
from degradekit.matching.samples import Simulation
from degradekit.matching.simulating import made_degradation, simulate
from degradekit.matching.surveying import Survey, chosen, crop_side, cut, survey
from degradekit.operators.base import Operator
from degradekit.picture_files import decode_whole
from degradekit.statistics import LEAST_SIDE
from degradekit.storage import Folder
from degradekit.wording import counted


def make_bench_set(
    target: str | os.PathLike[str],
    hr: Photos,
    recipe: Operator | str | os.PathLike[str],
    options: BenchOptions | None = None,
    *,
    real: Photos | None = None,
    scale: int | None = None,
    workers: int | None = None,
    progress: Progress = SILENT,
) -> BenchSet:
    """Make a test set on which networks are compared: HR/, LR/01/ and so on, records, and a README.

    Draws of the recipe are measured, and those in the middle of their clusters are taken: k-medoids in coordinates that
    predict, from the statistics, what was drawn (`degradekit.bench_sets.coordinates`). With real photos, it is crops of
    these that are put into clusters, and the draws that are nearest to the middles of these are taken.

    Args:
        target: The folder to make; it must be new or empty.
        hr: HR photos, as `degradekit.dataset.synthesize` takes them.
        recipe: A recipe, the name of a preset, or the path of a YAML file; for real photos best one that fits them.
        options: How large the set is.
        real: Real photos that the degradations are to be like.
        scale: HR side / LR side, if it is not to be the recipe's.
        workers: Number of processes; 0 works in this one, None starts one for each processor. It changes no byte.
        progress: Is notified as the work goes on: a note before each part.

    Returns:
        What the set holds.

    Raises:
        DatasetError: The target is not empty, or not one photo can be used.
        RecipeError: There is no such recipe, or it cannot degrade a tile.

    Source: the idea of representative degradations is that of SEAL (Zhang et al., ICLR 2024), which clusters pictures.
    """
    options = options or BenchOptions()
    drawn_from = recipe_of(recipe, scale)
    scale = require_scale(drawn_from)
    try_recipe(drawn_from, Options(tile=LEAST_SIDE * scale, seed=options.seed))
    folder = Folder.of(target)
    if folder.names():
        raise DatasetError(f"target: must be a new or an empty folder (got {folder.location!r})")
    of_hr = survey(chosen(scan_hr(hr), options.photos, options.seed), options.max_pixels)
    of_real = None
    if real is not None:
        of_real = survey(chosen(scan_real(real), MOST_PHOTOS, options.seed), options.max_pixels)
    side = crop_side(of_real.photos if of_real else (), of_hr.photos, scale)
    of_hr = of_hr.at_least(side * scale)
    if not of_hr.photos:
        refuse_unusable("hr", of_hr.unusable, f"tiles take at least {side * scale} x {side * scale} pixels")
    progress.note(f"drawing {options.draws} degradations")
    made = partial(simulate, drawn_from, of_hr, side, options.draws, options.seed)
    simulation = made(max_pixels=options.max_pixels, workers=workers, progress=progress)
    if of_real is None:
        rows, shares, distances = _of_draws(simulation, options.count)
    else:
        rows, shares, distances = _of_real(simulation, of_real, side, options, workers, progress)
    degradations = tuple(
        BenchDegradation(f"{index:02d}", float(share), distance, made_degradation(simulation, of_hr, side, int(row)))
        for index, (row, share, distance) in enumerate(zip(rows, shares, distances, strict=True), 1)
    )
    usable = Survey(tuple(p for p in of_hr.photos if p.source.key not in simulation.unusable), {})
    bench = BenchSet(
        degradations,
        tuple(photo_name(photo.source.key) for photo in usable.photos),
        side * scale,
        dict(simulation.unusable),
    )
    _write(folder, bench, usable, drawn_from, options, is_real=real is not None)
    return bench


_Choice = tuple[NDArray[np.int64], NDArray[np.float64], Sequence[float | None]]
"""Rows of a simulation, what share each stands for, and how far it is from that."""


def _of_draws(simulation: Simulation, count: int) -> _Choice:
    points = coordinates(simulation, simulation.statistics[:0]).simulated
    chosen = representatives(points, np.ones(len(points)), count)
    return chosen.points, chosen.shares, [None] * len(chosen.points)


def _of_real(
    simulation: Simulation, real: Survey, side: int, options: BenchOptions, workers: int | None, progress: Progress
) -> _Choice:
    progress.note(f"measuring {counted(len(real.photos), 'real photo')}")
    measured = read_real(real, side, max_pixels=options.max_pixels, workers=workers, progress=progress)
    if not measured.names:
        refuse_unusable("real", measured.unusable, f"crops take at least {side} x {side} pixels")
    points = coordinates(simulation, measured.statistics)
    weights = 1 / np.bincount(measured.photos)[measured.photos]  # so that each photo counts as much as another
    chosen = representatives(points.real, weights, options.count)
    distances = cdist(points.real[chosen.points], points.simulated)
    relative = distances.min(axis=1) / (chosen.spread or 1.0)
    return distances.argmin(axis=1), chosen.shares, [round(float(each), 3) for each in relative]


def _write(
    folder: Folder, bench: BenchSet, hr: Survey, recipe: Operator, options: BenchOptions, *, is_real: bool
) -> None:
    lines = []
    for name, photo in zip(bench.photos, hr.photos, strict=True):
        picture = decode_whole(photo.source.read(), options.max_pixels)
        corner = crop_corners(photo.size, bench.side, 1)[0]
        pixels = cut(picture, corner, bench.side)
        folder.write_bytes(f"HR/{name}.png", encode(pixels, "png"))
        for each in bench.degradations:
            lr = each.degradation.to_pixels(to_float(pixels))
            folder.write_bytes(f"LR/{each.name}/{name}.png", encode(lr, "png"))
        lines.append({"name": name, "key": photo.source.key, "top": corner[0], "left": corner[1]})
    folder.write_text("photos.jsonl", _json_lines(lines))
    records = [vars(each) | {"degradation": each.degradation.to_json()} for each in bench.degradations]
    folder.write_text("degradations.jsonl", _json_lines(records))
    folder.write_text("README.md", readme(bench, recipe, options, is_real=is_real))


def _json_lines(lines: Sequence[dict[str, object]]) -> str:
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
