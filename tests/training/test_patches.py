"""The patches that are trained on."""

import multiprocessing

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from degradekit_models.loading import Batches, load_patches
from degradekit_models.patches import Patches
from degradekit_models.sharpening import MARGIN
from small_datasets import IN_PROCESS

from degradekit import Chain, DegradekitError, HighOrder, Maybe, Resize, Sharpen
from degradekit.dataset import Options, Pairs, filter_pairs, synthesize
from degradekit.dataset.pair import Pair


def test_patches_are_a_function_of_seed_and_index(training_shards):
    patches, again = Patches([training_shards], 32, seed=1), Patches([training_shards], 32, seed=1)
    items = [patches[index] for index in range(len(patches) + 3)]
    assert all(torch.equal(again[index]["lr"], items[index]["lr"]) for index in (5, 0, len(patches) + 2))
    other = Patches([training_shards], 32, seed=2)
    assert any(not torch.equal(other[index]["lr"], items[index]["lr"]) for index in range(5))
    assert items[0]["hr"].shape == (32 + 2 * MARGIN, 32 + 2 * MARGIN, 3)
    assert items[0]["lr"].shape == (8, 8, 3)


def test_a_patch_larger_than_some_tile_is_refused_before_any_is_read(photos, tmp_path, monkeypatch):
    """One small photo that was kept small, or tiles that are all too small: by the tiles' column, or by the plan."""
    options = Options(tile=96, small="keep", shard_size=1)
    synthesize(photos, tmp_path / "kept", HighOrder(), options, engine=IN_PROCESS)
    synthesize(photos, tmp_path / "padded", HighOrder(), Options(tile=96), engine=IN_PROCESS)
    monkeypatch.setattr(Pair, "of", None)
    with pytest.raises(
        DegradekitError, match=r"^patch: .* every HR tile; 'photos/more/small.webp' has one of 68 x 48 \(got 64\)$"
    ):
        Patches([str(tmp_path / "kept")], 64, seed=0)
    assert len(Patches([str(tmp_path / "kept")], 48, seed=0)) > 1
    with pytest.raises(DegradekitError, match=r"^patch: .* every HR tile; these are of 96 x 96 \(got 128\)$"):
        Patches([str(tmp_path / "padded")], 128, seed=0)
    assert len(Patches([str(tmp_path / "padded")], 96, seed=0)) > 1


@pytest.mark.parametrize(("processors", "asked", "expected"), [(1, None, 1), (2, None, 2), (64, None, 4), (1, 3, 3)])
def test_as_many_processes_read_as_there_are_processors_and_at_most_four(
    processors, asked, expected, training_shards, monkeypatch, recwarn
):
    made = []

    class Loader(torch.utils.data.DataLoader):
        def __iter__(self):
            made.append(self.num_workers)
            return iter([])

    monkeypatch.setattr("degradekit_models.loading.processors", lambda: processors)
    monkeypatch.setattr("degradekit_models.loading.DataLoader", Loader)
    assert list(load_patches(Patches([training_shards], 32, seed=0), Batches(0, 1, 2), asked, pin=False)) == []
    assert made == [expected]
    assert not recwarn.list


def chosen_rows(training_shards, epochs: int) -> list[list[tuple[int, int]]]:
    """Return the (tile, variant) of each patch of each epoch, found by patches as large as the tiles."""
    pairs, patches = Pairs(training_shards), Patches([training_shards], 96, seed=1, flip=False)
    rows = {pair.lr.tobytes(): divmod(index, pairs.variants) for index, pair in enumerate(pairs)}
    assert len(rows) == len(pairs) == pairs.variants * len(patches)
    chosen = [rows[patches[index]["lr"].numpy().tobytes()] for index in range(epochs * len(patches))]
    return [chosen[first : first + len(patches)] for first in range(0, len(chosen), len(patches))]


def test_every_epoch_takes_every_tile_once_in_an_order_of_its_own(training_shards):
    orders = [[tile for tile, _ in epoch] for epoch in chosen_rows(training_shards, epochs=2)]
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(len(orders[0])))
    assert orders[0] != orders[1]


def test_every_epoch_chooses_among_the_variants_of_a_tile(training_shards):
    epochs = chosen_rows(training_shards, epochs=3)
    assert sorted(epochs[0]) != sorted(epochs[1]) != sorted(epochs[2])
    # Of n fair choices between two, either is taken n / 2 times, give or take sqrt(n) / 2.
    taken = [variant for epoch in epochs for _, variant in epoch]
    assert abs(sum(taken) - len(taken) / 2) < 5 * len(taken) ** 0.5 / 2


def test_lr_and_hr_of_a_patch_belong_together(photos, tmp_path):
    """With nearest-neighbor downscaling every LR pixel is one of the HR's."""
    nearest = Chain((Resize(filters={"nearest": 1}, to="lr"),), scale=4)
    synthesize(photos, tmp_path / "s", nearest, Options(tile=96), engine=IN_PROCESS)
    patches = Patches([str(tmp_path / "s")], 32, seed=0)
    flipped = 0
    for index in range(20):
        item = patches[index]
        hr = item["hr"][MARGIN:-MARGIN, MARGIN:-MARGIN]
        plain, mirrored = (torch.equal(hr[2::4, columns::4], item["lr"]) for columns in (2, 1))
        assert plain or mirrored
        flipped += not plain
    assert 0 < flipped < 20


@pytest.mark.parametrize(("accumulation_steps", "size"), [(1, 1), (3, 1), (1, 2), (2, 3)])
def test_all_processes_and_parts_together_take_the_same_patches(accumulation_steps, size):
    taken = [[] for _ in range(2)]
    for rank in range(size):
        batches = Batches(4, 6, 12, accumulation_steps, rank, size)
        assert len(list(batches)) == len(batches) == 2 * accumulation_steps
        for index, batch in enumerate(batches):
            taken[index // accumulation_steps] += batch
    assert [sorted(indices) for indices in taken] == [list(range(48, 60)), list(range(60, 72))]


def test_sharpening_is_that_of_each_record(training_shards, photos, tmp_path):
    """Of the third recipe some HRs were sharpened and others not."""
    plain, mixed = str(tmp_path / "plain"), str(tmp_path / "mixed")
    synthesize(photos, plain, HighOrder(sharpen=None), Options(tile=96), engine=IN_PROCESS)
    sometimes = Chain((Maybe(Sharpen(weight=0.8, threshold=5), 0.5), Resize(filters={"area": 1}, to="lr")), scale=4)
    synthesize(photos, mixed, sometimes, Options(tile=96, step=24), engine=IN_PROCESS)
    drawn = {}
    for shards in (training_shards, plain, mixed):
        patches = Patches([shards], 32, seed=0)
        drawn[shards] = {tuple(patches[index]["sharpening"].tolist()) for index in range(len(patches))}
    assert drawn == {training_shards: {(0.5, 10)}, plain: {(0, 0)}, mixed: {(0, 0), (np.float32(0.8).item(), 5)}}


@pytest.mark.parametrize(
    ("sharpening", "message"),
    [
        ((Sharpen(size=21),), r"with 51 taps or not at all \(got 21\)"),
        ((Sharpen(), Sharpen()), r"once or not at all \(got 2\)"),
    ],
)
def test_a_sharpening_that_training_cannot_repeat_is_refused(sharpening, message, photos, tmp_path):
    recipe = Chain((*sharpening, Resize(filters={"area": 1}, to="lr")), scale=4)
    synthesize(photos / "coffee.png", tmp_path / "s", recipe, Options(tile=96), engine=IN_PROCESS)
    with pytest.raises(DegradekitError, match=rf"shards: the HR of .* must be sharpened {message}$"):
        Patches([str(tmp_path / "s")], 32, seed=0)[0]


@pytest.mark.parametrize(
    "record",
    [
        "", "[]", "{}", "7", '{"steps": 7}', '{"steps": [7]}', '{"steps": [{}]}', '{"steps": [{"op": "sharpen"}]}',
        '{"steps": [{"op": "sharpen", "size": 51, "weight": "a", "threshold": 1}]}',
        '{"steps": [{"op": "sharpen", "size": 51, "weight": NaN, "threshold": 1}]}',
        '{"steps": [{"op": "sharpen", "size": 51, "weight": [1, 2], "threshold": 1}]}',
    ],
)  # fmt: skip
def test_a_record_that_is_nonsense_is_refused(record, training_shards, monkeypatch):
    patches = Patches([training_shards], 32, seed=0)
    read = Pairs.__getitem__
    monkeypatch.setattr(Pairs, "__getitem__", lambda pairs, index: read(pairs, index)._replace(degradation=record))
    with pytest.raises(DegradekitError, match=r"shards: the record of .* cannot be read"):
        patches[0]


@pytest.mark.parametrize("workers", [0, 1])
def test_a_shard_that_cannot_be_read_is_reported_by_its_name(photos, workers, tmp_path):
    synthesize(photos, tmp_path / "s", HighOrder(), Options(tile=96), engine=IN_PROCESS)
    patches = Patches([str(tmp_path / "s")], 32, seed=0)
    (shard,) = (tmp_path / "s" / "data").glob("*.parquet")
    data = shard.read_bytes()
    shard.write_bytes(data[: len(data) // 2])
    before = set(multiprocessing.active_children())
    with pytest.raises(DegradekitError, match=rf"^shards: cannot be read: .*{shard.name}"):
        next(load_patches(patches, Batches(0, 1, 2), workers, pin=False))
    assert set(multiprocessing.active_children()) <= before


def test_patches_come_from_every_pair_of_a_filtered_dataset(training_shards, tmp_path):
    """Its tiles have any number of their variants, so each pair is taken for itself."""
    filter_pairs(training_shards, tmp_path / "f", "jpeg_1_quality < 60 or variant = 0", engine=IN_PROCESS)
    pairs, patches = Pairs(tmp_path / "f"), Patches([str(tmp_path / "f")], 96, seed=1, flip=False)
    assert len(Pairs(training_shards)) / 2 < len(pairs) < len(Pairs(training_shards))
    lrs = [patches[index]["lr"].numpy().tobytes() for index in range(len(pairs))]
    assert sorted(lrs) == sorted(pair.lr.tobytes() for pair in pairs)
