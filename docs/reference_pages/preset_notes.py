"""The source of each preset, read in the page that people read."""

import re

from degradekit.presets import PRESETS


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
