"""What the benchmarks share: calls timed in turn, and the facts that stand above a table."""

import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import cv2

from degradekit.functional.memory import keep_freed_memory
from degradekit.picture_files import decode

HERE = Path(__file__).parent
LIBRARIES = ("degradekit", "numpy", "opencv-python", "numba", "pillow", "torch", "basicsr", "albumentations", "kornia")
HEADER = ("| what | who | median | min to max | peer / degradekit |", "|---|---|---|---|---|")


class Timed(NamedTuple):
    """Someone who does the work of a row."""

    who: str
    call: Callable[[int], object]
    """Given a number that grows from call to call."""
    pairs: int = 1
    """Made by one call."""


def prepare() -> None:
    """One thread for all, and for all alike the memory that the builder's workers keep."""
    cv2.setNumThreads(1)
    keep_freed_memory()
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(1)


def sample(name: str = "astronaut.png"):
    """A photo of the scikit-image wheel, (H, W, 3) uint8."""
    import skimage

    return decode((Path(skimage.__file__).parent / "data" / name).read_bytes())


def in_turn(timed: Sequence[Timed], rounds: int, seconds: float) -> list[list[float]]:
    """Milliseconds per pair of each, for each round; everyone is called in every round."""
    for each in timed:
        each.call(0)
    return [
        [_milliseconds(each.call, 1000 * number, seconds) / each.pairs for each in timed] for number in range(rounds)
    ]


def _milliseconds(call: Callable[[int], object], first: int, seconds: float) -> float:
    """The mean over as many calls as fit into the time."""
    started, calls = time.perf_counter(), 0
    while time.perf_counter() - started < seconds or not calls:
        call(first + calls)
        calls += 1
    return (time.perf_counter() - started) / calls * 1e3


def table_lines(row: str, names: Sequence[str], rounds: Sequence[Sequence[float]], unit: str = "ms") -> list[str]:
    """Lines of the table: the first is ours, the ratio of the others is the median over the rounds."""
    lines = []
    for column, who in enumerate(names):
        values = [each[column] for each in rounds]
        ratio = f"{statistics.median(each[column] / each[0] for each in rounds):.2f}" if column else ""
        middle, low, high = statistics.median(values), min(values), max(values)
        lines.append(f"| {row} | {who} | {middle:.2f} {unit} | {low:.2f} to {high:.2f} | {ratio} |")
        print(lines[-1], flush=True)
    return lines


def save(name: str, lines: Sequence[str]) -> None:
    """Write a table with its facts to results/NAME.md."""
    git = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False, cwd=HERE).stdout.strip()
    cpu = Path("/proc/cpuinfo")
    models = [
        line.split(":")[1].strip()
        for line in (cpu.read_text().splitlines() if cpu.exists() else [])
        if line.startswith("model name")
    ]
    facts = [f"commit {commit}", (models or [platform.machine()])[0], f"Python {platform.python_version()}"]
    for library in LIBRARIES:
        try:
            facts.append(f"{library} {version(library)}")
        except PackageNotFoundError:
            continue
    target = HERE / "results" / f"{name}.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join([", ".join(facts), "", *lines, ""]), encoding="utf-8")
    print(target)
