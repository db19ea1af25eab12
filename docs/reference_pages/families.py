"""The families of operators, and the source of each preset: both are read in the pages that people read."""

import re

from degradekit import catalogue
from degradekit.presets import PRESETS


def families(library_page: str) -> dict[str, list[str]]:
    """Return the operators of each family, by the headings of the tables in docs/library.md.

    Raises:
        ValueError: An operator of the catalogue is in none of the tables.
    """
    by_class = {target.partition(":")[2]: op for op, target in catalogue.BUILT_IN.items()}
    ops_of: dict[str, list[str]] = {}
    heading = ""
    for line in library_page.partition("\n## Operators\n")[2].split("\n## ")[0].splitlines():
        if title := re.fullmatch(r"\*\*(.+)\*\*|### (.+)", line):
            heading = title[1] or title[2]
        elif (row := re.match(r"\| `(\w+)` \|", line)) and row[1] in by_class:
            ops_of.setdefault(heading, []).append(by_class[row[1]])
    missing = set(by_class.values()) - {op for ops in ops_of.values() for op in ops}
    if missing:
        raise ValueError(f"docs/library.md: its section Operators must have a row for {', '.join(sorted(missing))}")
    return ops_of


def preset_notes(presets_page: str) -> dict[str, dict[str, str]]:
    """Return what the tables of docs/presets.md hold on each preset, by the heads of their columns.

    Raises:
        ValueError: A preset has no row.
    """
    notes: dict[str, dict[str, str]] = {}
    heads: list[str] = []
    for line in presets_page.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not cells:
            heads = []
        elif not heads:
            heads = cells
        elif heads[0] == "preset":
            for name in _names(cells[0]):
                notes.setdefault(name, dict(zip(heads[1:], cells[1:], strict=True)))
    missing = set(PRESETS) - set(notes)
    if missing:
        raise ValueError(f"docs/presets.md: must have a row for {', '.join(sorted(missing))}")
    return notes


def _names(cell: str) -> list[str]:
    """Return the names in a cell, such as `a`, `b`, or `a-0` to `-3`."""
    names = re.findall(r"`([\w.-]+)`", cell)
    if span := re.search(r"`([\w-]+-)(\d+)` to `-(\d+)`", cell):
        return [f"{span[1]}{number}" for number in range(int(span[2]), int(span[3]) + 1)]
    return names
