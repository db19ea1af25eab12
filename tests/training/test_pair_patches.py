"""Patches from shards for other trainers."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from degradekit_models import PairPatches, pairs_on_device
from degradekit_models.patches import Patches
from torch.utils.data import DataLoader, default_collate

from degradekit import DatasetError, Degradation
from degradekit.dataset import Pairs
from degradekit.functional.unsharp import TOLERANCE


def test_items_are_the_trainers_patches_as_rgb_images_in_the_unit_range(training_shards):
    pairs, patches = PairPatches(training_shards, 32, seed=1), Patches([training_shards], 32, seed=1)
    assert len(pairs) == pairs.tiles == len(patches)
    item, lr = pairs[3], patches[3]["lr"]
    assert {name: tuple(image.shape) for name, image in item.items()} == {
        "lq": (3, 8, 8), "gt": (3, 32, 32), "gt_usm": (3, 32, 32),
    }  # fmt: skip
    assert torch.equal(item["lq"], lr.permute(2, 0, 1) / 255)


def test_gt_usm_is_what_the_lr_was_made_from(training_shards):
    """A patch as large as the tile is the tile, sharpened by its record, but the margin shifts the coarse grid.

    Both are within a quarter of a gray level of the formula, and in the mean much closer to each other.
    """
    pairs = PairPatches(training_shards, 96, flip=False)
    tiles = {}
    for pair in Pairs(training_shards):
        target = Degradation.from_json(pair.degradation).target(pair.hr.astype(np.float32) / np.float32(255))
        tiles[pair.lr.tobytes()] = pair.hr, target
    for index in range(len(pairs)):
        item = {name: image.permute(1, 2, 0).numpy() for name, image in pairs[index].items()}
        hr, target = tiles[np.rint(item["lq"] * 255).astype(np.uint8).tobytes()]
        assert np.array_equal(np.rint(item["gt"] * 255), hr)
        np.testing.assert_allclose(item["gt_usm"], target, rtol=0, atol=2 * TOLERANCE)
        assert np.abs(item["gt_usm"] - target).mean() < TOLERANCE / 10


@pytest.mark.parametrize("rotate", [False, True])
def test_the_device_sharpens_as_the_cpu_does(rotate, training_shards):
    """The CPU blurs on a coarse grid, within a quarter of a gray level except where a residual is at the threshold."""
    options = {"patch": 64, "rotate": rotate}
    on_cpu, later = (PairPatches(training_shards, sharpen=where, **options) for where in ("cpu", "device"))
    batch = pairs_on_device(default_collate([later[index] for index in range(6)]), "cpu")
    expected = default_collate([on_cpu[index] for index in range(6)])
    assert torch.equal(batch["lq"], expected["lq"])
    assert torch.equal(batch["gt"], expected["gt"])
    difference = (batch["gt_usm"] - expected["gt_usm"]).abs()
    assert (difference > TOLERANCE).float().mean() < 0.001
    assert difference.mean() < TOLERANCE / 10


def test_epochs_reach_persistent_workers(training_shards):
    pairs = PairPatches(training_shards, 32, patches_per_tile=2)
    loader = DataLoader(pairs, batch_size=None, num_workers=1, persistent_workers=True)
    epochs = []
    for epoch in range(2):
        pairs.set_epoch(epoch)
        epochs.append([item["lq"] for item in loader])
        assert all(map(torch.equal, epochs[-1], (pairs[index]["lq"] for index in range(len(pairs)))))
    assert not any(map(torch.equal, *epochs))


def test_rotated_pairs_still_belong_together(training_shards):
    straight, rotated = (PairPatches(training_shards, 32, rotate=rotate) for rotate in (False, True))
    turns = set()
    for index in range(12):
        item, other = straight[index], rotated[index]
        turned = [
            quarters
            for quarters in range(4)
            if all(torch.equal(other[name], item[name].rot90(quarters, (1, 2))) for name in ("lq", "gt"))
        ]
        assert len(turned) == 1
        turns.update(turned)
    assert len(turns) > 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"patches_per_tile": 0}, r"patches_per_tile: must be >= 1 \(got 0\)"),
        ({"sharpen": "gpu"}, r"sharpen: must be 'cpu' or 'device' \(got 'gpu'\)"),
        ({"patch": 30}, r"patch: must be a multiple of the scale, 4 \(got 30\)"),
        ({"patch": 128}, r"patch: must be at most the side of every HR tile"),
    ],
)
def test_wrong_arguments_are_refused(options, message, training_shards):
    with pytest.raises(DatasetError, match=message):
        PairPatches(training_shards, **{"patch": 32, **options})
