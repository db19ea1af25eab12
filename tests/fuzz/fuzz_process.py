"""The process that fuzzed things are used in, so that a crash, a hang or a lack of memory is a finding and no more.

To repeat a case with its traceback: `PYTHONPATH=tests python tests/fuzz/fuzz_process.py KIND SEED INDEX`.
"""

import faulthandler
import json
import os
import random
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import judging
from fuzzed import Kind
from kinds import find_kind

# Before anything is imported that reads them: threads, and what pools set aside, would count as memory.
os.environ |= {"OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}

_HEADROOM = 4 * 2**30
"""Address space that a process may take, beyond what it has after its imports."""


class Case(NamedTuple):
    """An input that was made and used.

    Attributes:
        index: Its index among those of its kind and seed.
        used: How many uses took it, and did not refuse it.
        faults: What is wrong, one entry for each use.
    """

    index: int
    used: int
    faults: list[str]


class Fuzzer:
    """Makes and uses things of any kind, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kinds: dict[str, Kind] = {}

    def case(self, kind: str, seed: str, index: int) -> Case:
        """Make and use an input."""
        if kind not in self._kinds:
            base = self._folder / f"base-{len(self._kinds)}"
            base.mkdir()
            self._kinds[kind] = find_kind(kind)(base)
        # Things lie three folders deep, so that `../..` leads to nothing of others.
        folder = self._folder / "case" / "in" / "here"
        folder.mkdir(parents=True)
        faults, used = [], 0
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # damaged files may raise any
                made = self._kinds[kind].make(random.Random(f"{kind} {seed} {index}"), folder)
            for name, use in self._kinds[kind].uses(made):
                faulthandler.dump_traceback_later(judging.WALL_SECONDS + 60, exit=True)  # where no signal is heard
                taken, fault = judging.judge(use)
                faulthandler.cancel_dump_traceback_later()
                used += taken
                faults += [f"{name}: {fault}"] if fault else []
            beside = [str(path) for path in (self._folder / "case").rglob("*") if folder not in (path, *path.parents)]
            faults += [f"left {path}" for path in beside if Path(path) != folder.parent]
        finally:
            shutil.rmtree(self._folder / "case")
        return Case(index, used, faults)


def _prepare(folder: Path) -> None:
    """Make warnings errors, and let neither memory nor other folders be taken."""
    warnings.simplefilter("error")
    os.chdir(folder)
    judging.watch(folder)
    try:
        import resource
    except ImportError:  # Windows
        return
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + _HEADROOM
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _requests() -> Iterator[tuple[str, str, int, int]]:
    for line in sys.stdin:
        kind, seed, first, count = line.split()
        yield kind, seed, int(first), int(count)


def main(arguments: list[str]) -> None:
    """Repeat one case, or serve requests from standard input: a line for each case that begins, and one at its end."""
    answers: Any = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print
    with answers, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        fuzzer = Fuzzer(folder)
        import_all()
        _prepare(folder)
        if arguments:
            kind, seed, index = arguments
            print(fuzzer.case(kind, seed, int(index)), file=answers)
            return
        for kind, seed, first, count in _requests():
            for index in range(first, first + count):
                print(json.dumps(index), file=answers, flush=True)
                print(json.dumps(fuzzer.case(kind, seed, index)), file=answers, flush=True)


def import_all() -> None:
    """Import what uses import, so that the limit of memory counts from there."""
    import degradekit.dataset
    from degradekit import HighOrder, recipes

    _ = degradekit.dataset.synthesize, degradekit.dataset.verify, recipes
    HighOrder()
    try:
        import torch

        torch.set_num_threads(1)
    except ImportError:
        pass


if __name__ == "__main__":
    main(sys.argv[1:])
