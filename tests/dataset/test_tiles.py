"""HR tiles of photos of every size."""

import numpy as np
import pytest

from degradekit.dataset.tiles import Grid, Tile
from degradekit.types import Frame


def test_tiles_cover_a_photo_and_end_at_its_edge():
    tiles = list(Grid(400, 200, 4).tiles((1000, 450)))
    assert sorted({tile.y for tile in tiles}) == [0, 200, 400, 600]
    assert sorted({tile.x for tile in tiles}) == [0, 50]
    assert list(Grid(400, 200, 4).tiles((400, 400))) == [Tile(0, 0, 400, 400, 400, 400)]


def test_a_tile_knows_where_it_lies_in_its_photo():
    assert {tile.frame for tile in Grid(400, 200, 4).tiles((500, 450))} == {
        Frame(y, x, 500, 450) for y in (0, 100) for x in (0, 50)
    }
    (whole,) = Grid(0, 1, 4).tiles((103, 50))
    assert (whole.height, whole.width) == (100, 48)
    assert whole.frame == Frame(0, 0, 103, 50)


@pytest.mark.parametrize("size", [(1, 1), (3, 50), (50, 3), (99, 99)])
def test_small_photos_are_reflected_at_the_bottom_and_right(size):
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    grid = Grid(100, 50, 4)
    (tile,) = grid.tiles(size)
    assert (tile.height, tile.width) == size
    hr = grid.cut(photo, tile)
    assert hr.shape == (100, 100, 3)
    np.testing.assert_array_equal(hr[: size[0], : size[1]], photo)
    if size[0] > 1:
        np.testing.assert_array_equal(hr[size[0], : size[1]], photo[-2])
