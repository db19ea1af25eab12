"""What commands that work on a dataset share: a bar, a clean stop, the summary of a build."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from degradekit.dataset import Report

SOME_SKIPPED = 3
_OPEN = {
    "parquet": 'open with datasets.load_dataset("{}")',
    "webdataset": 'open with webdataset.WebDataset(sorted(glob.glob("{}/data/train-*.tar")))',
    "folder": "train from {0}/train/HR and {0}/train/LR, listed in {0}/train/meta_info.txt",
    "null": "nothing was kept in {}",
}
workers_option = click.option(
    "--workers", type=int, metavar="N", help="Processes; 0: this one.  [default: one for each processor]"
)
overwrite_option = click.option("--overwrite", is_flag=True, help="Delete another degradekit dataset at TARGET first.")


@contextmanager
def progress(resumes: bool = True) -> Iterator[dict[str, Callable[[int], Any]]]:
    """The arguments that show progress; Ctrl-C or a request to end stops the command with a word on how to go on."""
    from tqdm import tqdm

    signal.signal(signal.SIGTERM, _interrupt)

    with tqdm(unit="photo", disable=None, leave=False) as bar:
        try:
            yield {"on_start": lambda photos: bar.reset(total=photos), "on_photos": bar.update}
        except KeyboardInterrupt:
            bar.close()
            click.echo("stopped" + "; the same command goes on from the last finished shard" * resumes, err=True)
            sys.exit(130)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def conclude(report: "Report", target: str) -> None:
    """Print a build's summary, and exit with status 3 if photos could not be used."""
    splits = ", ".join(f"{split} {count}" for split, count in report.pairs.items())
    size = sum(report.bytes.values())
    shards = f"{report.shards} shard" + ("s" if report.shards != 1 else "")
    click.echo(
        f"{report.photos} photos, {sum(report.pairs.values())} pairs ({splits}), {size / 1e6:.1f} MB in {shards}"
    )
    built, seconds = report.built
    rate = f"{built} pairs in {seconds:.1f} s, {built / seconds:.1f} pairs/s" if built else "nothing, all was there"
    click.echo(f"built now: {rate}")
    for reason, count in report.left_out.items():
        click.echo(f"left out: {count} files, {reason}")
    for reason, count in report.counts.items():
        click.echo(f"noted: {count} {reason}")
    for skipped in report.skipped[:20]:
        key = skipped.key if skipped.key.isprintable() else repr(skipped.key)
        click.echo(f"skipped: {key}: {skipped.reason}")
    if report.skipped:
        click.echo(f"skipped {len(report.skipped)} of {report.photos + len(report.skipped)} photos")
    if report.complete:
        click.echo(f"digest {report.digest}")
        how = _OPEN[report.format]
        if "://" in target:
            how = 'open with degradekit.dataset.Pairs("{}")' if report.format == "parquet" else "all is in {}"
        click.echo(how.format(target.rstrip("/")))
    else:
        click.echo(f"this is a slice; when all shards are there: degradekit finalize {target}")
    if report.skipped and report.complete:
        sys.exit(SOME_SKIPPED)
