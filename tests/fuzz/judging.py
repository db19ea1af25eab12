"""The property of all fuzz suites: what is handed in is used, or refused in words, and nothing else happens."""

import os
import re
import signal
import sys
import tempfile
import traceback
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from degradekit import DegradekitError

MOST_CHARACTERS = 2000
MOST_MEGABYTES = 1000
"""Memory that one use may take, beyond what the process had."""
CPU_SECONDS = 30.0
"""After these of the processor a use hangs; all of them together take seconds."""
WALL_SECONDS = 600.0
"""After these it hangs too, such as where it waits for a pipe; other work may keep the machine busy."""
_INTERNAL = re.compile(
    "validation error|input_value|errors.pydantic|Input should|Value error|Traceback|0x[0-9a-f]{6}|NoneType"
    r"|has no attribute|not subscriptable|unhashable|__init__|positional argument|keyword argument|not iterable"
    r"|unsupported operand|<class|pickle_module|MemoryError|Unable to allocate|numpy\.|lambda|site-packages",
)
"""What only the person who wrote the code can read."""


class HangError(BaseException):
    """A use has not ended; it is no Exception, so that nothing takes it for an error of a file."""


def judge(use: Callable[[], object]) -> tuple[bool, str]:
    """Return whether something was used, and what is wrong with how it was used or refused."""
    before = _peak_megabytes()
    _watched.events.clear()
    try:
        with _ending_in_time():
            use()
        used, wrong = True, ""
    except DegradekitError as refusal:
        used, wrong = False, fault_of(str(refusal))
    except (Exception, HangError) as error:  # whatever it is, it is the finding
        frames = traceback.extract_tb(error.__traceback__)
        shown = [frame for frame in frames if "/tests/" not in frame.filename.replace(os.sep, "/")][:1] + frames[-1:]
        where = " ... ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in shown)
        used, wrong = False, f"{type(error).__name__}: {str(error)[:300]!r} at {where}"
    grown = _peak_megabytes() - before
    if grown > MOST_MEGABYTES:
        wrong += f" [took {grown:.0f} MB]"
    return used, wrong + "".join(f" [{event}]" for event in _watched.events)


def fault_of(message: str) -> str:
    """Return what is wrong with the message of a refusal; nothing if people can read it."""
    internal = _INTERNAL.search(message)
    if internal:
        return f"the message has {internal[0]!r}: {message[:400]!r}"
    if not message.strip():
        return "the message is empty"
    if len(message) >= MOST_CHARACTERS:
        return f"the message has {len(message)} characters: {message[:200]!r} ... {message[-100:]!r}"
    if {"Cc", "Cs", "Cf", "Zl", "Zp"} & {*map(unicodedata.category, message.replace("\n", ""))}:
        return f"the message is not printable: {message[:400]!r}"
    if any(not line or line != line.rstrip() for line in message.split("\n")):
        return f"a line of the message is empty, or ends with a blank: {message[:400]!r}"
    return ""


class _Watch:
    """Sees what the process does to files, processes and hosts, by Python's audit events."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.allowed: tuple[str, ...] | None = None

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.allowed is None:
            return
        if event in ("subprocess.Popen", "os.fork", "os.posix_spawn", "os.system", "socket.connect"):
            self.events.append(f"{event} {arguments[0]!r:.100}")
        elif event == "open" and _writes(arguments):
            self._check("wrote", arguments[0])
        elif event in ("os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod"):
            self._check(event, arguments[0])
        elif event in ("os.rename", "os.link", "os.symlink"):
            self._check(event, arguments[1])

    def _check(self, what: str, path: object) -> None:
        if isinstance(path, str | bytes | os.PathLike):
            real = os.path.realpath(os.fsdecode(path))
            if not real.startswith(self.allowed or ()) and "__pycache__" not in real and real != os.devnull:
                self.events.append(f"{what} {real}")


_watched = _Watch()


def watch(folder: Path) -> None:
    """Report from now on what is written outside of a folder, started, or connected to."""
    caches = [os.environ["NUMBA_CACHE_DIR"]] if "NUMBA_CACHE_DIR" in os.environ else []
    _watched.allowed = tuple(os.path.realpath(each) + os.sep for each in (folder, *caches))
    tempfile.tempdir = str(folder)
    sys.addaudithook(_watched)


def _writes(arguments: tuple[object, ...]) -> bool:
    mode, flags = arguments[1], arguments[2]
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


@contextmanager
def _ending_in_time() -> Iterator[None]:
    if not hasattr(signal, "setitimer"):  # Windows
        yield
        return
    timers = (signal.ITIMER_PROF, signal.SIGPROF, CPU_SECONDS), (signal.ITIMER_REAL, signal.SIGALRM, WALL_SECONDS)

    def stop(number: int, _: object) -> None:
        raise HangError("it takes too much time" if number == signal.SIGPROF else "it waits for too long")

    before = [signal.signal(number, stop) for _, number, _ in timers]
    for timer, _, seconds in timers:
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for (timer, number, _), handler in zip(timers, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)


def _peak_megabytes() -> float:
    try:
        import resource
    except ImportError:  # Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
