"""Datasets: any of their files changed, with and without the hashes that belong to it."""

import itertools
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from damage import damaged
from fuzzed import Kind, Uses, small_dataset
from hostile_datasets import forge
from judging import fault_of
from odd_data import changed, to_json
from small_datasets import IN_PROCESS, KEEPING

from degradekit import DatasetError
from degradekit.dataset import Pairs, export, inspect, inspection_page, inspection_text, redegrade, verify
from degradekit.dataset.pictures import Encoding, decode, encode

_SECRET = "what no dataset may show"


class Datasets(Kind):
    """Opened, verified, inspected, exported, degraded anew, and read for training."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._base = small_dataset(folder.parent)

    def make(self, draw: random.Random, folder: Path) -> tuple[Path, str]:
        """Return the folder of a damaged dataset, beside which lies a secret, and a format to export it to."""
        (folder / "secret.png").write_text(_SECRET)
        edit = draw.choice([_plan, _rows, _rows, _manifest, _report, _photos, _shard, _file, _file, None])
        dataset = forge(self._base, folder / "dataset", draw.choice(KEEPING), **(edit(draw) if edit else {}))
        if edit is None:
            _replace_file(dataset, draw)
        return dataset, draw.choice(KEEPING)

    def uses(self, made: tuple[Path, str]) -> Uses:
        """Do all that can be done with a finished dataset."""
        dataset, name = made
        yield "verify", lambda: _check_verification(dataset)
        yield "inspect", lambda: _check_inspection(dataset)
        yield "Pairs", lambda: _check_pairs(dataset)
        copy, again = dataset.parent / "copy", dataset.parent / "again"
        yield f"export {name}", lambda: _check_target(copy, export(dataset, copy, name, engine=IN_PROCESS))
        yield "redegrade", lambda: _check_target(again, redegrade(dataset, again, seed=1, engine=IN_PROCESS))


def _check_verification(dataset: Path) -> None:
    problems = verify(dataset, sample=1, engine=IN_PROCESS).problems
    for problem in problems:
        fault = fault_of(problem)
        assert not fault, fault
        assert "\n" not in problem, problem
    if problems:
        raise DatasetError(problems[0])


def _check_inspection(dataset: Path) -> None:
    inspection = inspect(dataset, most=20)
    text = inspection_text.text(inspection)
    assert "\x1b" not in text
    assert _SECRET not in text + inspection_page.html(inspection)


def _check_pairs(dataset: Path) -> None:
    for split in ("train", "validation"):
        pairs = Pairs(dataset, split)
        assert len(pairs) == len(list(itertools.islice(pairs, 100))) == len(list(pairs.stream(0)))
        for index in range(min(len(pairs), 3)):
            height, width = pairs[index].lr.shape[:2]
            assert pairs[index].hr.shape == (height * pairs.scale, width * pairs.scale, 3)


def _check_target(target: Path, outcome: Any) -> None:
    assert outcome.complete
    problems = verify(target, sample=0, engine=IN_PROCESS).problems
    assert not problems, problems


def _in_place(holder: Any, draw: random.Random) -> None:
    new = changed(holder, draw)
    holder.clear()
    if isinstance(holder, dict):
        holder.update(new if isinstance(new, dict) else {})
    else:
        holder.extend(new if isinstance(new, list) else [])


def _plan(draw: random.Random) -> dict[str, Any]:
    return {"plan": lambda data: _in_place(data, draw)}


def _manifest(draw: random.Random) -> dict[str, Any]:
    return {"manifest": lambda data: _in_place(data, draw)}


def _report(draw: random.Random) -> dict[str, Any]:
    return {"report": lambda data: _in_place(data, draw)}


def _photos(draw: random.Random) -> dict[str, Any]:
    return {"photos": lambda data: _in_place(data, draw)}


def _rows(draw: random.Random) -> dict[str, Any]:
    """Change facts of a row, its record or one of its pictures."""

    def edit(rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        row, kind = draw.choice(rows), draw.randrange(4)
        if kind == 0:
            row["degradation"] = to_json(changed(json.loads(row["degradation"]), draw), draw)
        elif kind == 1:
            picture = draw.choice(("hr", "lr"))
            stored = encode(decode(row[picture]), draw.choice(get_args(Encoding)))
            row[picture] = damaged(stored, [row["hr"], row["lr"]], draw)
        elif kind == 2:
            facts = {name: value for name, value in row.items() if not isinstance(value, bytes)}
            new = changed(facts, draw)
            for name in facts:
                del row[name]
            row |= new | {"name": str(new.get("name", "x"))}
        else:
            other = draw.randrange(len(rows))
            change: Callable[[], object] = draw.choice((lambda: rows.pop(other), lambda: rows.append(rows[other])))
            change()

    return {"rows": edit}


def _shard(draw: random.Random) -> dict[str, Any]:
    return {"shard": lambda data: damaged(data, [data], draw)}


def _file(draw: random.Random) -> dict[str, Any]:
    """Damage the bytes of a file, or lose it."""

    def edit(files: dict[str, bytes]) -> None:
        name = draw.choice(sorted(files))
        files[name] = damaged(files[name], list(files.values()), draw)
        if draw.random() < 0.2:
            del files[name]

    return {"files": edit}


def _replace_file(dataset: Path, draw: random.Random) -> None:
    """Put something that is no file of a dataset in the place of one."""
    path = draw.choice(sorted(path for path in dataset.rglob("*") if path.is_file()))
    path.unlink()
    kind = draw.randrange(5)
    if kind == 0:
        path.mkdir()
    elif kind == 1 and hasattr(os, "mkfifo"):
        os.mkfifo(path)
    else:
        path.symlink_to(draw.choice((path.name, os.devnull, dataset.parent / "secret.png")))
