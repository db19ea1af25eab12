"""What commands that work on a dataset share: a bar, and the summary of a build."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from degradekit_cli.commands import echo
from degradekit_cli.outputs import print_skipped

if TYPE_CHECKING:
    from degradekit.dataset import Outcome, Progress, Report

SOME_SKIPPED = 3
"""Exit status of a build that has skipped photos."""


@contextmanager
def progress_bar(unit: str = "photo") -> Iterator["Progress"]:
    """Show progress in a bar, which counts in a unit."""
    from degradekit.dataset import ProgressBar

    class Bar(ProgressBar):
        def note(self, text: str) -> None:
            echo(text, err=True)

    with Bar(unit) as bar:
        yield bar


def print_report(report: "Report") -> None:
    """Print what a dataset, or a slice of one, holds."""
    from degradekit.picture_folders import left_out_lines, noted_lines
    from degradekit.wording import byte_size, counted

    photos, pairs = counted(report.photos, "photo"), counted(sum(report.pairs.values()), "pair")
    splits = ", ".join(f"{split} {count}" for split, count in report.pairs.items())
    size = byte_size(sum(report.bytes.values()))
    echo(f"{photos}, {pairs}{f' ({splits})' if splits else ''}, {size} in {counted(report.shards, 'shard')}")
    for line in (*left_out_lines(report.left_out), *noted_lines(report.counts)):
        echo(line)
    print_skipped(f"{skipped.key}: {skipped.reason}" for skipped in report.skipped)
    if report.skipped:
        echo(f"skipped {len(report.skipped)} of {counted(report.photos + len(report.skipped), 'photo')}")


def print_opening(report: "Report", target: str) -> None:
    """Print the digest of a finished dataset, what its HR is, and how to open it."""
    from degradekit.dataset.opening import Dataset
    from degradekit.dataset.training_target import explanation

    dataset = Dataset.open(target)
    options = dataset.plan.options
    echo(f"digest {report.digest}")
    echo(explanation(dataset.plan.recipe_data, options.training_target).replace("`", ""))
    if dataset.format.reader is not None and "hr" in options.pictures:
        echo(f"look at it with: degradekit preview {shlex.quote(target)} -o rows.png")
    echo(dataset.format.how_to_open(target, options.pictures))


def print_outcome(outcome: "Outcome", target: str) -> None:
    """Print what a build has produced, a dataset or a slice of one, and what it did."""
    from degradekit.wording import counted

    print_report(outcome.report)
    pairs, seconds = outcome.built_pairs, outcome.seconds
    speed = f"{counted(pairs, 'pair')} in {seconds:.1f} s, {pairs / seconds:.1f} pairs/s"
    echo(f"built now: {speed if pairs else 'nothing, as nothing was missing'}")
    if outcome.complete:
        print_opening(outcome.report, target)
    else:
        echo(f"this is a slice; when all slices are built, run: degradekit finalize {shlex.quote(target)}")


def exit_if_skipped(report: "Report") -> None:
    """End the command with status 3 if photos were skipped."""
    if report.skipped:
        click.get_current_context().exit(SOME_SKIPPED)
