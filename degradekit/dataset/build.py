"""Builds a dataset: plan once, build the shards that are missing, close it with the card."""

import json
import math
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from degradekit.dataset import files
from degradekit.dataset.card import card
from degradekit.dataset.engines.local import Workers
from degradekit.dataset.plan import Options, Plan
from degradekit.dataset.probe import is_compiled
from degradekit.dataset.report import Report, summarize
from degradekit.dataset.shard import Task, finished_manifest
from degradekit.dataset.sources import scan
from degradekit.dataset.writers import FORMATS
from degradekit.errors import DatasetError
from degradekit.operators.base import Operator

_TRIAL_DRAWS = 50


def _ignore(_: object) -> None:
    """No progress is wanted."""


def synthesize(
    source: str | Path,
    target: str | Path,
    recipe: Operator,
    options: Options | None = None,
    *,
    workers: int | None = None,
    format: str = "parquet",
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    on_note: Callable[[str], object] = _ignore,
    on_start: Callable[[int], object] = _ignore,
    on_photos: Callable[[int], object] = _ignore,
) -> Report:
    """Build an LR/HR dataset from a folder of photos.

    A target that an interrupted build of the same plan has left is finished; any other that exists is refused.

    Args:
        source: A folder or one image file.
        target: The folder to make.
        recipe: What to degrade with.
        options: Seed, tiles, variants and shard size.
        workers: Processes; 0 builds in this one, None takes one for each processor.
        format: Of the shards; `parquet`.
        include: Globs of what to take; see `scan`.
        exclude: Globs of what to leave out.
        on_note: Called with a sentence where something takes longer than one would think.
        on_start: Called with the number of photos to do, before the first.
        on_photos: Called with the number of photos done since the last call.

    Raises:
        DatasetError: The source has no photos, the target cannot be used, an option breaks its rule, or not one photo
            could be used.
    """
    started = time.monotonic()
    target = Path(target)
    if format not in FORMATS:
        raise DatasetError(f"format: unknown (got {format!r}); known: {', '.join(FORMATS)}")
    if workers is None:
        workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers < 0:
        raise DatasetError(f"workers: must be >= 0 (got {workers})")
    if recipe.lr_scale is None:
        raise DatasetError(f"recipe: must have a scale; put the {recipe.op} into a sequence with one")
    scale = recipe.lr_scale
    options = (options or Options()).resolve(scale)
    found = scan(Path(source), tuple(include), tuple(exclude))
    _check_target(target)
    _try(recipe, options)
    if not is_compiled():
        on_note("compiling for this machine, once; the next build starts at once")
    most = math.ceil(len(found.sources) / options.shard_size)
    with (
        Workers(min(workers, most)) as engine,
        _entered(target, Plan(recipe, options, found.sources, engine.probe())) as plan,
    ):
        tasks = [Task(shard, recipe, options, scale, format, target) for shard in plan.shards]
        finished = [finished_manifest(task) for task in tasks]
        missing = [task for task, manifest in zip(tasks, finished, strict=True) if manifest is None]
        on_start(sum(len(task.shard.sources) for task in missing))
        built = list(engine.run(missing, plan.probe, on_photos))
        manifests = sorted((*filter(None, finished), *built), key=lambda manifest: manifest.file)
        seconds = time.monotonic() - started
        report = summarize(manifests, found.left_out, (sum(manifest.pairs for manifest in built), seconds))
        if not report.photos:
            for part in ("data", "meta"):
                shutil.rmtree(target / part)
            target.rmdir()
            reasons = "".join(f"\n  {skipped.key}: {skipped.reason}" for skipped in report.skipped)
            raise DatasetError(f"source: not one photo could be used{reasons}")
        _close(target, plan, report)
    return report


def _try(recipe: Operator, options: Options) -> None:
    """Draw a few times, so that a recipe that cannot work is refused before anything is written."""
    side = options.tile or 64 * (recipe.lr_scale or 1)
    for variant in range(_TRIAL_DRAWS):
        recipe.sample((side, side), seed=options.seed, variant=variant)


def _check_target(target: Path) -> None:
    if target.is_dir():
        if (target / "meta" / "plan.json").exists() or not any(target.iterdir()):
            return
        raise DatasetError(f"target: exists and is no degradekit dataset; choose another (got {os.fspath(target)!r})")
    if target.exists():
        raise DatasetError(f"target: exists and is no folder (got {os.fspath(target)!r})")


@contextmanager
def _entered(target: Path, plan: Plan) -> Iterator[Plan]:
    """Write the plan into a new target, refuse one that holds another, and keep other builds out meanwhile."""
    path = target / "meta" / "plan.json"
    if not path.exists():
        files.write(path, plan.dumps())
    with files.locked(path) as alone:
        if not alone:
            raise DatasetError(f"target: another build is at work there (got {os.fspath(target)!r})")
        try:
            there = json.loads(path.read_text(encoding="utf-8"))
            differing = [name for name in plan.record if there.get(name) != plan.record[name]]
        except (ValueError, AttributeError):
            raise DatasetError(f"target: its meta/plan.json is damaged (got {os.fspath(target)!r})") from None
        if differing:
            raise DatasetError(
                f"target: exists and was built with another {', '.join(differing)}; "
                f"choose another or delete it (got {os.fspath(target)!r})"
            )
        for leftover in target.rglob("*" + files.TEMPORARY):
            leftover.unlink()
        yield plan


def _close(target: Path, plan: Plan, report: Report) -> None:
    """Write what is known only at the end, the card last."""
    lines = [json.dumps(asdict(skipped), ensure_ascii=False) + "\n" for skipped in report.skipped]
    files.write(target / "meta" / "skipped.jsonl", "".join(lines))
    facts = {"digest": report.digest, "photos": report.photos, "pairs": report.pairs, "left_out": report.left_out}
    files.write(target / "meta" / "report.json", json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
    files.write(target / "README.md", card(plan, report))
