"""Builds a dataset from photos."""

import os
from collections.abc import Iterable

from degradekit.dataset.curation import curate
from degradekit.dataset.degrading import Degrader, require_scale, try_recipe
from degradekit.dataset.engines import LOCAL, Engine
from degradekit.dataset.entering import reentered
from degradekit.dataset.formats import find_format
from degradekit.dataset.opening import Dataset
from degradekit.dataset.options import Options
from degradekit.dataset.plan import Plan
from degradekit.dataset.probe import announce_compilation
from degradekit.dataset.progress import SILENT, Progress
from degradekit.dataset.report import Outcome, Report
from degradekit.dataset.run import close, run_plan
from degradekit.dataset.shard import BuildShard
from degradekit.dataset.sources import Scan, Selection, refuse_inside, scan
from degradekit.dataset.writing import ShardTarget
from degradekit.errors import DatasetError
from degradekit.locations import Location, is_url
from degradekit.operators.base import Operator
from degradekit.storage import Folder
from degradekit.wording import counted

DEFAULTS = Options()


def synthesize(
    sources: Location | Iterable[Location] | Selection,
    target: Location,
    recipe: Operator,
    options: Options = DEFAULTS,
    *,
    engine: Engine = LOCAL,
    overwrite: bool = False,
    progress: Progress = SILENT,
) -> Outcome:
    """Build an LR/HR dataset from photos.

    A target that an interrupted build of the same plan has left is finished; any other that exists is refused.

    Args:
        sources: Where the photos are, one or several paths or URLs, or a `Selection` of the photos there.
        target: The folder to make, a path or an fsspec URL.
        recipe: What to degrade with; it must have a scale.
        options: Seed, tiles, variants, curation, shard size and format.
        engine: Where the shards are built; by default in a process for each processor.
        overwrite: Delete the degradekit dataset that is there, and start anew.
        progress: Is notified as the work goes on.

    Returns:
        What the dataset holds, and what this run has done for it.

    Raises:
        DatasetError: The sources have no photos, the target cannot be used, an option breaks its rule, or not one
            photo could be used.
        RecipeError: The recipe cannot degrade a tile.
    """
    return _build(sources, target, recipe, options, engine, progress, overwrite=overwrite)


def synthesize_slice(
    sources: Location | Iterable[Location] | Selection,
    target: Location,
    recipe: Operator,
    options: Options = DEFAULTS,
    *,
    shards: tuple[int, int],
    engine: Engine = LOCAL,
    progress: Progress = SILENT,
) -> Outcome:
    """Build some of the shards of a dataset, while other processes or machines build others; `finalize` closes it.

    Args:
        sources: The photos, as in `synthesize`. These, target, recipe and options are the same for all slices.
        target: The folder to make, a path or an fsspec URL.
        recipe: What to degrade with.
        options: Seed, tiles, variants, curation, shard size and format.
        shards: The first and the last index of the slice in the plan's order, counted from 0; shards beyond the plan
            are ignored.
        engine: Where the shards are built.
        progress: Is notified as the work goes on.

    Returns:
        What the shards of the slice hold, and what this run has done for them.

    Raises:
        DatasetError: As in `synthesize`, or the slice is not one.
        RecipeError: The recipe cannot degrade a tile.
    """
    first, last = shards
    if not 0 <= first <= last:
        raise DatasetError(f"shards: must be FIRST-LAST, counted from 0 (got {first}-{last})")
    return _build(sources, target, recipe, options, engine, progress, part=slice(first, last + 1))


def finalize(target: Location) -> Report:
    """Close a dataset whose shards were built in slices.

    Args:
        target: The folder of the dataset, a path or an fsspec URL.

    Returns:
        What the dataset holds.

    Raises:
        DatasetError: It is not a dataset, shards are missing, or another build is running there.
    """
    dataset = Dataset.open(target)
    with reentered(dataset):
        return close(dataset)


def _build(
    sources: Location | Iterable[Location] | Selection,
    target: Location,
    recipe: Operator,
    options: Options,
    engine: Engine,
    progress: Progress,
    *,
    part: slice | None = None,
    overwrite: bool = False,
) -> Outcome:
    folder, selection = Folder.of(target), Selection.of(sources)
    find_format(options.format)
    scale = require_scale(recipe)
    options = options.resolve(scale)
    engine.refuse_memory(folder)
    try_recipe(recipe, options)
    photos = _photos_outside(folder, selection, options)
    names = list(photos.photos.summary.shards(options.shard_size))
    chosen = names if part is None else names[part]
    if part is not None:
        progress.note(f"the plan has {counted(len(names), 'shard')}, numbered from 0")
    announce_compilation(progress)
    with engine.start(len(chosen)) as workers:
        plan = Plan(
            recipe_data=recipe.to_dict(),
            options=options,
            scale=scale,
            fingerprint=workers.fingerprint(recipe),
            photos=photos.photos.summary,
            left_out=photos.left_out,
        )
        degrader = Degrader(recipe, scale, options.seed, options.variants)

        def make_task(shard: str) -> BuildShard:
            shard_target = ShardTarget(folder, plan.hash, shard, options)
            sources = tuple(photos[row] for row in plan.shards[shard])
            return BuildShard(shard_target, sources, options, degrader, selection.strict)

        return run_plan(
            Dataset(folder, plan),
            photos.photos,
            make_task,
            workers,
            progress,
            recipe=recipe,
            shards=None if part is None else chosen,
            overwrite=overwrite,
        )


def _photos_outside(target: Folder, selection: Selection, options: Options) -> Scan:
    """Return the photos of a build by split: those that a scan and the options leave, and that are not in the target.

    Raises:
        DatasetError: There are none, or a root lies in the target.
    """
    refuse_inside(selection, target)
    location = target.location if is_url(target.location) else os.path.realpath(target.location)
    photos = scan(selection).outside(location)
    if not photos:
        raise DatasetError(f"source: all photos lie in the target (got {target.location!r})")
    return curate(photos, options).by_split()
