"""The patches that are trained on."""

import pytest

torch = pytest.importorskip("torch")

from degradekit_models.patches import Batches, Patches  # noqa: E402
from degradekit_models.sharpening import MARGIN  # noqa: E402

from degradekit.dataset import Options, Pairs, synthesize  # noqa: E402


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
    from degradekit import Resize, Sequence

    nearest = Sequence((Resize(filters={"nearest": 1}, to="lr"),), scale=4)
    synthesize(photos, tmp_path / "s", nearest, Options(tile=96), workers=0)
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
