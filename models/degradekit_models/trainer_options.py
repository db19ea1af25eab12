"""The options of degradekit's datasets in the option files of BasicSR, traiNNer-redux and neosr."""

from collections.abc import Mapping
from dataclasses import field, fields
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Strict

from degradekit.errors import DatasetError
from degradekit.fields import Between, Flag, Integer, Stored, Text, listed
from degradekit.limits import MAX_PATCH
from degradekit.mistakes import validated

_BACKEND = "degradekit"
_FIELDS_OF_TRAINERS = {
    "name", "type", "io_backend", "num_worker_per_gpu", "batch_size_per_gpu", "batch_size", "use_shuffle",
    "dataset_enlarge_ratio", "prefetch_mode", "num_prefetch_queue", "prefetch_factor", "pin_memory",
    "persistent_workers", "accumulate", "accum_iter", "augmentation", "aug_prob",
}  # fmt: skip
"""Options of a dataset that the trainers' own loaders and models read."""

Options = TypeVar("Options", bound="PairsOptions")
Roots = Annotated[
    tuple[str, ...],
    Stored(Annotated[tuple[Text, ...], Strict()], lambda roots: listed([roots] if isinstance(roots, str) else roots)),
]
Side = Annotated[Integer, Between(1, MAX_PATCH)]


@validated(DatasetError)
class PairsOptions:
    """The options of both datasets.

    Attributes:
        dataroot_gt: Photos, or datasets.
        scale: HR side / LR side; the trainer sets it.
        target: Which image is `gt`.
        gt_size: Side of the HR patch.
        lq_size, patch_size: Side of the LR patch, as traiNNer-redux and neosr name it.
        seed: Seed of everything that is drawn.
        use_hflip, use_rot: Mirror half of the photos, or patches; turn them by right angles.
        phase: `train`, or `val`; the trainer sets it.
    """

    dataroot_gt: Roots
    scale: Annotated[Integer, Between(1)]
    target: Literal["plain", "sharpened"] | None = None
    gt_size: Side | None = None
    lq_size: Side | None = None
    patch_size: Side | None = None
    seed: Integer = 0
    use_hflip: Flag = True
    use_rot: Flag = False
    phase: Text = "train"

    @property
    def is_training(self) -> bool:
        """Whether the items are trained on, and not validated on."""
        return self.phase == "train"

    @property
    def patch(self) -> int:
        """Side of the HR patch."""
        small = self.lq_size or self.patch_size
        return self.gt_size or (small * self.scale if small else 256)


@validated(DatasetError)
class OTFOptions(PairsOptions):
    """The further options of pairs that are made on the fly.

    Attributes:
        recipe: The name of a preset, or the path of a YAML file.
        tile: Side of what is cut from a photo and degraded.
        patches_per_photo: Items of each photo in an epoch; None for a long epoch.
    """

    recipe: Text = field(kw_only=True)
    tile: Side = 400
    patches_per_photo: Annotated[Integer, Between(1)] | None = None


def read_options(opt: Any, options: type[Options]) -> Options:
    """Return the options of a dataset from what a trainer hands over.

    Args:
        opt: A mapping, or the object of traiNNer-redux, which has a default in each of its own fields and allows no
            others; ours are then in its field `io_backend`, beside `type: degradekit`.
        options: The class of the options.

    Raises:
        DatasetError: A field breaks its rule, or is neither ours nor the trainer's.
    """
    if isinstance(opt, Mapping):
        given = dict(opt)
    else:
        given = {name: getattr(opt, name, None) for name in ("io_backend", *(each.name for each in fields(options)))}
    backend = given.get("io_backend")
    if isinstance(backend, Mapping) and backend.get("type") == _BACKEND:
        given |= {name: value for name, value in backend.items() if name != "type"}
    others = {name for name, value in given.items() if name in _FIELDS_OF_TRAINERS or value is None}
    return options(**{name: value for name, value in given.items() if name not in others})
