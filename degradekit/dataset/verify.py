"""Checks a dataset: files, counts, hashes, and that each LR comes out of its HR and its record again."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from degradekit.dataset.build import Place, closing_files, ignore
from degradekit.dataset.engines import make_engine
from degradekit.dataset.export import open_finished
from degradekit.dataset.formats import Row, by_photo, find_format
from degradekit.dataset.manifest import Manifest, load
from degradekit.dataset.plan import Plan
from degradekit.dataset.report import summarize
from degradekit.degradation import Degradation
from degradekit.errors import DatasetError, DegradekitError
from degradekit.functional.levels import to_float
from degradekit.picture_files import decode
from degradekit.storage import Folder


@dataclass(frozen=True)
class Verification:
    """What was found.

    Attributes:
        pairs: Rows looked at.
        derived: Of these, those whose LR was made again.
        problems: A sentence each; none if all is well.
        note: Why no LR could be made again, if none could.
    """

    pairs: int
    derived: int
    problems: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Check:
    """The task of checking one shard.

    Attributes:
        folder: The dataset's.
        format: Name.
        manifest: What the shard should hold.
        sample: The share of rows whose LR is made again.
    """

    folder: Folder
    format: str
    manifest: Manifest
    sample: float

    @property
    def photos(self) -> int:
        """How much work it is."""
        return len(self.manifest.photos)

    def run(self, on_photo: Callable[[], object]) -> Verification:
        """Look at every row."""
        found, name = find_format(self.format), find_format(self.format).file(self.manifest.shard)
        problems: list[str] = []
        pairs = derived = 0
        if self.manifest.pairs != sum(photo.pairs for photo in self.manifest.photos):
            problems.append(f"{name}: its manifest contradicts itself")
        try:
            if _sha256(self.folder, name) != self.manifest.sha256:
                problems.append(f"{name}: its SHA-256 is not the one in its manifest")
            photos = {photo.key: photo for photo in self.manifest.photos}
            for key, tiles in by_photo(found.read(self.folder, name)):
                digest, count = hashlib.sha256(), 0
                for row in (row for rows in tiles for row in rows):
                    digest.update(row.digest())
                    count += 1
                    if self._is_chosen(row):
                        derived += 1
                        problems += _differences(name, row)
                expected = photos.pop(key, None)
                if expected is None or (expected.pairs, expected.digest) != (count, digest.hexdigest()):
                    problems.append(f"{name}: the rows of {key!r} are not those that were written")
                pairs += count
                on_photo()
            problems += [f"{name}: the rows of {key!r} are missing" for key, photo in photos.items() if photo.pairs]
        except Exception as error:  # Readers raise exceptions of many kinds at damaged files.
            problems.append(f"{name}: cannot be read: {str(error) or type(error).__name__}")
        return Verification(pairs, derived, tuple(problems))

    def _is_chosen(self, row: Row) -> bool:
        """The same rows for any number of workers."""
        name = f"{row.tile.key(row.key)}/{row.variant}".encode()
        return int.from_bytes(hashlib.sha256(name).digest()[:4]) < self.sample * 2**32


def verify(
    shards: Place,
    *,
    sample: float = 0.05,
    workers: int | None = None,
    on_start: Callable[[int], object] = ignore,
    on_photos: Callable[[int], object] = ignore,
) -> Verification:
    """Check a finished dataset, in parallel.

    Every file against its size and hash, every row against the digest of its photo, the dataset's digest; and for a
    sample of the rows, that the LR comes out of HR and record again, pixel for pixel.

    Args:
        shards: The dataset, a path or a URL.
        sample: The share of rows whose LR is made again, 0 to 1.
        workers: Processes; see `synthesize`.
        on_start: Called with the number of photos to do.
        on_photos: Called with the number of photos done since the last call.

    Raises:
        DatasetError: There is no finished dataset.
    """
    if not 0 <= sample <= 1:
        raise DatasetError(f"sample: must lie in 0..1 (got {sample})")
    folder, plan = open_finished(shards)
    manifests, problems = _manifests(folder, plan)
    on_start(sum(len(manifest.photos) for manifest in manifests))
    expected = {name: plan.record[name] for name in ("libraries", "probe")}
    pairs = derived = 0
    note = ""
    with make_engine("local", workers, None, len(manifests)) as engine:
        if engine.fingerprint() != expected:
            sample = 0.0
            note = (
                "no LR was made again: this machine's libraries or arithmetic are others than the dataset was made with"
            )
        tasks = (Check(folder, plan.format, manifest, sample) for manifest in manifests)
        for found in engine.run(tasks, None, on_photos):
            pairs, derived = pairs + found.pairs, derived + found.derived
            problems += found.problems
    if not problems:  # they follow from the shards
        problems += _other_files(folder, plan, manifests)
    return Verification(pairs, derived, tuple(sorted(problems)), note)


def _other_files(folder: Folder, plan: Plan, manifests: list[Manifest]) -> list[str]:
    """What is wrong with the files that follow from plan and manifests."""
    report = summarize(manifests, plan.left_out, plan.format)
    problems = []
    for name, text in closing_files(plan, report).items():
        try:
            same = folder.read_text(name) == text
        except (OSError, UnicodeDecodeError):
            same = False
        if not same:
            problems.append(f"{name}: is not what follows from the plan and the shards' manifests")
    return problems


def _manifests(folder: Folder, plan: Plan) -> tuple[list[Manifest], list[str]]:
    manifests, problems = [], []
    for name in plan.shard_names:
        manifest, file = load(folder, name), find_format(plan.format).file(name)
        if manifest is None or manifest.plan != plan.hash:
            problems.append(f"{file}: has no manifest of this plan")
        elif folder.size(file) != manifest.bytes:
            problems.append(f"{file}: is missing, or not as long as its manifest says ({manifest.bytes} bytes)")
        else:
            manifests.append(manifest)
    own = {find_format(plan.format).file(name) for name in plan.shard_names}
    problems += [f"{name}: is not of this dataset" for name in folder.names("data") if name not in own]
    return manifests, problems


def _differences(name: str, row: Row) -> list[str]:
    """What is wrong with one pair."""
    place = f"{name}: {row.tile.key(row.key)}, variant {row.variant}"
    try:
        lr = Degradation.from_json(row.degradation).to_pixels(to_float(decode(row.hr)))
        there = decode(row.lr)
    except DegradekitError as error:
        return [f"{place}: {error}"]
    if lr.shape != there.shape:
        return [f"{place}: the LR is {there.shape[1]} x {there.shape[0]} and comes out {lr.shape[1]} x {lr.shape[0]}"]
    differing = int(np.count_nonzero((lr != there).any(axis=2)))
    return [f"{place}: {differing} pixels of the LR come out otherwise"] if differing else []


def _sha256(folder: Folder, name: str) -> str:
    with folder.open(name) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
