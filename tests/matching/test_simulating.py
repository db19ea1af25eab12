"""LR crops that a recipe makes of HR photos."""

import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from degradekit import JPEG, Chain, DatasetError, Noise, Resize
from degradekit.dataset.sources import scan
from degradekit.dataset.tiles import Tile
from degradekit.limits import MAX_PIXELS
from degradekit.matching import cache, drawing, simulating
from degradekit.matching.samples import Simulation
from degradekit.matching.simulating import made_pixels, seconds_per_draw, simulate
from degradekit.matching.surveying import survey
from degradekit.picture_files import decode
from degradekit.statistics import STATISTICS, measure_crop

RECIPE = Chain((Resize(to="lr"), Noise(sigma=(1, 20)), JPEG(quality=(30, 95))), scale=2)
SIDE = 64


def arrays(simulation: Simulation) -> dict[str, bytes]:
    named = {name: getattr(simulation, name) for name in ("statistics", "photos", "corners", "last")}
    return {name: np.ascontiguousarray(values).tobytes() for name, values in (named | dict(simulation.drawn)).items()}


@pytest.fixture(scope="module")
def simulation(hr) -> Simulation:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cache, "_folder", lambda: None)
        return simulate(RECIPE, hr, SIDE, 8, seed=3, workers=0)


@pytest.fixture
def unmeasured(monkeypatch):
    """Nothing is measured, which takes the most time by far."""
    monkeypatch.setattr(drawing, "measure_crop", lambda _: np.zeros(len(STATISTICS)))


def test_every_photo_is_used_equally_often(simulation):
    assert simulation.photos.tolist() == [0, 1, 2, 0, 1, 2, 0, 1]
    assert simulation.names == ("hr/astronaut.png", "hr/chelsea.png", "hr/coffee.png")


def test_a_crop_is_what_the_recipe_makes_of_a_tile_of_the_photo(simulation, hr, hr_folder):
    top, left = map(int, simulation.corners[4])  # the second draw of the second photo
    photo = decode((hr_folder / "chelsea.png").read_bytes())
    tile = Tile(top, left, 128, 128, *photo.shape[:2])
    drawn = RECIPE.sample((128, 128), seed=3, key=tile.key("hr/chelsea.png"), variant=1, frame=tile.frame)
    lr = drawn(photo[top : top + 128, left : left + 128])
    np.testing.assert_array_equal(made_pixels(simulation, hr, SIDE, 4), lr)
    np.testing.assert_array_equal(simulation.statistics[4], measure_crop(lr))
    assert simulation.drawn["children.2.quality"][4] == drawn.steps[-1].quality
    assert simulation.last[4] == "children.2"


@pytest.mark.usefixtures("unmeasured")
def test_tiles_lie_anywhere_in_their_photos(hr):
    corners = simulate(RECIPE, hr, SIDE, 30, seed=0, workers=0).corners[::3]
    assert len({tuple(corner) for corner in corners.tolist()}) == 10
    assert corners.min() < 24 < 48 < corners.max() <= 230 - 128  # of 73 x 103 that are possible


def test_photos_smaller_than_a_tile_are_named(simulation):
    assert simulation.unusable == {"hr/rocket.png": "130 x 100 is smaller than 128 x 128 pixels"}


def test_without_any_photo_the_reasons_are_given(hr):
    message = r"not one photo can be used\n  hr/astronaut.png: 230 x 200 is smaller than 256"
    with pytest.raises(DatasetError, match=message):
        simulate(RECIPE, hr, 2 * SIDE, 8, seed=3, workers=0)


def test_a_photo_that_proves_damaged_is_named_and_changes_no_other(simulation, hr_folder, tmp_path):
    for path in hr_folder.iterdir():
        data = path.read_bytes()
        if path.stem == "chelsea":  # its header and its end are whole
            data = data[: len(data) // 2] + b"0000" + data[len(data) // 2 + 4 :]
        (tmp_path / "hr").mkdir(exist_ok=True)
        (tmp_path / "hr" / path.name).write_bytes(data)
    spoiled = simulate(RECIPE, survey(scan(tmp_path / "hr"), MAX_PIXELS), SIDE, 8, seed=3, workers=0)
    assert "cannot be decoded" in spoiled.unusable["hr/chelsea.png"]
    np.testing.assert_array_equal(spoiled.statistics, simulation.statistics[simulation.photos != 1])


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_any_number_of_workers_gives_the_same_bytes(workers, simulation, hr):
    assert arrays(simulate(RECIPE, hr, SIDE, 8, seed=3, workers=workers)) == arrays(simulation)


@pytest.mark.slow
def test_a_photo_with_many_draws_is_shared_by_processes(hr_folder, simulations):
    one = survey(scan(hr_folder / "astronaut.png"), MAX_PIXELS)
    alone = simulate(RECIPE, one, SIDE, 150, seed=3, workers=0)
    for path in simulations.iterdir():
        path.unlink()
    assert arrays(simulate(RECIPE, one, SIDE, 150, seed=3, workers=2)) == arrays(alone)


@pytest.mark.usefixtures("unmeasured")
def test_the_time_of_a_draw_is_that_of_more_draws_of_a_photo_and_a_share_of_decoding_it(hr, monkeypatch):
    times = iter([0, 60, 60, 63, 63, 63 + 3 + 8 * 0.5])  # the first draw compiles; decoding takes 2.5 s, a draw 0.5 s
    monkeypatch.setattr(simulating, "time", SimpleNamespace(perf_counter=lambda: next(times)))
    assert seconds_per_draw(RECIPE, hr.at_least(128), SIDE, 100) == pytest.approx(0.5 + 2.5 * 3 / 100)


@pytest.mark.usefixtures("unmeasured")
def test_gray_photos_are_degraded_in_color(hr_folder, tmp_path):
    Image.open(hr_folder / "astronaut.png").convert("L").save(tmp_path / "gray.png")
    gray = survey(scan(tmp_path / "gray.png"), MAX_PIXELS)
    assert made_pixels(simulate(RECIPE, gray, SIDE, 1, seed=0, workers=0), gray, SIDE, 0).shape == (64, 64, 3)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted as on Linux")
def test_what_workers_are_forked_from_has_no_threads_of_openblas():
    """They would wait for each other: two processes on two cores take 30 times as long for small eigenproblems."""
    code = (
        "import time\n"
        "import degradekit.dataset.worker_imports\n"
        "from pathlib import Path\n"
        "for _ in range(50):\n"  # Arrow's thread gives itself a name of its own, a moment after it has started
        "    names = [path.read_text() for path in Path('/proc/self/task').glob('*/comm')]\n"
        "    if (count := names.count(Path('/proc/self/comm').read_text())) == 1:\n"
        "        break\n"
        "    time.sleep(0.1)\n"
        "print(count)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
