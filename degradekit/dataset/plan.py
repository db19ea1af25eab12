"""The plan: everything that decides a dataset's content, and nothing else."""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from itertools import islice
from typing import Any

from degradekit.dataset.sources import Source
from degradekit.errors import DatasetError
from degradekit.operators.base import Operator
from degradekit.storage import Folder

FORMAT = 1
SPLITS = ("train", "validation", "test")
SMALL = ("pad", "skip", "keep")
PATH = "meta/plan.json"


@dataclass(frozen=True)
class Options:
    """What a build is asked for, besides the photos and the recipe.

    Attributes:
        seed: Any integer.
        tile: Side of the HR tiles in pixels, rounded down to a multiple of the scale; 0 keeps photos whole.
        step: Distance between tiles; None is half a tile.
        variants: Degradations of each tile, 1 to 1000.
        shard_size: Photos in a shard.
        multiscale: Also cut tiles from the photo resized to 0.75, 0.5, 1/3 and a short side of 400 pixels.
        small: What becomes of photos smaller than a tile: `pad` by reflection, `skip`, or `keep` their size.
        min_size: Leave out photos with a side shorter than this many pixels.
        min_detail: Leave out tiles whose Laplacian has a smaller variance (of the luma, on the 0..255 scale).
        dedupe: Leave out photos whose file is the same as another's, to the byte; this reads all of them.
        val: Set this many photos of the train split apart as the split validation.
        max_pixels: Refuse photos with more, as decompression bombs.
    """

    seed: int = 0
    tile: int = 400
    step: int | None = None
    variants: int = 1
    shard_size: int = 8
    multiscale: bool = False
    small: str = "pad"
    min_size: int = 0
    min_detail: float = 0.0
    dedupe: bool = False
    val: int = 0
    max_pixels: int = 2**27

    def resolve(self, scale: int) -> "Options":
        """The options with tile and step as they are used for a scale.

        Raises:
            DatasetError: A value breaks its rule.
        """
        if self.tile != 0 and self.tile < scale:
            raise DatasetError(f"tile: must be 0 or at least the scale, {scale} (got {self.tile})")
        if self.tile == 0 and self.step is not None:
            raise DatasetError(f"step: must not be given for whole photos, tile 0 (got {self.step})")
        if self.small not in SMALL:
            raise DatasetError(f"small: must be one of {', '.join(SMALL)} (got {self.small!r})")
        tile = self.tile - self.tile % scale
        step = self.step if self.step is not None else max(1, tile // 2)
        if tile and not 1 <= step <= self.tile:
            raise DatasetError(f"step: must lie in 1..{self.tile}, the side of a tile (got {step})")
        if not 1 <= self.variants <= 1000:
            raise DatasetError(f"variants: must lie in 1..1000 (got {self.variants})")
        for name in ("shard_size", "max_pixels"):
            if getattr(self, name) < 1:
                raise DatasetError(f"{name}: must be >= 1 (got {getattr(self, name)})")
        for name in ("min_size", "val"):
            if getattr(self, name) < 0:
                raise DatasetError(f"{name}: must be >= 0 (got {getattr(self, name)})")
        if not 0 <= self.min_detail < math.inf:
            raise DatasetError(f"min_detail: must be >= 0 and finite (got {self.min_detail})")
        return replace(self, tile=tile, step=min(step, tile) if tile else None)


@dataclass(frozen=True)
class Shard:
    """One file of the dataset: the number among those of its split, and its photos."""

    split: str
    number: int
    of: int
    sources: tuple[Source, ...]

    @property
    def name(self) -> str:
        """The file's name without its extension, as `datasets` expects it."""
        return shard_name(self.split, self.number, self.of)


def shard_name(split: str, number: int, of: int) -> str:
    """A shard's name without its extension."""
    return f"{split}-{number:05d}-of-{of:05d}"


@dataclass(frozen=True)
class Plan:
    """What a dataset is made of, as JSON-able data; equal records mean equal datasets.

    Attributes:
        record: Recipe, options, photos, library versions, probe.
        left_out: Files that were found and not taken, by reason; it decides nothing.
    """

    record: dict[str, Any]
    left_out: dict[str, int]

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the record."""
        return hashlib.sha256(json.dumps(self.record, sort_keys=True).encode("ascii")).hexdigest()

    @property
    def format(self) -> str:
        """The name of the shards' format."""
        return str(self.record["shards"])

    @cached_property
    def shard_names(self) -> list[str]:
        """The names of all shards, in order."""
        names = []
        for split, photos in self.record["photos"].items():
            of = -(-len(photos) // self.record["options"]["shard_size"])
            names += [shard_name(split, number, of) for number in range(of)]
        return names

    def save(self, folder: Folder) -> None:
        """Write the plan into a dataset's folder."""
        data = {"hash": self.hash, "left_out": self.left_out} | self.record
        lines = [f" {json.dumps(name)}: {_dumps(value)}" for name, value in data.items()]
        folder.write_text(PATH, "{\n" + ",\n".join(lines) + "\n}\n")

    @classmethod
    def load(cls, folder: Folder) -> "Plan":
        """Read the plan of a dataset.

        Raises:
            DatasetError: There is none, or it is damaged.
        """
        try:
            data = json.loads(folder.read_text(PATH))
            stored, left_out = data.pop("hash"), data.pop("left_out")
            plan = cls(data, left_out)
            if plan.hash == stored and data["format"] == FORMAT:
                return plan
        except FileNotFoundError:
            raise DatasetError(f"dataset: no degradekit dataset there (got {folder.place!r})") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            pass
        raise DatasetError(
            f"dataset: its {PATH} is damaged or of another version; --overwrite starts anew (got {folder.place!r})"
        )

    def refuse_another(self, other: "Plan", folder: Folder) -> None:
        """Two plans in one folder must be equal.

        Raises:
            DatasetError: They differ; the message says in what.
        """
        own, others = ({**plan.record, **plan.record["options"], "options": None} for plan in (self, other))
        differing = [name for name in own | others if own.get(name) != others.get(name)]
        if differing:
            raise DatasetError(
                f"target: exists and was built otherwise, its plan differs in {', '.join(differing)}; "
                f"choose another target, or start anew with --overwrite (got {folder.place!r})"
            )


def _dumps(value: Any) -> str:
    """JSON, with lists of photos one a line, which is quicker to write and shorter to read than indenting all."""
    return json.dumps(value, ensure_ascii=False).replace('], ["', '],\n  ["')


def make_plan(
    recipe: Operator,
    options: Options,
    sources: Iterable[Source],
    left_out: dict[str, int],
    format: str,
    fingerprint: dict[str, Any],
) -> Plan:
    """The plan of a build.

    Args:
        recipe: With a scale.
        options: Resolved for that scale.
        sources: In the order of their keys.
        left_out: Of the scan.
        format: Of the shards.
        fingerprint: Of the workers, see `fingerprint`.
    """
    photos: dict[str, list[Any]] = {split: [] for split in SPLITS}
    for source in sources:
        photos[source.split].append([source.key, source.size])
    record = {
        "format": FORMAT,
        "recipe": recipe.to_dict(),
        "scale": recipe.lr_scale,
        "options": asdict(options),
        "shards": format,
        **fingerprint,
        "photos": {split: found for split, found in photos.items() if found},
    }
    return Plan(json.loads(json.dumps(record)), left_out)


def make_shards(sources: Iterable[Source], size: int) -> Iterator[Shard]:
    """The files of the dataset; a photo never spans two."""
    sources = tuple(sources)
    for split in SPLITS:
        of = -(-sum(source.split == split for source in sources) // size)
        photos = (source for source in sources if source.split == split)
        for number in range(of):
            yield Shard(split, number, of, tuple(islice(photos, size)))


def options_of(record: dict[str, Any]) -> Options:
    """The options in a plan's record."""
    return Options(**{field.name: record["options"][field.name] for field in fields(Options)})
