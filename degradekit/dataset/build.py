"""Builds a dataset: plan once, build the shards that are missing, close it with the card."""

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

from degradekit.dataset import plan as plans
from degradekit.dataset.card import card
from degradekit.dataset.curation import curate
from degradekit.dataset.engines import Engine, Task, make_engine
from degradekit.dataset.formats import find_format
from degradekit.dataset.manifest import Manifest, finished, load
from degradekit.dataset.plan import Options, Plan, make_plan, make_shards
from degradekit.dataset.probe import is_compiled
from degradekit.dataset.report import PATH as REPORT
from degradekit.dataset.report import Report, summarize
from degradekit.dataset.shard import Build
from degradekit.dataset.sources import DATASETS, Scan, scan
from degradekit.dataset.writing import told
from degradekit.errors import DatasetError
from degradekit.operators.base import Operator
from degradekit.storage import Folder, is_temporary, is_url

_TRIAL_DRAWS = 50
CARD = "README.md"
SKIPPED = "meta/skipped.jsonl"

Place = str | os.PathLike[str]


def ignore(_: object) -> None:
    """No progress is wanted."""


def synthesize(
    sources: Place | Sequence[Place],
    target: Place,
    recipe: Operator,
    options: Options | None = None,
    *,
    workers: int | None = None,
    engine: str = "local",
    address: str | None = None,
    format: str = "parquet",
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    shards: tuple[int, int] | None = None,
    strict: bool = False,
    overwrite: bool = False,
    on_note: Callable[[str], object] = ignore,
    on_start: Callable[[int], object] = ignore,
    on_photos: Callable[[int], object] = ignore,
) -> Report:
    """Build an LR/HR dataset from photos.

    A target that an interrupted build of the same plan has left is finished; any other that exists is refused.

    Args:
        sources: Where the photos are, one or several places; see `scan`.
        target: The folder to make, a path or an fsspec URL.
        recipe: What to degrade with.
        options: Seed, tiles, variants, shard size and curation.
        workers: Processes; 0 builds in this one, None takes one for each processor.
        engine: `local`, or `ray` for a cluster.
        address: Of a Ray cluster; without one, it is started on this machine.
        format: Of the shards: `parquet`, `webdataset`, `folder` or `null`.
        include: Globs of what to take; see `scan`.
        exclude: Globs of what to leave out.
        shards: Build only the shards with numbers from the first to the last, counted from 0 in the plan's order, as
            far as there are such, and leave closing the dataset to `finalize`.
        strict: Fail at the first photo that cannot be used.
        overwrite: Delete the degradekit dataset that is there, and start anew.
        on_note: Called with a sentence where something takes longer than one would think.
        on_start: Called with the number of photos to do, before the first.
        on_photos: Called with the number of photos done since the last call.

    Returns:
        The report; of a slice of the shards only, it is not `complete`.

    Raises:
        DatasetError: The source has no photos, the target cannot be used, an option breaks its rule, or not one photo
            could be used.
    """
    folder = Folder.of(target)
    find_format(format)
    if recipe.lr_scale is None:
        raise DatasetError(f"recipe: must have a scale; put the {recipe.op} into a sequence with one")
    options = (options or Options()).resolve(recipe.lr_scale)
    roots = [os.fspath(root) for root in ([sources] if isinstance(sources, str | os.PathLike) else sources)]
    if engine == "ray":  # its workers have working directories of their own
        roots, folder = [_absolute(root) for root in roots], Folder(_absolute(folder.place))
    found = curate(_outside(folder, scan(roots, tuple(include), tuple(exclude))), options)
    _try(recipe, options)
    pieces = tuple(make_shards(found.sources, options.shard_size))
    numbers = _slice(shards, len(pieces))
    holder = make_engine(engine, workers, address, len(numbers))
    if folder.place.startswith("memory://") and (engine != "local" or workers != 0):
        raise DatasetError(f"target: memory is this process's own; build there with workers 0 (got {folder.place!r})")
    if overwrite and shards is not None:
        raise DatasetError(
            "overwrite: would delete what other slices have built; delete the target, then build the slices"
        )
    if shards is not None:
        on_note(f"the plan has {len(pieces)} shards, numbered from 0")
    if not is_compiled():
        on_note("compiling for this machine, once; the next build starts at once")
    with holder as running:
        plan = make_plan(recipe, options, found.sources, found.left_out, format, running.fingerprint())

        def task(number: int) -> Build:
            return Build(pieces[number], plan.hash, recipe, options, format, folder, strict)

        work = Work(running, on_start, on_photos)
        return fulfil(folder, plan, task, work, slice_of=None if shards is None else numbers, overwrite=overwrite)


class Work(NamedTuple):
    """Who does it, and who hears of it."""

    engine: Engine
    on_start: Callable[[int], object]
    on_photos: Callable[[int], object]


def fulfil(
    folder: Folder,
    plan: Plan,
    task: Callable[[int], Task[Manifest]],
    work: Work,
    *,
    slice_of: Sequence[int] | None = None,
    overwrite: bool = False,
    computes: bool = True,
) -> Report:
    """Build the shards of a plan that are missing, and close the dataset.

    Args:
        folder: Where to.
        plan: Of the dataset.
        task: That builds the shard of a number.
        work: Engine and progress.
        slice_of: The numbers to build, if not all; the dataset is then not closed.
        overwrite: Delete the dataset that is there.
        computes: Whether pixels are made, for which every worker must have the plan's fingerprint.
    """
    started = time.monotonic()
    names = plan.shard_names
    numbers = range(len(names)) if slice_of is None else slice_of
    expected = {name: plan.record[name] for name in ("libraries", "probe")} if computes else None
    with _entered(folder, plan, overwrite, shared=slice_of is not None):
        try:
            missing = [task(number) for number in numbers if not finished(folder, plan, names[number])]
            work.on_start(sum(each.photos for each in missing))
            built = sum(done.pairs for done in work.engine.run(missing, expected, work.on_photos))
        finally:
            work.engine.stop()  # before the folder is anybody else's
        if slice_of is None:
            report = _close(folder, plan)
        else:
            report = replace(_summary(folder, plan, [names[number] for number in numbers]), complete=False)
    return replace(report, built=(built, time.monotonic() - started))


def finalize(target: Place) -> Report:
    """Close a dataset whose shards were built in slices.

    Raises:
        DatasetError: It is no dataset, shards are missing, or another build is at work there.
    """
    folder = Folder.of(target)
    plan = Plan.load(folder)
    with _locked(folder, shared=False):
        return _close(folder, plan)


def _absolute(place: str) -> str:
    return place if is_url(place) or place.startswith(DATASETS) else os.path.abspath(place)  # noqa: PTH100 - keeps links


def _outside(folder: Folder, found: Scan) -> Scan:
    """Without what lies in the target itself, whose pictures are no photos."""
    target = _absolute(folder.place) + os.sep
    sources = tuple(source for source in found.sources if not _absolute(source.place).startswith(target))
    if not sources:
        raise DatasetError(f"source: all photos lie in the target (got {folder.place!r})")
    return Scan(sources, found.left_out)


def _slice(shards: tuple[int, int] | None, count: int) -> Sequence[int]:
    if shards is None:
        return range(count)
    first, last = shards
    if not 0 <= first <= last:
        raise DatasetError(f"shards: must be FIRST-LAST, counted from 0 (got {first}-{last})")
    return range(min(first, count), min(last + 1, count))


def _try(recipe: Operator, options: Options) -> None:
    """Draw a few times, so that a recipe that cannot work is refused before anything is written."""
    side = options.tile or 64 * (recipe.lr_scale or 1)
    for variant in range(_TRIAL_DRAWS):
        recipe.sample((side, side), seed=options.seed, variant=variant)


@contextmanager
def _entered(folder: Folder, plan: Plan, overwrite: bool, shared: bool) -> Iterator[None]:
    """Write the plan into a new target, refuse one that holds something else, and keep other builds out meanwhile."""
    if folder.is_local and Path(folder.place).exists() and not Path(folder.place).is_dir():
        raise DatasetError(f"target: exists and is no folder (got {folder.place!r})")
    with _locked(folder, shared):
        if folder.size(plans.PATH) is None:
            others = [name for name in folder.names() if not is_temporary(name)]
            if others and folder.size(plans.PATH) is None:  # another slice may just have written it
                raise DatasetError(
                    f"target: exists and is no degradekit dataset; choose another (got {folder.place!r})"
                )
            _save(plan, folder)
        elif overwrite:
            folder.clear(lambda name: _is_owned(name) and name != plans.PATH)
            _save(plan, folder)  # the plan last: by it, what an interruption leaves is known as a dataset
        plan.refuse_another(Plan.load(folder), folder)
        try:
            yield
        except Exception:
            if not shared and folder.names() == [plans.PATH]:
                _delete(folder)  # a plan with nothing built of it would be in the way of the next try
            raise


def _is_owned(name: str) -> bool:
    """Whether a file in a dataset's folder is the dataset's, by its name."""
    first, _, rest = name.partition("/")
    pictures = first in plans.SPLITS and (rest.startswith(("HR/", "LR/")) or rest == "meta_info.txt")
    return name == CARD or first in ("meta", "data") or pictures


def _delete(folder: Folder) -> None:
    folder.clear(_is_owned)
    folder.remove_if_empty()


def _save(plan: Plan, folder: Folder) -> None:
    with told(folder):
        plan.save(folder)


@contextmanager
def _locked(folder: Folder, shared: bool) -> Iterator[None]:
    with folder.locked(shared=shared) as alone:
        if not alone:
            raise DatasetError(f"target: another build is at work there (got {folder.place!r})")
        if not shared:
            folder.sweep()
        yield


def _summary(folder: Folder, plan: Plan, names: Iterable[str]) -> Report:
    return summarize(filter(None, (load(folder, name) for name in names)), plan.left_out, plan.format)


def _close(folder: Folder, plan: Plan) -> Report:
    """Write what is known only at the end, the card last.

    Raises:
        DatasetError: Shards are missing, or there is not one pair in them.
    """
    missing = [name for name in plan.shard_names if not finished(folder, plan, name)]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise DatasetError(
            f"target: {missing[0]}{more} of {len(plan.shard_names)} shards are missing; build them, then finalize"
            f" (got {folder.place!r})"
        )
    report = _summary(folder, plan, plan.shard_names)
    if not report.pairs:
        _delete(folder)
        reasons = [f"{skipped.key}: {skipped.reason}" for skipped in report.skipped[:20]]
        reasons += [f"{count} {reason}" for reason, count in report.counts.items()]
        raise DatasetError("\n  ".join(["source: not one photo could be used", *reasons]))
    writer = find_format(plan.format)
    with told(folder):
        for split in report.pairs:
            writer.finish(folder, split, [name for name in plan.shard_names if name.startswith(f"{split}-")])
        for name, text in closing_files(plan, report).items():
            folder.write_text(name, text)
    return report


def closing_files(plan: Plan, report: Report) -> dict[str, str]:
    """The text files that follow from plan and manifests, by name, the card last."""
    lines = [json.dumps(asdict(skipped), ensure_ascii=False) + "\n" for skipped in report.skipped]
    return {SKIPPED: "".join(lines), REPORT: report.dumps(), CARD: card(plan, report)}
