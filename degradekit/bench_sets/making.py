"""Makes small fixed test sets: a few representative degradations, each applied to the same HR crops."""

import json
import os
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from degradekit import recipes
from degradekit.bench_sets.coordinates import coordinates
from degradekit.bench_sets.readme import readme
from degradekit.bench_sets.results import BenchDegradation, BenchOptions, BenchSet
from degradekit.dataset.crop_corners import crop_corners
from degradekit.dataset.degrading import require_scale, try_recipe
from degradekit.dataset.formats.folder import photo_name
from degradekit.dataset.options import Options
from degradekit.dataset.pictures import encode
from degradekit.dataset.progress import SILENT, Progress
from degradekit.dataset.sources import Scan
from degradekit.errors import DatasetError
from degradekit.functional.levels import to_float
from degradekit.matching.gathering import MOST_PHOTOS, Photos, refuse_unusable, scan_hr, scan_real
from degradekit.matching.real_photos import read_real
from degradekit.matching.representatives import representatives
from degradekit.matching.samples import RealCrops, Simulation
from degradekit.matching.simulating import made_degradation, simulate
from degradekit.matching.surveying import KnownPhoto, Survey, chosen, crop_side, cut, survey
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
    drawn_from = recipes.resolved(recipe, scale)
    scale = require_scale(drawn_from)
    try_recipe(drawn_from, Options(tile=LEAST_SIDE * scale, seed=options.seed))
    folder = Folder.of(target)
    if folder.names():
        raise DatasetError(f"target: must be a new or an empty folder (got {folder.location!r})")
    photos = _survey(hr, real, scale, options)
    progress.note(f"drawing {options.draws} degradations")
    simulation = simulate(
        drawn_from,
        photos.hr,
        photos.side,
        options.draws,
        options.seed,
        max_pixels=options.max_pixels,
        workers=workers,
        progress=progress,
    )
    if photos.real is None:
        choice = _choose_draws(simulation, options.count)
    else:
        progress.note(f"measuring {counted(len(photos.real.photos), 'real photo')}")
        crops = read_real(photos.real, photos.side, max_pixels=options.max_pixels, workers=workers, progress=progress)
        choice = _choose_draws_like(crops, simulation, options.count)
    degradations = tuple(
        BenchDegradation(
            f"{index:02d}", float(share), distance, made_degradation(simulation, photos.hr, photos.side, int(row))
        )
        for index, (row, share, distance) in enumerate(zip(*choice, strict=True), 1)
    )
    usable = [photo for photo in photos.hr.photos if photo.source.key not in simulation.unusable]
    names = tuple(photo_name(photo.source.key) for photo in usable)
    bench = BenchSet(degradations, names, photos.side * scale, dict(simulation.unusable))
    _write(folder, bench, usable, drawn_from, options, is_real=real is not None)
    return bench


class _Surveys(NamedTuple):
    """The photos of a set, and the side of the crops that most of them can give, in pixels of an LR."""

    hr: Survey
    real: Survey | None
    side: int


def _survey(hr: Photos, real: Photos | None, scale: int, options: BenchOptions) -> _Surveys:
    """Choose photos and read their headers.

    Raises:
        DatasetError: There are none, or no HR photo is large enough.
    """

    def surveyed(scanned: Scan, most: int) -> Survey:
        return survey(chosen(scanned, most, options.seed), options.max_pixels)

    hr_photos = surveyed(scan_hr(hr), options.photos)
    real_photos = None if real is None else surveyed(scan_real(real), MOST_PHOTOS)
    side = crop_side(real_photos.photos if real_photos else (), hr_photos.photos, scale)
    hr_photos = hr_photos.at_least(side * scale)
    if not hr_photos.photos:
        refuse_unusable("hr", hr_photos.unusable, f"tiles take at least {side * scale} x {side * scale} pixels")
    return _Surveys(hr_photos, real_photos, side)


class _Choice(NamedTuple):
    """Draws that stand for others.

    Attributes:
        rows: Their rows in the simulation.
        shares: The share that each stands for.
        distances: How far each is from what it stands for, see `BenchDegradation`.
    """

    rows: NDArray[np.int64]
    shares: NDArray[np.float64]
    distances: Sequence[float | None]


def _choose_draws(simulation: Simulation, count: int) -> _Choice:
    points = coordinates(simulation, simulation.statistics[:0]).simulated
    clusters = representatives(points, np.ones(len(points)), count)
    return _Choice(clusters.points, clusters.shares, [None] * len(clusters.points))


def _choose_draws_like(real: RealCrops, simulation: Simulation, count: int) -> _Choice:
    """Choose the draws that are nearest to the middles of clusters of real crops."""
    if not real.names:
        refuse_unusable("real", real.unusable, f"crops take at least {real.side} x {real.side} pixels")
    points = coordinates(simulation, real.statistics)
    weights = 1 / np.bincount(real.photos)[real.photos]  # so that each photo counts as much as another
    clusters = representatives(points.real, weights, count)
    distances = cdist(points.real[clusters.points], points.simulated)
    relative = distances.min(axis=1) / (clusters.spread or 1.0)
    return _Choice(distances.argmin(axis=1), clusters.shares, [round(float(each), 3) for each in relative])


def _write(
    folder: Folder,
    bench: BenchSet,
    photos: Sequence[KnownPhoto],
    recipe: Operator,
    options: BenchOptions,
    *,
    is_real: bool,
) -> None:
    lines = []
    for name, photo in zip(bench.photos, photos, strict=True):
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
