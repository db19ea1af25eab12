"""The patches that are trained on."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from degradekit_models.patches import Batches, Patches, load_patches
from degradekit_models.sharpening import MARGIN, sharpen, without_margin
from small_datasets import IN_PROCESS

from degradekit import DegradekitError, HighOrder, Maybe, Resize, Sequence, Sharpen
from degradekit.dataset import Options, Pairs, synthesize


def test_patches_are_a_function_of_their_number_and_every_tile_comes_once_an_epoch(tiles):
    patches, again = Patches([tiles], 32, seed=1), Patches([tiles], 32, seed=1)
    items = [patches[number] for number in range(2 * len(patches))]
    assert all(torch.equal(again[number]["lr"], items[number]["lr"]) for number in (5, 0, len(patches) + 2))
    assert items[0]["hr"].shape == (32 + 2 * MARGIN, 32 + 2 * MARGIN, 3)
    assert items[0]["lr"].shape == (8, 8, 3)
    assert len(patches) == len(Pairs(tiles)) // 2
    from degradekit_models.patches import _order

    first, second = (_order(1, epoch, len(patches)).tolist() for epoch in (0, 1))
    assert sorted(first) == sorted(second) == list(range(len(patches)))
    assert first != second


def test_lr_and_hr_of_a_patch_belong_together(photos, tmp_path):
    """With nearest-neighbor downscaling every LR pixel is one of the HR's."""
    nearest = Sequence((Resize(filters={"nearest": 1}, to="lr"),), scale=4)
    synthesize(photos, tmp_path / "s", nearest, Options(tile=96), engine=IN_PROCESS)
    patches = Patches([str(tmp_path / "s")], 32, seed=0)
    flipped = 0
    for number in range(20):
        item = patches[number]
        hr = item["hr"][MARGIN:-MARGIN, MARGIN:-MARGIN]
        plain, mirrored = (torch.equal(hr[2::4, columns::4], item["lr"]) for columns in (2, 1))
        assert plain or mirrored
        flipped += not plain
    assert 0 < flipped < 20


@pytest.mark.parametrize(("parts", "world"), [(1, 1), (3, 1), (1, 2), (2, 3)])
def test_all_processes_and_parts_together_take_the_same_patches(parts, world):
    taken = [[] for _ in range(2)]
    for rank in range(world):
        batches = list(Batches(4, 6, 12, parts, rank, world))
        assert len(batches) == len(Batches(4, 6, 12, parts, rank, world)) == 2 * parts
        for number, batch in enumerate(batches):
            taken[number // parts] += batch
    assert [sorted(numbers) for numbers in taken] == [list(range(48, 60)), list(range(60, 72))]


def test_every_epoch_chooses_among_the_variants_of_a_tile(tiles):
    pairs = Pairs(tiles)
    patches = Patches([tiles], 96, seed=1, flip=False)
    chosen = []
    for number in range(3 * len(patches)):
        lr = patches[number]["lr"].numpy()
        (found,) = {index for index in range(len(pairs)) if np.array_equal(pairs[index].lr, lr)}
        chosen.append(divmod(found, pairs.variants))
    epochs = [dict(chosen[start : start + len(patches)]) for start in range(0, len(chosen), len(patches))]
    assert all(epoch.keys() == set(range(len(patches))) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]
    # Of n fair choices between two, either is taken n / 2 times, give or take sqrt(n) / 2.
    taken = [variant for _, variant in chosen]
    assert abs(sum(taken) - len(taken) / 2) < 5 * len(taken) ** 0.5 / 2


def test_targets_are_sharpened_as_the_lr_was(tiles, photos, tmp_path):
    """Weight and threshold come from each row's record: a third of these HRs were not sharpened."""
    plain, mixed = tmp_path / "plain", tmp_path / "mixed"
    synthesize(photos, plain, HighOrder(sharpen=None), Options(tile=96), engine=IN_PROCESS)
    sometimes = Sequence((Maybe(Sharpen(weight=0.8, threshold=5), 0.5), Resize(filters={"area": 1}, to="lr")), scale=4)
    synthesize(photos, mixed, sometimes, Options(tile=96, step=24), engine=IN_PROCESS)
    drawn = {
        str(place): {tuple(patches[number]["sharpening"].tolist()) for number in range(len(patches))}
        for place in (tiles, plain, mixed)
        for patches in [Patches([str(place)], 32, seed=0)]
    }
    assert drawn == {tiles: {(0.5, 10)}, str(plain): {(0, 0)}, str(mixed): {(0, 0), (np.float32(0.8).item(), 5)}}
    images = torch.from_numpy(np.random.default_rng(0).random((2, 3, 32 + 2 * MARGIN, 40 + 2 * MARGIN), np.float32))
    column = torch.tensor([0.8, 0.0]).view(2, 1, 1, 1)
    both = sharpen(images, column, 5.0)
    # A batch of one may be summed in another order. A residual at the threshold that is masked for that reason moves
    # the blurred mask by taps[25]^2 < 0.0025 at most, and the result by 0.8 * 5 / 255 of it: ten at one place are 4e-4.
    assert (both[:1] - sharpen(images[:1], 0.8, 5.0)).abs().max() < 4e-4
    assert (both[1] - without_margin(images)[1]).abs().max() < 1e-6
    assert (both[0] - without_margin(images)[0]).abs().max() > 0.05
    odd = Sequence((Sharpen(size=21), Resize(filters={"area": 1}, to="lr")), scale=4)
    synthesize(photos, tmp_path / "odd", odd, Options(tile=96), engine=IN_PROCESS)
    with pytest.raises(DegradekitError, match=r"shards: HR that is sharpened must be with 51 taps \(got 21"):
        Patches([str(tmp_path / "odd")], 32, seed=0)[0]


@pytest.mark.parametrize("workers", [0, 1])
def test_a_shard_that_cannot_be_read_is_named(photos, workers, tmp_path):
    synthesize(photos, tmp_path / "s", HighOrder(), Options(tile=96), engine=IN_PROCESS)
    patches = Patches([str(tmp_path / "s")], 32, seed=0)
    (shard,) = (tmp_path / "s" / "data").glob("*.parquet")
    data = shard.read_bytes()
    shard.write_bytes(data[: len(data) // 2])
    with pytest.raises(DegradekitError, match=rf"^shards: .*{shard.name} cannot be read \("):
        next(load_patches(patches, Batches(0, 1, 2), workers, pin=False))
