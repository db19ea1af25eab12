"""Builds one shard: read, decode, cut, degrade, encode, write, in one process and without queues."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from degradekit.dataset import files
from degradekit.dataset.plan import Options, Shard
from degradekit.dataset.sources import Source
from degradekit.dataset.tiles import Tile, cut, tiles
from degradekit.dataset.writers import FORMATS, Row, Writer
from degradekit.degradation import degrade_all
from degradekit.errors import ImageError, RecipeError
from degradekit.functional.levels import to_float
from degradekit.image import decode, encode_png
from degradekit.operators.base import Operator
from degradekit.types import Pixels


@dataclass(frozen=True)
class Photo:
    """A photo that went in: its number of pairs, and a hash of their content."""

    key: str
    pairs: int
    digest: str


@dataclass(frozen=True)
class Skipped:
    """A photo that did not go in, and why."""

    key: str
    reason: str


@dataclass(frozen=True)
class Manifest:
    """What a finished shard holds; its file is the mark that the shard is finished."""

    split: str
    file: str
    pairs: int
    bytes: int
    sha256: str
    photos: tuple[Photo, ...]
    skipped: tuple[Skipped, ...]

    def dumps(self) -> str:
        """As JSON text."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def loads(cls, text: str) -> "Manifest":
        """From JSON text."""
        data = json.loads(text)
        data["photos"] = tuple(Photo(**photo) for photo in data["photos"])
        data["skipped"] = tuple(Skipped(**skipped) for skipped in data["skipped"])
        return cls(**data)


@dataclass(frozen=True)
class Task:
    """All that a worker needs to build one shard."""

    shard: Shard
    recipe: Operator
    options: Options
    scale: int
    format: str
    target: Path

    @property
    def data_path(self) -> Path:
        """The shard's file."""
        return self.target / "data" / (self.shard.name + FORMATS[self.format].extension)

    @property
    def manifest_path(self) -> Path:
        """The shard's manifest."""
        return self.target / "meta" / "shards" / f"{self.shard.name}.json"


def finished_manifest(task: Task) -> Manifest | None:
    """The manifest of a shard that is there as its manifest says, or None."""
    try:
        manifest = Manifest.loads(task.manifest_path.read_text(encoding="utf-8"))
        return manifest if task.data_path.stat().st_size == manifest.bytes else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def build_shard(task: Task, on_photo: Callable[[], object]) -> Manifest:
    """Build a shard and publish it, the manifest last.

    Args:
        task: What to build; nothing else decides the content.
        on_photo: Called after each photo.
    """
    writer = FORMATS[task.format](task.data_path)
    photos: list[Photo] = []
    skipped: list[Skipped] = []
    try:
        for source in task.shard.sources:
            outcome = _add_photo(source, task, writer)
            if isinstance(outcome, Photo):
                photos.append(outcome)
            else:
                skipped.append(outcome)
            on_photo()
    except BaseException:
        writer.discard()
        raise
    writer.close()
    manifest = Manifest(
        split=task.shard.split,
        file=task.data_path.relative_to(task.target).as_posix(),
        pairs=sum(photo.pairs for photo in photos),
        bytes=task.data_path.stat().st_size,
        sha256=_sha256(task.data_path),
        photos=tuple(photos),
        skipped=tuple(skipped),
    )
    files.write(task.manifest_path, manifest.dumps())
    return manifest


def _add_photo(source: Source, task: Task, writer: Writer) -> Photo | Skipped:
    try:
        pixels = decode(Path(source.path).read_bytes())
    except OSError as error:
        return Skipped(source.key, f"cannot be read: {error.strerror or error}")
    except ImageError as error:
        return Skipped(source.key, str(error))
    size = (pixels.shape[0], pixels.shape[1])
    if task.options.tile == 0 and min(size) < task.scale:
        return Skipped(source.key, f"{size[1]} x {size[0]} is smaller than the scale, {task.scale}")
    pairs = 0
    digest = hashlib.sha256()
    for tile in tiles(size, task.options.tile, task.options.step or 0, task.scale):
        try:
            rows = _pairs(source.key, pixels, tile, task)
        except RecipeError as error:
            return Skipped(source.key, f"the recipe cannot degrade {tile.height} x {tile.width}: {error}")
        writer.add(rows)
        for row in rows:
            digest.update(row.digest())
        pairs += len(rows)
    return Photo(source.key, pairs, digest.hexdigest())


def _pairs(key: str, photo: Pixels, tile: Tile, task: Task) -> list[Row]:
    hr = cut(photo, tile, task.options.tile)
    size = (hr.shape[0], hr.shape[1])
    degradations = [
        task.recipe.sample(size, seed=task.options.seed, key=tile.key(key), variant=variant)
        for variant in range(task.options.variants)
    ]
    hr_png = encode_png(hr)
    lrs = degrade_all(degradations, to_float(hr))
    return [
        Row(hr_png, encode_png(lr), degradation.to_json(), key, tile, variant, task.scale)
        for variant, (degradation, lr) in enumerate(zip(degradations, lrs, strict=True))
    ]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
