"""All checks, in the order in which they are made."""

from collections.abc import Iterator

from degradekit_cli.checkup import caches, machine, packages
from degradekit_cli.checkup.findings import Check, Finding, run

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
