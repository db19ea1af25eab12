"""`degradekit doctor`."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from degradekit_cli.checkup import caches, machine, packages
from degradekit_cli.checkup.findings import Check, Finding, run
from degradekit_cli.commands import Command, echo
from degradekit_cli.options import shared_option

_CHECKS: dict[str, Check] = {
    "Python": packages.python,
    "libraries": packages.libraries,
    "OpenCV": packages.opencv,
    "codecs": packages.codecs,
    "machine code": caches.machine_code,
    "processors": machine.processors,
    "memory": machine.memory,
    "disk": machine.disk,
    "torch": machine.torch,
    "extras": packages.extras,
    "match cache": caches.simulations,
}


def findings() -> Iterator[Finding]:
    """Look at everything, one subject after the other."""
    for subject, check in _CHECKS.items():
        yield from run(subject, check)


@click.command(cls=Command, short_help="Check this installation, and name what is wrong.")
@shared_option("--json", "report")
@click.pass_context
def doctor(ctx: click.Context, report: Path | None) -> None:
    """Check this installation: packages, codecs, machine code, processors, memory, disks, GPU.

    Each line is ok, a note on what costs time or limits what can be done, or a problem; below it stands what to do.

    Exit status: 0 there is no problem, 1 there is one.
    """
    made = []
    for finding in findings():
        made.append(finding)
        echo(f"{finding.state:<8} {finding.subject:<13} {finding.text}")
        if finding.advice:
            echo(f"{'':<22} {finding.advice}")
    if report is not None:
        _write(report, made)
    counts = Counter(finding.state for finding in made)
    if counts["problem"]:
        ctx.exit(1)


def _write(path: Path, made: list[Finding]) -> None:
    from degradekit import __version__
    from degradekit.whole_files import write_whole

    content = {"degradekit": __version__, "findings": [finding._asdict() for finding in made]}
    write_whole(path, (json.dumps(content, indent=2) + "\n").encode())
