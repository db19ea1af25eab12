"""degradekit's pairs in the option files of BasicSR and its relatives.

`import degradekit_models.basicsr` makes `DegradekitOTFDataset` and `DegradekitPairsDataset` known to those of BasicSR,
traiNNer-redux and neosr that can be imported, as values of `type` in the options of a dataset.

The fields of the options have BasicSR's names where it has them; see `trainer_options`.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from torch import Tensor
from torch.utils.data import Dataset

from degradekit.dataset import Pairs
from degradekit.degradation import Degradation
from degradekit.errors import DatasetError, Mistake
from degradekit.functional.levels import to_float
from degradekit_models.epochs import position_of
from degradekit_models.on_the_fly import OnTheFly
from degradekit_models.pair_patches import PairPatches
from degradekit_models.tensors import to_tensor
from degradekit_models.trainer_options import OTFOptions, PairsOptions, read_options

TRAINERS = ("basicsr", "traiNNer", "neosr")
"""Packages with a registry of datasets, `utils.registry.DATASET_REGISTRY`."""
_ITEMS = 2**20
"""Least items of an epoch. The trainers do not pass the epoch to a dataset, so each epoch repeats the same items."""
_TRIALS = 8

Item = dict[str, Tensor | str]


class DegradekitOTFDataset(Dataset[Item]):
    """Pairs that are made on the fly, from the options of a dataset.

    Args:
        opt: `dataroot_gt` (photos, as `OnTheFly` takes them), `recipe` (a preset's name or a YAML file), `scale` (the
            trainer sets it), `target` (`plain` or `sharpened`: which image is `gt`; required where the recipe
            sharpens), `gt_size` (256; or the LR's, `lq_size` or `patch_size`), `tile` (400), `seed` (0),
            `patches_per_photo` (as many as an epoch of a million items needs), `use_hflip` (true), `use_rot` (false),
            and what trainers read themselves, such as `batch_size_per_gpu`.

    Raises:
        DatasetError: A field is unknown or breaks its rule, or there are no photos.
        RecipeError: There is no such recipe.
    """

    label = "images"
    """The word for items in the log of traiNNer-redux."""

    def __init__(self, opt: Any) -> None:
        self.opt = opt
        options = read_options(opt, OTFOptions)
        roots, training = options.dataroot_gt, options.is_training
        self._pairs = OnTheFly(
            roots[0] if len(roots) == 1 else roots, options.recipe, options.patch, options.tile, options.seed,
            options.patches_per_photo or (_ITEMS if training else 1), flip=training and options.use_hflip,
            rotate=training and options.use_rot, split="train" if training else "validation", scale=options.scale,
        )  # fmt: skip
        is_long = training and options.patches_per_photo is None
        self._length = _long_enough(self._pairs.photos) if is_long else len(self._pairs)
        self._gt = _gt_of(options.target, self._pairs.sharpens)

    def __len__(self) -> int:
        """Return the number of items in an epoch."""
        return self._length

    def __getitem__(self, index: int) -> Item:
        """Return `lq`, `gt` and `gt_usm` as `OnTheFly` does, `gt` being the target, and `lq_path` and `gt_path`."""
        position = position_of(index, self._length)
        return _item(self._pairs[position], self._gt, self._pairs.photo_name(position))


class DegradekitPairsDataset(Dataset[Item]):
    """Pairs from degradekit datasets, from the options of a dataset: patches to train on, whole tiles to validate on.

    Args:
        opt: `dataroot_gt` (a Parquet dataset of degradekit, or several), and of those that `DegradekitOTFDataset` takes
            `scale`, `target`, `gt_size`, `seed`, `use_hflip` and `use_rot`.

    Raises:
        DatasetError: A field is unknown or breaks its rule, or a dataset cannot be read.
    """

    label = "images"

    def __init__(self, opt: Any) -> None:
        self.opt = opt
        options = read_options(opt, PairsOptions)
        self._pairs: PairPatches | _WholePairs
        if options.is_training:
            self._pairs = PairPatches(
                options.dataroot_gt, options.patch, options.seed, _ITEMS, flip=options.use_hflip,
                rotate=options.use_rot,
            )  # fmt: skip
            self._length = _long_enough(self._pairs.tiles)
        else:
            self._pairs = _WholePairs(options.dataroot_gt)
            self._length = len(self._pairs)
        if self._pairs.scale != options.scale:
            raise DatasetError(
                Mistake("scale", f"must be that of the pairs in dataroot_gt, {self._pairs.scale}", options.scale)
            )
        trials = (self._pairs[index] for index in range(min(_TRIALS, len(self._pairs))))
        sharpens = any(not trial["gt"].equal(trial["gt_usm"]) for trial in trials)
        self._gt = _gt_of(options.target, sharpens)

    def __len__(self) -> int:
        """Return the number of items in an epoch."""
        return self._length

    def __getitem__(self, index: int) -> Item:
        """Return `lq`, `gt` (the target), `gt_usm`, `lq_path` and `gt_path`."""
        position = position_of(index, self._length)
        return _item(self._pairs[position], self._gt, f"{position:08}")


class _WholePairs:
    """The whole tiles of the split `validation`."""

    def __init__(self, shards: tuple[str, ...]) -> None:
        if len(shards) != 1:
            raise DatasetError(Mistake("dataroot_gt", "must be a single dataset to validate on", list(shards)))
        self._pairs = Pairs(shards[0], "validation")
        self.scale = self._pairs.scale

    def __len__(self) -> int:
        return len(self._pairs)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        pair = self._pairs[index]
        hr = to_float(pair.hr)
        target = Degradation.target_from_json(pair.degradation)
        images = {"lq": to_float(pair.lr), "gt": hr, "gt_usm": target.target(hr)}
        return {name: to_tensor(image) for name, image in images.items()}


def _gt_of(target: str | None, sharpens: bool) -> str:
    """Return the name of the image that is the trainer's `gt`.

    Raises:
        DatasetError: The LRs are made from sharpened HRs, and `target` does not choose which HR is `gt`.
    """
    if target is None and sharpens:
        raise DatasetError(
            "target: must be given, as LRs are made from sharpened HRs; `plain` makes the HR itself `gt`, for models"
            " that sharpen it, such as RealESRGANModel, and `sharpened` makes the sharpened HR `gt`, for all others,"
            " such as SRModel"
        )
    return "gt_usm" if target == "sharpened" else "gt"


def _item(pair: dict[str, Tensor], gt: str, name: str) -> Item:
    return {"lq": pair["lq"], "gt": pair[gt], "gt_usm": pair["gt_usm"], "lq_path": name, "gt_path": name}


def _long_enough(sources: int) -> int:
    """Return the least multiple of the number of photos or tiles that is a long epoch."""
    return -(-_ITEMS // sources) * sources


def register() -> list[str]:
    """Register the datasets with the trainers that can be imported, and return their packages.

    Raises:
        ImportError: None can be.
    """
    registered, failures = [], []
    for package in TRAINERS:
        try:
            if find_spec(package) is None:
                raise ImportError("it is not installed")
            registry = import_module(f"{package}.utils.registry").DATASET_REGISTRY
        except ImportError as error:
            failures.append(f"{package}: {error}")
            continue
        for dataset in (DegradekitOTFDataset, DegradekitPairsDataset):
            if dataset.__name__ not in registry:
                registry.register(dataset)
        registered.append(package)
    if not registered:
        raise ImportError(f"degradekit_models.basicsr needs one of its trainers ({'; '.join(failures)})")
    return registered


register()
