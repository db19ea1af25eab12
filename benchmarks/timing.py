"""How the benchmarks measure, and how they write their tables.

All contenders of a row do the same work in one process, on one thread. They are timed in turn: in every round each is
called again and again for a given time, so that whatever else the machine does slows all of them alike. The time of a
round is the mean over its calls, per pair. A table shows the median and the range over the rounds, and the median over
the rounds of each peer's time divided by degradekit's.
"""

import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import cv2

from degradekit.memory import keep_freed_memory
from degradekit.picture_files import decode
from degradekit.types import Pixels

Clock = Callable[[], float]
HERE = Path(__file__).parent
LIBRARIES = ("degradekit", "numpy", "opencv-python", "numba", "pillow", "torch", "basicsr", "albumentations", "kornia")
HEADER = ("| what | who | median | min to max | peer / degradekit |", "|---|---|---|---|---|")


class Contender(NamedTuple):
    """One implementation of a row's work.

    Attributes:
        name: Name in the table.
        call: The work; its argument grows from call to call and serves as a seed.
        pairs: LR/HR pairs, or images, that one call makes.
    """

    name: str
    call: Callable[[int], object]
    pairs: int = 1


def prepare() -> None:
    """Set OpenCV and torch to one thread, and keep freed memory for all contenders, as the builder's workers do."""
    cv2.setNumThreads(1)
    keep_freed_memory()
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(1)


def sample(name: str = "astronaut.png") -> Pixels:
    """Return a photo from the scikit-image wheel, (H, W, 3) uint8 RGB."""
    import skimage

    return decode((Path(skimage.__file__).parent / "data" / name).read_bytes())


def time_in_turn(
    contenders: Sequence[Contender], rounds: int, seconds: float, clock: Clock = time.perf_counter
) -> list[list[float]]:
    """Return the milliseconds per pair of each contender, for each round.

    Every contender is called once before the first round, so that compilation and caches are not measured. With
    `time.process_time` as the clock, time that goes to other processes does not count.
    """
    for contender in contenders:
        contender.call(0)
    return [
        [_milliseconds(contender.call, 1000 * index, seconds, clock) / contender.pairs for contender in contenders]
        for index in range(rounds)
    ]


def _milliseconds(call: Callable[[int], object], first: int, seconds: float, clock: Clock) -> float:
    """Return the mean time of as many calls as fit into the given seconds, but at least one."""
    started, calls = clock(), 0
    while clock() - started < seconds or not calls:
        call(first + calls)
        calls += 1
    return (clock() - started) / calls * 1e3


def table_lines(row: str, names: Sequence[str], rounds: Sequence[Sequence[float]], unit: str = "ms") -> list[str]:
    """Return and print the lines of a row, one for each contender.

    Args:
        row: What is measured.
        names: The contenders, degradekit first.
        rounds: For each round the time of each contender.
        unit: Unit of the times.
    """
    lines = []
    for column, name in enumerate(names):
        times = [times_of_round[column] for times_of_round in rounds]
        ratio = statistics.median(times_of_round[column] / times_of_round[0] for times_of_round in rounds)
        shown = f"{ratio:.2f}" if column else ""
        median = statistics.median(times)
        lines.append(f"| {row} | {name} | {median:.2f} {unit} | {min(times):.2f} to {max(times):.2f} | {shown} |")
        print(lines[-1], flush=True)
    return lines


def save(name: str, lines: Sequence[str]) -> None:
    """Write a table to results/NAME.md, below the commit, the processor and the versions that it was measured with."""
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
