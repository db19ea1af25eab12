"""The plan: everything that decides the content of a dataset, and nothing else."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, NamedTuple

from pydantic import ConfigDict

from degradekit import recipes
from degradekit.dataset.formats import find_format
from degradekit.dataset.layout import PLAN
from degradekit.dataset.options import Options
from degradekit.dataset.photos import PhotoSet, Shards
from degradekit.dataset.stored import Count, Counts, Listed, Sha256, StoredType, errors_as_damage, mapping
from degradekit.errors import DatasetError
from degradekit.fields import Between, Integer, Text
from degradekit.limits import MAX_JSON_BYTES, MAX_SCALE
from degradekit.operators.base import Operator
from degradekit.retrying import as_dataset_error
from degradekit.services import MISSING
from degradekit.storage import Folder

PLAN_VERSION = 2
_CURE = "delete the folder to build it anew"
_DEFAULTS = Options()
_LATER_OPTIONS = ("training_target", "picture_format", "min_sharpness", "max_blockiness")
"""Options that plans leave out where they are the default: plans from before there were these keep their hashes."""


class Fingerprint(NamedTuple):
    """What decides pixels besides the plan.

    Attributes:
        packages: Versions of the packages that compute, by name.
        probe: Hash of degradations of a built-in picture.
    """

    packages: dict[Text, Text]
    probe: Text


@dataclass(frozen=True)
class Filter:
    """A choice among the pairs of a dataset.

    Attributes:
        where: The condition that all pairs of the new dataset meet; docs/records.md explains it.
        pairs: Number of pairs among which it chose.
        digest: The digest of the dataset that these are.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    where: Text
    pairs: Count
    digest: Sha256


@dataclass(frozen=True)
class Plan:
    """What a dataset is made of; equal plans mean equal datasets.

    Attributes:
        recipe_data: The recipe as plain data: a dataset can be read where the recipe's operators are not installed.
        options: The options, resolved for the scale.
        scale: HR side / LR side.
        fingerprint: The fingerprint that a machine must have to work on it.
        photos: Counts and digest of the photos, whose list is a separate table, `PhotoTable`.
        left_out: Files that the scan did not take, by reason; this decides nothing and is no part of the hash.
        degraded_from: The digest of the dataset whose HR tiles are degraded anew; None for a build from photos.
        filters: What chose pairs among those that were built, in the order in which this was done.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    recipe_data: dict[str, Any]
    options: Options
    scale: Annotated[Integer, Between(1, MAX_SCALE)]
    fingerprint: Fingerprint
    photos: PhotoSet
    left_out: Counts
    degraded_from: Sha256 | None = None
    filters: Listed[Filter] = ()

    @cached_property
    def recipe(self) -> Operator:
        """The recipe.

        Raises:
            RecipeError: One of its operators is not known.
        """
        return recipes.from_dict(self.recipe_data)

    @cached_property
    def shards(self) -> Shards:
        """The name of each shard, in order, with the rows of its photos in the table."""
        return self.photos.shards(self.options.shard_size)

    def left_out_by_filters(self, pairs: int) -> dict[str, int]:
        """Return how many pairs each filter has left out, by its description.

        Args:
            pairs: Number of pairs that the dataset holds.
        """
        chosen_among = [*(each.pairs for each in self.filters), pairs]
        return {
            f"pairs that do not meet {' '.join(each.where.split())}, of the dataset with the digest"
            f" {each.digest}": before - after
            for each, (before, after) in zip(self.filters, pairwise(chosen_among), strict=True)
        }

    @cached_property
    def hash(self) -> str:
        """SHA-256 of everything that decides the content."""
        return hashlib.sha256(json.dumps(self._to_dict(), sort_keys=True).encode("ascii")).hexdigest()

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is cached: tasks that hold the plan would each take the names of all shards along."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def _to_dict(self) -> dict[str, Any]:
        options = asdict(self.options)
        for name in _LATER_OPTIONS:
            if options[name] == getattr(_DEFAULTS, name):
                del options[name]
        # Plans without filters keep the hashes from before there were any.
        filters = {"filters": [asdict(each) for each in self.filters]} if self.filters else {}
        return {
            "version": PLAN_VERSION,
            "recipe": self.recipe_data,
            "scale": self.scale,
            "options": options,
            "fingerprint": self.fingerprint._asdict(),
            "photos": asdict(self.photos),
            "degraded_from": self.degraded_from,
        } | filters

    def save(self, folder: Folder) -> None:
        """Write the plan into the folder of its dataset."""
        data = {"hash": self.hash, "left_out": self.left_out} | self._to_dict()
        lines = [f" {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in data.items()]
        folder.write_text(PLAN, "{\n" + ",\n".join(lines) + "\n}\n")

    @classmethod
    def load(cls, folder: Folder) -> "Plan":
        """Read the plan of a dataset.

        Raises:
            DatasetError: There is none, or it is damaged or of another version.
        """
        try:
            with as_dataset_error(f"dataset: its {PLAN} cannot be read", folder.location, passing=MISSING):
                content = folder.read_bytes(PLAN, MAX_JSON_BYTES)
        except MISSING:
            raise DatasetError(
                f"dataset: is not a degradekit dataset; give the folder that holds {PLAN} (got {folder.location!r})"
            ) from None
        with errors_as_damage(PLAN, folder, _CURE):
            data = mapping(content)
        if data.pop("version", None) != PLAN_VERSION:
            raise DatasetError(
                f"dataset: was built by another version of degradekit, whose plans this one does not read; {_CURE}"
                f" (got {folder.location!r})"
            )
        plan_hash = data.pop("hash", None)
        with errors_as_damage(PLAN, folder, _CURE):
            plan = _STORED.from_data(data | {"recipe_data": data.pop("recipe", None)})
            find_format(plan.options.format)
            if plan_hash != plan.hash:
                raise DatasetError("its hash is not that of its content")
        return plan

    def refuse_another(self, other: "Plan", folder: Folder) -> None:
        """Refuse a folder that was built with another plan.

        Raises:
            DatasetError: The plans differ; the message names the fields.
        """
        own, others = (
            plan._to_dict() | asdict(plan.options) | {"options": None, "filters": plan.filters}
            for plan in (self, other)
        )
        differing = [name for name, value in own.items() if value != others[name]]
        if "recipe" in differing and "fingerprint" in differing:
            differing.remove("fingerprint")  # it is one for the recipe
        if differing == ["fingerprint"]:
            raise DatasetError(
                f"target: was built with {self._other_arithmetic(other)}, which may make other pixels; finish it there,"
                f" choose another target, or replace it with overwrite=True (got {folder.location!r})"
            )
        if differing:
            raise DatasetError(
                f"target: was built with a different plan, which differs in {', '.join(differing)};"
                f" choose another target, or replace it with overwrite=True (got {folder.location!r})"
            )

    def _other_arithmetic(self, other: "Plan") -> str:
        own, others = self.fingerprint.packages, other.fingerprint.packages
        packages = sorted(name for name in {*own, *others} if own.get(name) != others.get(name))
        return f"other versions of {', '.join(packages)}" if packages else "another degradekit, or on another processor"


_STORED = StoredType(Plan)
