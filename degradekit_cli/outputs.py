"""What commands print and write in the same way: photos that are skipped, and files."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from degradekit_cli.commands import echo

if TYPE_CHECKING:
    from degradekit.dataset.sources import Scan

_SHOWN_SKIPPED = 20


def print_skipped(reasons: Iterable[str], *, err: bool = False) -> None:
    """Print a line for each photo that is skipped, up to 20, and how many more there are.

    Args:
        reasons: The name of each photo and why it is skipped, such as `a.png: empty file`.
        err: Print to stderr, where stdout is for something else.
    """
    from degradekit.wording import counted

    lines = list(reasons)
    for line in lines[:_SHOWN_SKIPPED]:
        echo(f"skipped: {line}", err=err)
    if len(lines) > _SHOWN_SKIPPED:
        echo(f"and {counted(len(lines) - _SHOWN_SKIPPED, 'other photo')}", err=err)


def refuse_photo(file: Path, photos: Iterable["Scan"], option: str = "--output") -> None:
    """Refuse to write a file over a photo that a command reads.

    Args:
        file: The file to be written.
        photos: All photos of the command.
        option: The option that names the file.

    Raises:
        click.UsageError: The file is one of the photos.
    """
    if any(scan.holds(file) for scan in photos):
        raise click.UsageError(f"{option}: must not be one of the photos (got {str(file)!r})")


def write_text(file: Path, text: str) -> None:
    """Write a file as a whole, in UTF-8, and print its path and size."""
    from degradekit.whole_files import write_whole
    from degradekit.wording import byte_size

    data = text.encode("utf-8")
    write_whole(file, data)
    echo(f"{file}: {byte_size(len(data))}")
