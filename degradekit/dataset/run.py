"""Runs a plan: builds the shards that are missing, and closes the dataset."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from degradekit.dataset.card import card, load_own_part
from degradekit.dataset.card_parts import NOTHING_OWN, OwnPart
from degradekit.dataset.card_samples import has_samples, is_of_samples, save_samples
from degradekit.dataset.engines import Task, Workers
from degradekit.dataset.entering import delete_empty, entered
from degradekit.dataset.layout import CARD, PLAN, split_of, sweep
from degradekit.dataset.manifest import Manifest
from degradekit.dataset.open_shards import OpenShard, OpenShards
from degradekit.dataset.opening import Dataset
from degradekit.dataset.photos import PhotoTable
from degradekit.dataset.plan import Plan
from degradekit.dataset.probe import require_fingerprint
from degradekit.dataset.progress import CountingProgress, Progress
from degradekit.dataset.report import Outcome, Report, summarize
from degradekit.dataset.writing import write_errors
from degradekit.errors import DatasetError
from degradekit.operators.base import Operator
from degradekit.wording import counted

MakeTask = Callable[[str], Task[Manifest | OpenShard]]
"""Makes the task that builds a shard, from its name."""


def run_plan(
    dataset: Dataset,
    photos: PhotoTable,
    make_task: MakeTask,
    workers: Workers,
    progress: Progress,
    *,
    recipe: Operator | None,
    shards: Sequence[str] | None = None,
    overwrite: bool = False,
    own: OwnPart | None = None,
) -> Outcome:
    """Build the shards of a plan that are missing, and close the dataset.

    Args:
        dataset: The folder and the plan.
        photos: The list of the plan's photos.
        make_task: Makes the task of a shard.
        workers: Started.
        progress: Is notified as the work goes on.
        recipe: What pixels are made with, for which every worker must have the fingerprint of the plan; None where no
            pixels are made.
        shards: The shards to build, if not all; the dataset is then not closed.
        overwrite: Delete the dataset that is there.
        own: What the owner of the dataset that this one is made from has put on its card.
    """
    started = time.monotonic()
    complete = shards is None
    planned = dataset.plan.shards
    chosen = list(planned) if shards is None else shards
    work = CountingProgress(progress)
    built = kept = 0
    check = partial(require_fingerprint, recipe, dataset.plan.fingerprint) if recipe is not None else None
    with entered(dataset, photos, overwrite=overwrite, shared=not complete):
        try:
            missing = [shard for shard in chosen if dataset.finished(shard) is None]
            work.start(sum(len(planned[shard]) for shard in missing))
            for manifest in OpenShards(len(chosen)).set_apart(
                workers.run(map(make_task, missing), check, work.advance)
            ):
                built += manifest.pairs
                kept += len(planned[manifest.shard])
        except KeyboardInterrupt as stop:
            photos_in_all = sum(len(planned[shard]) for shard in chosen)
            stop.add_note(_what_stays(photos_in_all, photos_in_all - work.photos + kept, math.ceil(work.done) - kept))
            raise
        finally:
            workers.stop()  # before another build may enter the folder
        report = close(dataset, own) if complete else _summarize(dataset, chosen)[0]
    return Outcome(report, built, time.monotonic() - started, complete)


def _what_stays(photos: int, kept: int, begun: int) -> str:
    """Return what a run that is stopped has in finished shards, and what it has begun and loses."""
    lost = f"; the work on {counted(begun, 'other photo')}, of unfinished shards, is lost" if begun > 0 else ""
    return f"{kept:,} of {counted(photos, 'photo')} stay in finished shards{lost}"


def close(dataset: Dataset, own: OwnPart | None = None) -> Report:
    """Write what is known only at the end, the card last.

    Args:
        dataset: The dataset.
        own: What its owner has put on the card, where there is none yet; what is on one that is there is kept.

    Raises:
        DatasetError: Shards are missing, there is not one pair in them, the plan on the disk is another by now, or the
            card that is there cannot be read.
    """
    folder = dataset.folder
    if folder.size(PLAN) is None:
        raise DatasetError(
            f"target: its {PLAN} was deleted while it was built; delete what is left and build anew"
            f" (got {folder.location!r})"
        )
    plan = Plan.load(folder)
    dataset.plan.refuse_another(plan, folder)
    dataset = Dataset(folder, plan)  # what the first scan has left out, whatever else lies beside the photos by now
    dataset.refuse_endless_plan()
    report, missing = _summarize(dataset, plan.shards)
    if missing:
        index = list(plan.shards).index(missing[0])
        raise DatasetError(
            f"target: shards are missing, {len(missing)} of {len(plan.shards)}, the first of them {missing[0]}, whose"
            f" index is {index}; build their slices, then finalize, or run the same build without a slice, which does"
            f" both (got {folder.location!r})"
        )
    if not report.pairs:
        delete_empty(dataset)
        reasons = [f"{skipped.key}: {skipped.reason}" for skipped in report.skipped[:20]]
        reasons += [f"{count} {reason}" for reason, count in report.counts.items()]
        raise DatasetError("\n  ".join(["source: not one photo could be used", *reasons]))
    own = load_own_part(folder, plan) or own or NOTHING_OWN
    own = replace(own, samples=own.samples and has_samples(dataset))
    sweep(folder)
    with write_errors(folder):
        if own.samples and not is_of_samples(dataset):
            save_samples(dataset)
        for split in report.pairs:
            _finish_split(dataset, split)
        for name, text in closing_files(plan, report, own).items():
            folder.write_text(name, text)
    return report


def _finish_split(dataset: Dataset, split: str) -> None:
    """Write what a split has besides its shards, if its format has anything."""
    if dataset.format.finish is None:
        return
    files = [dataset.file(shard) for shard in dataset.plan.shards if split_of(shard) == split]
    try:
        dataset.format.finish(dataset.folder, split, files)
    except DatasetError as error:
        cure = "delete that shard and run the command that built it again"
        raise DatasetError(f"target: {error}; {cure} (got {dataset.folder.location!r})") from None


def closing_files(plan: Plan, report: Report, own: OwnPart = NOTHING_OWN) -> dict[str, str]:
    """Return the text files that follow from plan, manifests and the owner's part of the card, the card last."""
    return report.texts() | {CARD: card(plan, report, own)}


def _summarize(dataset: Dataset, shards: Iterable[str]) -> tuple[Report, list[str]]:
    """Return the report over the shards that are finished, and the names of those that are not."""
    missing: list[str] = []

    def finished() -> Iterator[Manifest]:
        for shard in shards:
            manifest = dataset.finished(shard)
            if manifest is None:
                missing.append(shard)
            else:
                yield manifest

    return summarize(finished(), dataset.plan.left_out, dataset.format.name), missing
