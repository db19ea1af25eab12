"""Checks a dataset: files, counts, hashes, and that each LR follows from its HR and its record."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from degradekit.dataset.engines import LOCAL, Engine, Workers
from degradekit.dataset.layout import DATA
from degradekit.dataset.manifest import Manifest
from degradekit.dataset.opening import Dataset
from degradekit.dataset.photos import load_photos
from degradekit.dataset.plan import Plan
from degradekit.dataset.progress import SILENT, Progress
from degradekit.dataset.report import summarize
from degradekit.dataset.row import Row, group_by_photo, pixel_digest
from degradekit.dataset.run import closing_files
from degradekit.dataset.sources import Location
from degradekit.degradation import Degradation
from degradekit.errors import DatasetError, DegradekitError, RecipeError, UnavailableError
from degradekit.functional.levels import to_float
from degradekit.picture_files import decode
from degradekit.storage import Folder
from degradekit.types import Pixels


@dataclass(frozen=True)
class Verification:
    """The result of a check.

    Attributes:
        pairs: Rows that were read.
        derived: Rows among them whose LR was made again.
        problems: A sentence each; none if all is well.
        note: Why no LR could be made again, if none could.
    """

    pairs: int
    derived: int
    problems: tuple[str, ...]
    note: str = ""


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
        file = self.dataset.file(self.manifest.shard)
        problems: list[str] = []
        pairs = derived = 0
        decoded: bytes | None = None
        if self.manifest.pairs != sum(photo.pairs for photo in self.manifest.photos):
            problems.append(f"{file}: its manifest contradicts itself")
        try:
            if _sha256(self.dataset.folder, file) != self.manifest.sha256:
                problems.append(f"{file}: its SHA-256 is not the one in its manifest")
            photos = {photo.key: photo for photo in self.manifest.photos}
            for key, tiles in group_by_photo(self.dataset.reader(self.manifest.shard).rows()):
                digest, count = hashlib.sha256(), 0
                for rows in tiles:
                    count += len(rows)
                    for row in rows:
                        where = f"{file}: {row.tile.key(row.key)}, variant {row.variant}"
                        try:
                            if row.hr != decoded:  # variants share their HR
                                hr = decode(row.hr)
                                decoded, hr_digest = row.hr, pixel_digest(hr)
                            lr = decode(row.lr)
                            digest.update(row.digest(hr_digest, pixel_digest(lr)))
                            if self._is_chosen(row):
                                derived += 1
                                _check_lr(row, hr, lr)
                        except DegradekitError as error:
                            problems.append(f"{where}: {error}")
                expected = photos.pop(key, None)
                if expected is None or (expected.pairs, expected.digest) != (count, digest.hexdigest()):
                    problems.append(f"{file}: the rows of {key!r} are not those that were written")
                pairs += count
                on_photo()
            problems += [f"{file}: the rows of {key!r} are missing" for key, photo in photos.items() if photo.pairs]
        except UnavailableError:
            raise  # it says nothing about the shard
        except Exception as error:  # readers raise exceptions of many kinds at damaged files
            problems.append(f"{file}: cannot be read: {str(error) or type(error).__name__}")
        return Verification(pairs, derived, tuple(problems))

    def _is_chosen(self, row: Row) -> bool:
        """Choose the same rows for any number of workers."""
        name = f"{row.tile.key(row.key)}/{row.variant}".encode()
        return int.from_bytes(hashlib.sha256(name).digest()[:4]) < self.sample * 2**32


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
    progress.start(sum(len(manifest.photos) for manifest in manifests))
    pairs = derived = 0
    with engine.start(len(manifests)) as workers:
        note = _why_none_derived(workers, dataset.plan) if sample else ""
        tasks = (CheckShard(dataset, manifest, 0.0 if note else sample) for manifest in manifests)
        for result in workers.run(tasks, None, progress.advance):
            pairs, derived = pairs + result.pairs, derived + result.derived
            problems += result.problems
    if not problems:  # these files follow from the shards
        problems += _other_files(dataset, manifests)
    return Verification(pairs, derived, tuple(sorted(problems)), note)


def _why_none_derived(workers: Workers, plan: Plan) -> str:
    """Return why the workers cannot make the LRs of a dataset again, or nothing if they can."""
    try:
        if workers.fingerprint(plan.recipe) == plan.fingerprint:
            return ""
        reason = "the packages or the arithmetic of this machine are not those that the dataset was made with"
    except RecipeError as error:
        reason = str(error)
    return f"no LR was made again: {reason}"


def _other_files(dataset: Dataset, manifests: list[Manifest]) -> list[str]:
    """Return what is wrong with the files that follow from the plan and the manifests."""
    plan = dataset.plan
    report = summarize(manifests, plan.left_out, dataset.format.name)
    problems = []
    for name, text in closing_files(plan, report).items():
        try:
            same = dataset.folder.read_text(name) == text
        except UnavailableError:
            raise
        except (OSError, UnicodeDecodeError):
            same = False
        if not same:
            problems.append(f"{name}: is not what follows from the plan and the shards' manifests")
    try:
        load_photos(dataset.folder, plan.photos)
    except DatasetError as error:
        problems.append(str(error))
    return problems


def _manifests(dataset: Dataset) -> tuple[list[Manifest], list[str]]:
    manifests, problems = [], []
    for shard in dataset.plan.shards:
        manifest, file = dataset.manifest(shard), dataset.file(shard)
        if manifest is None:
            problems.append(f"{file}: has no manifest of this plan")
        elif dataset.folder.size(file) != manifest.bytes:
            problems.append(f"{file}: is missing, or not as long as its manifest says ({manifest.bytes} bytes)")
        else:
            manifests.append(manifest)
    own = {dataset.file(shard) for shard in dataset.plan.shards}
    problems += [f"{name}: does not belong to this dataset" for name in dataset.folder.names(DATA) if name not in own]
    return manifests, problems


def _check_lr(row: Row, hr: Pixels, lr: Pixels) -> None:
    """Make the LR of a pair again.

    Raises:
        DegradekitError: It differs, or the record cannot be applied.
    """
    expected = Degradation.from_json(row.degradation).to_pixels(to_float(hr))
    if expected.shape != lr.shape:
        sizes = f"{lr.shape[1]} x {lr.shape[0]} instead of {expected.shape[1]} x {expected.shape[0]}"
        raise DatasetError(f"the LR is {sizes}")
    differing = int(np.count_nonzero((expected != lr).any(axis=2)))
    if differing:
        raise DatasetError(f"{differing} pixels of the LR differ")


def _sha256(folder: Folder, name: str) -> str:
    with folder.open(name) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
