"""A bucket in memory whose requests fail as those of services do, by a seeded generator."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, ClassVar

import fsspec
from fsspec.implementations.memory import MemoryFile, MemoryFileSystem

PROTOCOL = "failing"


class ServiceError(Exception):
    """An error of a service's own kind, which is not an OSError."""


ERRORS: dict[str, Callable[[], Exception]] = {
    "503": lambda: OSError(16, "Please reduce your request rate."),
    "500": lambda: OSError(121, "We encountered an internal error."),
    "403": lambda: PermissionError("Access Denied"),
    "timeout": lambda: TimeoutError("Read timeout on endpoint URL"),
    "reset": lambda: ConnectionResetError(104, "Connection reset by peer"),
    "own": lambda: ServiceError("503 slow down"),
}


class FailingBucket(MemoryFileSystem):
    """Fails before a request is answered, or after it has been carried out; a listing of a bucket is flat."""

    protocol = PROTOCOL
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    fails: ClassVar[Callable[[str], bool]] = lambda _: False
    errors: ClassVar[tuple[str, ...]] = tuple(ERRORS)
    draws: ClassVar[random.Random] = random.Random(0)
    seen: ClassVar[Counter[str]] = Counter()

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return super()._strip_protocol(path.removeprefix(f"{PROTOCOL}:/"))

    @classmethod
    def request(cls, kind: str, path: str) -> None:
        cls.seen[kind] += 1
        if cls.fails(f"{kind} {path}"):
            cls.seen[f"{kind} failed"] += 1
            raise ERRORS[cls.draws.choice(cls.errors)]()

    def info(self, path: str, **kwargs: Any) -> Any:
        self.request("info", path)
        return super().info(path, **kwargs)

    def ls(self, path: str, detail: bool = True, **kwargs: Any) -> Any:
        self.request("list", path)
        return super().ls(path, detail, **kwargs)

    def find(self, path: str, maxdepth: Any = None, withdirs: bool = False, detail: bool = False, **kwargs: Any) -> Any:
        self.request("list", path)
        files = {name: MemoryFileSystem.info(self, name) for name in self.store if f"{name}/".startswith(f"{path}/")}
        return files if detail else sorted(files)

    def cat_file(self, path: str, start: Any = None, end: Any = None, **kwargs: Any) -> bytes:
        self.request("get", path)
        return bytes(self.store[self._known(path)].getvalue()[start:end])

    def _open(self, path: str, mode: str = "rb", **kwargs: Any) -> Any:
        self.request("get", path)
        return _FailingFile(self, path, self.store[self._known(path)].getvalue())

    def put_file(self, lpath: str, rpath: str, **kwargs: Any) -> None:
        self.request("put", rpath)
        self.pipe_file(rpath, Path(lpath).read_bytes())
        self.request("put", rpath)  # what was done may be reported as a failure

    def pipe_file(self, path: str, value: bytes, **kwargs: Any) -> None:
        self.store[self._strip_protocol(path)] = MemoryFile(self, path, value)

    def rm_file(self, path: str) -> None:
        self.request("delete", path)
        del self.store[self._known(path)]

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """A bucket has no folders."""

    def _known(self, path: str) -> str:
        if (path := self._strip_protocol(path)) not in self.store:
            raise FileNotFoundError(path)
        return path


class _FailingFile(MemoryFile):
    """Fails while it is read."""

    def read(self, size: int = -1) -> bytes:
        self.fs.request("get", self.path)
        return super().read(size)


fsspec.register_implementation(PROTOCOL, FailingBucket, clobber=True)


@contextmanager
def random_failures(rate: float, seed: int, errors: tuple[str, ...] = tuple(ERRORS)) -> Iterator[Counter[str]]:
    """Let this share of all requests fail, and count them by kind."""
    draws = random.Random(seed)
    yield from _failures(lambda _: draws.random() < rate, errors)


@contextmanager
def matching_failures(pattern: str, error: str = "503") -> Iterator[Counter[str]]:
    """Let the requests fail that match, such as `get *.png`; kinds are info, list, get, put and delete."""
    yield from _failures(lambda request: fnmatchcase(request, pattern), (error,))


def _failures(fails: Callable[[str], bool], errors: tuple[str, ...]) -> Iterator[Counter[str]]:
    FailingBucket.fails, FailingBucket.errors, FailingBucket.seen = staticmethod(fails), errors, Counter()
    try:
        yield FailingBucket.seen
    finally:
        FailingBucket.fails = staticmethod(lambda _: False)


def empty() -> None:
    """Delete everything in the bucket."""
    FailingBucket.store.clear()
    FailingBucket.pseudo_dirs[:] = [""]


def upload(folder: Any, below: str) -> None:
    """Put the files of a local folder into the bucket."""
    for path in folder.rglob("*"):
        if path.is_file():
            FailingBucket().pipe_file(f"{below}/{path.relative_to(folder).as_posix()}", path.read_bytes())


def stored(below: str) -> dict[str, bytes]:
    """Return all that is in the bucket below a folder, by its path there."""
    return {
        name.removeprefix(f"{below}/"): file.getvalue()
        for name, file in sorted(FailingBucket.store.items())
        if name.startswith(f"{below}/")
    }
