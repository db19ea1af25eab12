"""degradekit's datasets in the option files of BasicSR and its relatives, with a registry that stands in for theirs."""

import importlib
import shutil
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

from degradekit_models import OnTheFly

from degradekit import DatasetError


class Registry(dict):
    """Registers classes by name as the registries of the trainers do."""

    def register(self, item):
        assert item.__name__ not in self
        self[item.__name__] = item


@pytest.fixture
def trainers(monkeypatch):
    """Make a package of each name with a registry of datasets, import the wrappers, and return both."""

    def make(*names: str):
        monkeypatch.delitem(sys.modules, "degradekit_models.basicsr", raising=False)
        registries = {}
        for package in ("basicsr", "traiNNer", "neosr"):
            monkeypatch.setitem(sys.modules, package, None)
        for package in names:
            registries[package] = Registry()
            for name in (package, f"{package}.utils", f"{package}.utils.registry"):
                module = ModuleType(name)
                module.__spec__ = ModuleSpec(name, None)
                monkeypatch.setitem(sys.modules, name, module)
            module.DATASET_REGISTRY = registries[package]
        return importlib.import_module("degradekit_models.basicsr"), registries

    yield make
    sys.modules.pop("degradekit_models.basicsr", None)


@pytest.fixture
def wrappers(trainers):
    return trainers("basicsr")[0]


@pytest.fixture
def photo_options(photos) -> dict:
    return {
        "name": "mine", "type": "DegradekitOTFDataset", "phase": "train", "scale": 4, "io_backend": {"type": "disk"},
        "num_worker_per_gpu": 6, "batch_size_per_gpu": 12, "dataset_enlarge_ratio": 1, "prefetch_mode": None,
        "dataroot_gt": str(photos), "recipe": "real-esrgan", "target": "plain", "gt_size": 32, "tile": 64,
    }  # fmt: skip


@pytest.fixture
def pair_options(training_shards) -> dict:
    return {
        "name": "mine",
        "phase": "train",
        "scale": 4,
        "dataroot_gt": training_shards,
        "target": "plain",
        "gt_size": 32,
    }


def test_the_datasets_are_registered_where_a_registry_can_be_imported(trainers):
    wrappers, registries = trainers("basicsr", "neosr")
    names = {"DegradekitOTFDataset", "DegradekitPairsDataset"}
    assert all(registry.keys() == names for registry in registries.values())
    assert wrappers.register() == ["basicsr", "neosr"], "a second time, nothing is registered twice"


def test_without_a_trainer_the_import_fails_with_the_reasons(trainers):
    with pytest.raises(ImportError, match=r"needs one of its trainers \(basicsr: .*; traiNNer: .*; neosr: "):
        trainers()


def test_items_are_those_of_on_the_fly_with_paths(wrappers, photo_options, photos):
    dataset = wrappers.DegradekitOTFDataset(photo_options)
    item, pair = dataset[1], OnTheFly(photos, "real-esrgan", 32, 64)[1]
    assert all(torch.equal(item[name], pair[name]) for name in pair)
    assert item["lq_path"] == item["gt_path"] == "photos/chelsea.png"
    assert dataset.opt is photo_options
    sharpened = wrappers.DegradekitOTFDataset(photo_options | {"target": "sharpened"})[1]
    assert torch.equal(sharpened["gt"], pair["gt_usm"])
    assert torch.equal(sharpened["gt_usm"], pair["gt_usm"])


def test_an_epoch_is_long_as_trainers_repeat_it(wrappers, photo_options, pair_options):
    assert len(wrappers.DegradekitOTFDataset(photo_options)) == 1048580, "the least multiple of 5 photos >= 2^20"
    for patches_per_photo in (3, 1_000_000):
        dataset = wrappers.DegradekitOTFDataset(photo_options | {"patches_per_photo": patches_per_photo})
        assert len(dataset) == 5 * patches_per_photo
    with pytest.raises(IndexError):
        dataset[len(dataset)]
    dataset = wrappers.DegradekitPairsDataset(pair_options)
    assert 2**20 <= len(dataset) < 2**20 + 100
    assert not torch.equal(dataset[0]["lq"], dataset[len(dataset) - 1]["lq"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": None}, r"^target: must be given, as LRs are made from sharpened HRs; `plain` .* SRModel$"),
        ({"target": "usm"}, r"^target: must be 'plain' or 'sharpened' \(got 'usm'\)$"),
        ({"gt_szie": 256}, r"^gt_szie: unknown field; known: .*; did you mean 'gt_size'\?$"),
        ({"blur_kernel_size": 21}, r"^blur_kernel_size: unknown field"),
        ({"use_hflip": "yes"}, r"^use_hflip: must be true or false \(got 'yes'\)$"),
        ({"recipe": None}, r"^recipe: must be given$"),
        ({"dataroot_gt": "no such folder"}, r"^source: .*\(got '.*no such folder'\)$"),
        ({"gt_size": 30}, r"^patch: must be a multiple of the scale, 4"),
    ],
)
def test_wrong_options_are_refused(change, message, wrappers, photo_options):
    with pytest.raises(DatasetError, match=message):
        wrappers.DegradekitOTFDataset(photo_options | change)


def test_on_the_fly_takes_tiles_and_the_photos_of_a_validation_set(wrappers, photo_options, training_shards, tmp_path):
    tiles = wrappers.DegradekitOTFDataset(photo_options | {"dataroot_gt": training_shards})
    assert tiles[0]["lq_path"] == "00000000"
    shutil.copytree(photo_options["dataroot_gt"], tmp_path / "valid")
    val = wrappers.DegradekitOTFDataset(photo_options | {"phase": "val", "dataroot_gt": str(tmp_path)})
    assert len(val) == 5
    unmoved = OnTheFly(tmp_path, "real-esrgan", 32, 64, flip=False, split="validation")
    assert all(torch.equal(val[index]["gt"], unmoved[index]["gt"]) for index in range(5))


def test_a_recipe_that_does_not_sharpen_needs_no_target(wrappers, photo_options):
    dataset = wrappers.DegradekitOTFDataset(photo_options | {"recipe": "bicubic", "target": None})
    item = dataset[0]
    assert torch.equal(item["gt"], item["gt_usm"])


def test_the_scale_is_the_trainers(wrappers, photo_options, pair_options):
    item = wrappers.DegradekitOTFDataset(photo_options | {"scale": 2})[0]
    assert item["lq"].shape == (3, 16, 16)
    with pytest.raises(DatasetError, match=r"scale: must be that of the pairs in dataroot_gt, 4 \(got 2\)"):
        wrappers.DegradekitPairsDataset(pair_options | {"scale": 2})


def test_patches_are_measured_in_the_lr_where_the_trainer_does(wrappers, photo_options):
    for name in ("lq_size", "patch_size"):
        item = wrappers.DegradekitOTFDataset(photo_options | {"gt_size": None, name: 12})[0]
        assert item["lq"].shape == (3, 12, 12)


def test_strict_option_files_hold_the_fields_in_io_backend(wrappers, photos):
    """traiNNer-redux passes an object with its own fields, each with a default, and refuses other fields."""
    opt = SimpleNamespace(
        name="mine", type="DegradekitOTFDataset", phase="train", scale=4, dataroot_gt=[str(photos)], gt_size=32,
        lq_size=None, use_hflip=True, use_rot=True, blur_kernel_size=12, filename_tmpl="{}",
        io_backend={"type": "degradekit", "recipe": "real-esrgan", "target": "sharpened", "tile": 64},
    )  # fmt: skip
    item = wrappers.DegradekitOTFDataset(opt)[0]
    expected = OnTheFly(photos, "real-esrgan", 32, 64, rotate=True)[0]
    assert torch.equal(item["gt"], expected["gt_usm"])
    opt.io_backend["tiel"] = 64
    with pytest.raises(DatasetError, match="did you mean 'tile'"):
        wrappers.DegradekitOTFDataset(opt)


def test_pairs_are_patches_to_train_on_and_whole_tiles_to_validate_on(wrappers, pair_options):
    item = wrappers.DegradekitPairsDataset(pair_options)[0]
    assert (item["lq"].shape, item["gt"].shape) == ((3, 8, 8), (3, 32, 32))
    val = wrappers.DegradekitPairsDataset(pair_options | {"phase": "val"})
    item = val[0]
    assert (item["lq"].shape, item["gt"].shape) == ((3, 24, 24), (3, 96, 96))
    assert item["lq_path"] == "00000000"
    assert len({val[index]["lq_path"] for index in range(len(val))}) == len(val)
    with pytest.raises(DatasetError, match="target: must be given"):
        wrappers.DegradekitPairsDataset(pair_options | {"target": None})


def test_items_lie_on_the_cpu_whatever_the_default_device_is(wrappers, photo_options, pair_options):
    """neosr makes CUDA the default device, which its forked workers cannot use."""
    with torch.device("meta"):
        for dataset in (wrappers.DegradekitOTFDataset(photo_options), wrappers.DegradekitPairsDataset(pair_options)):
            item = dataset[0]
            assert {item[name].device.type for name in ("lq", "gt", "gt_usm")} == {"cpu"}
            assert dataset.label == "images"
