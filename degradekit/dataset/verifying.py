"""Checks a dataset: files, counts, hashes, and that each LR follows from its HR and its record."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from degradekit.dataset.engines import LOCAL, Engine, Workers
from degradekit.dataset.layout import DATA, PHOTOS, manifest_file
from degradekit.dataset.manifest import Manifest, Photo
from degradekit.dataset.opening import Dataset
from degradekit.dataset.photos import load_photos
from degradekit.dataset.plan import Plan
from degradekit.dataset.progress import SILENT, Progress
from degradekit.dataset.report import summarize
from degradekit.dataset.row import Row, pixel_digest
from degradekit.dataset.run import closing_files
from degradekit.dataset.sources import Location
from degradekit.degradation import Degradation
from degradekit.errors import DatasetError, DegradekitError, InaccessibleError, RecipeError
from degradekit.functional.levels import to_float
from degradekit.storage import Folder
from degradekit.types import Pixels
from degradekit.wording import counted, printable


@dataclass(frozen=True)
class Verification:
    """The result of a check.

    Attributes:
        pairs: Rows that were read.
        derived: Rows among them whose LR was made again.
        problems: A sentence each; none if all is well.
        note: Why no LR could be made again, if none could.
        damaged: Files of the dataset to delete, relative to its folder. The command that built the dataset, run again,
            builds those and all that is missing.
    """

    pairs: int
    derived: int
    problems: tuple[str, ...]
    note: str = ""
    damaged: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckShard:
    """The task of checking one shard.

    Attributes:
        dataset: The dataset of the shard.
        manifest: What the shard should hold.
        sample: The share of rows whose LR is made again.
    """

    dataset: Dataset
    manifest: Manifest
    sample: float

    @property
    def photos(self) -> int:
        """Number of photos, the unit of progress."""
        return len(self.manifest.photos)

    def run(self, on_photo: Callable[[], object]) -> Verification:
        """Look at every row."""
        rows = _Rows(self.dataset, self.sample)
        problems: list[str] = []
        try:
            problems += self._check(rows, on_photo)
        except InaccessibleError:
            raise  # it says nothing about the shard
        except Exception as error:  # readers raise exceptions of many kinds at damaged files
            problems.append(f"cannot be read: {str(error) or type(error).__name__}")
        file = self.dataset.file(self.manifest.shard)
        named = tuple(f"{file}: {problem}" for problem in problems + rows.problems)
        return Verification(rows.count, rows.derived, named, damaged=(file,) * bool(named))

    def _check(self, rows: "_Rows", on_photo: Callable[[], object]) -> Iterator[str]:
        dataset, shard = self.dataset, self.manifest.shard
        if _sha256(dataset.folder, dataset.file(shard)) != self.manifest.sha256:
            yield "its SHA-256 is not the one in its manifest"
        unseen = {photo.key: photo for photo in self.manifest.photos}
        for key, of_photo in groupby(dataset.reader(shard).rows(), key=lambda row: row.key):
            if unseen.pop(key, None) != rows.photo(key, of_photo):
                yield f"the rows of {key!r} are not those that were written"
            on_photo()
        for key, photo in unseen.items():
            if photo.pairs:
                yield f"the rows of {key!r} are missing"


class _Rows:
    """Looks at the rows of a shard, one after the other.

    Attributes:
        count: Rows that were looked at.
        derived: Rows among them whose LR was made again.
        problems: What is wrong with single rows.
    """

    def __init__(self, dataset: Dataset, sample: float) -> None:
        self.count = self.derived = 0
        self.problems: list[str] = []
        self._dataset, self._sample = dataset, sample
        self._hr: tuple[bytes, Pixels, bytes] | None = None

    def photo(self, key: str, rows: Iterable[Row]) -> Photo:
        """Return what the manifest of a shard with these rows holds of their photo."""
        first, digest = self.count, hashlib.sha256()
        for row in rows:
            self.count += 1
            try:
                self._look(row, digest)
            except DegradekitError as error:
                self.problems.append(str(error))
        return Photo(key, self.count - first, digest.hexdigest())

    def _look(self, row: Row, digest: Any) -> None:
        """Add a row to the digest of its photo.

        Raises:
            DegradekitError: A picture is damaged, or something in the row contradicts something else.
        """
        self._dataset.checked(row).refuse_contradiction()
        if self._hr is None or self._hr[0] != row.hr:  # variants share their HR
            self._hr = None
            hr = row.decode("hr")
            self._hr = row.hr, hr, pixel_digest(hr)
        _, hr, hr_digest = self._hr
        lr = row.decode("lr")
        digest.update(row.digest(hr_digest, pixel_digest(lr)))
        if self._is_chosen(row):
            self.derived += 1
            _check_lr(row, hr, lr)

    def _is_chosen(self, row: Row) -> bool:
        """Choose the same rows for any number of workers."""
        name = f"{row.tile.key(row.key)}/{row.variant}".encode()
        return int.from_bytes(hashlib.sha256(name).digest()[:4]) < self._sample * 2**32


def verify(
    shards: Location, *, sample: float = 0.05, engine: Engine = LOCAL, progress: Progress = SILENT
) -> Verification:
    """Check a finished dataset, in parallel.

    Every file is compared with its size and hash, every row with the digest of its photo, the dataset with its digest;
    and for a sample of the rows the LR is made again from HR and record, and compared pixel for pixel.

    Args:
        shards: The dataset, a path or a URL.
        sample: The share of rows whose LR is made again, 0 to 1.
        engine: Where the shards are read.
        progress: Is notified as the work goes on.

    Raises:
        DatasetError: There is no finished dataset.
    """
    if not 0 <= sample <= 1:
        raise DatasetError(f"sample: must be between 0 and 1 (got {sample})")
    dataset = Dataset.open_finished(shards)
    manifests, problems = _manifests(dataset)
    damaged: list[str] = []
    progress.start(sum(len(manifest.photos) for manifest in manifests))
    pairs = derived = 0
    with engine.start(len(manifests)) as workers:
        note = _why_none_derived(workers, dataset.plan) if sample else ""
        tasks = (CheckShard(dataset, manifest, 0.0 if note else sample) for manifest in manifests)
        for result in workers.run(tasks, None, progress.advance):
            pairs, derived = pairs + result.pairs, derived + result.derived
            problems += result.problems
            damaged += result.damaged
    if not problems:  # these files follow from the shards
        for file, problem in _other_files(dataset, manifests):
            problems.append(f"{file}: {problem}")
            damaged += [file] * (file == PHOTOS)  # the others are written anew in any case
    return Verification(pairs, derived, tuple(sorted(map(printable, problems))), note, tuple(sorted(damaged)))


def _why_none_derived(workers: Workers, plan: Plan) -> str:
    """Return why the workers cannot make the LRs of a dataset again, or nothing if they can."""
    try:
        if workers.fingerprint(plan.recipe) == plan.fingerprint:
            return ""
        reason = "the packages or the arithmetic of this machine are not those that the dataset was made with"
    except RecipeError as error:
        reason = str(error)
    return f"no LR was made again: {reason}"


def _other_files(dataset: Dataset, manifests: list[Manifest]) -> Iterator[tuple[str, str]]:
    """Yield which of the files that follow from the plan and the manifests are damaged, and how."""
    plan, folder = dataset.plan, dataset.folder
    report = summarize(manifests, plan.left_out, dataset.format.name)
    for name, text in closing_files(plan, report).items():
        expected = text.encode("utf-8")
        try:
            same = folder.read_bytes(name, len(expected)) == expected
        except InaccessibleError:
            raise
        except (OSError, DatasetError):
            same = False
        if not same:
            yield name, "is not what follows from the plan and the shards' manifests"
    try:
        load_photos(folder, plan.photos)
    except InaccessibleError:
        raise
    except DatasetError as error:
        yield PHOTOS, str(error).removeprefix(f"{PHOTOS}: ")


def _manifests(dataset: Dataset) -> tuple[list[Manifest], list[str]]:
    """Return the manifests of the shards that are there, and what is wrong with the others."""
    manifests, problems = [], []
    for shard in dataset.plan.shards:
        manifest, file = dataset.manifest_or_problem(shard), dataset.file(shard)
        if isinstance(manifest, str):
            problems.append(f"{manifest_file(shard)}: {manifest}")
        elif dataset.folder.size(file) != manifest.bytes:
            problems.append(f"{file}: is missing, or not as long as its manifest says ({manifest.bytes} bytes)")
        else:
            manifests.append(manifest)
    own = {dataset.file(shard) for shard in dataset.plan.shards}
    for name in dataset.folder.names(DATA):
        if name not in own:
            problems.append(f"{name}: does not belong to this dataset; move it elsewhere")
    return manifests, problems


def _check_lr(row: Row, hr: Pixels, lr: Pixels) -> None:
    """Make the LR of a pair again.

    Raises:
        DegradekitError: It differs, or the record cannot be applied.
    """
    try:
        expected = Degradation.from_json(row.degradation).to_pixels(to_float(hr))
    except DegradekitError as error:
        raise DatasetError(f"{row.name}: {error}") from None
    if expected.shape != lr.shape:
        sizes = f"{lr.shape[1]} x {lr.shape[0]} instead of {expected.shape[1]} x {expected.shape[0]}"
        raise DatasetError(f"{row.name}: the LR is {sizes}")
    differing = int(np.count_nonzero((expected != lr).any(axis=2)))
    if differing:
        verb = "differs" if differing == 1 else "differ"
        raise DatasetError(f"{row.name}: {counted(differing, 'pixel')} of the LR {verb}")


def _sha256(folder: Folder, name: str) -> str:
    with folder.open(name) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
