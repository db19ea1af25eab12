"""`degradekit doctor`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from degradekit_cli.commands import Command, echo
from degradekit_cli.options import shared_option

if TYPE_CHECKING:
    from degradekit_cli.checkup.findings import Finding


@click.command(cls=Command, short_help="Check this installation, and name what is wrong.")
@shared_option("--json", "report")
def doctor(report: Path | None) -> None:
    """Check this installation: packages, codecs, machine code, processors, memory, disks, GPU.

    Each line is ok, a note on what costs time or limits what can be done, or a problem; below it stands what to do.

    Exit status: 0 there is no problem, 1 there is one.
    """
    from degradekit_cli.checkup.checks import findings

    made = []
    for finding in findings():
        made.append(finding)
        echo(f"{finding.state:<8} {finding.subject:<13} {finding.text}")
        if finding.advice:
            echo(f"{'':<22} {finding.advice}")
    if report is not None:
        _write(report, made)
    if any(finding.state == "problem" for finding in made):
        click.get_current_context().exit(1)


def _write(path: Path, made: "list[Finding]") -> None:
    import json

    from degradekit import __version__
    from degradekit.whole_files import write_whole

    content = {"degradekit": __version__, "findings": [finding._asdict() for finding in made]}
    write_whole(path, (json.dumps(content, indent=2) + "\n").encode())
