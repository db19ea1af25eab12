"""`degradekit.match`: what it refuses, what it reports, and when it fits nothing."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_datasets import Recorder
from terminal import HANG_SECONDS, start, wait_for_group

import degradekit
from degradekit import JPEG, Chain, DatasetError, RecipeError, Resize, recipes
from degradekit.matching.gathering import MatchOptions, gather
from degradekit.matching.match_photos import match
from degradekit.statistics import STATISTICS

RECIPE = Chain((Resize(to="lr"), JPEG(quality=(30, 95))), scale=2)


@pytest.fixture
def real(photo, tmp_path) -> Path:
    """Three photos of low quality."""
    folder = tmp_path / "LR"
    folder.mkdir()
    for index, quality in enumerate((40, 60, 80)):
        part = photo("rocket.jpg")[100 * index : 100 * index + 90, 200:350]
        Image.fromarray(part).save(folder / f"{index}.jpg", quality=quality)
    return folder


def test_few_photos_are_measured_and_nothing_is_fitted(real, hr_folder):
    result = degradekit.match(real, hr_folder, RECIPE, workers=0)
    assert not result.is_fitted
    assert (result.recipe, result.fields, result.agreement, result.prior, result.fitted) == (
        RECIPE,
        (),
        None,
        None,
        None,
    )
    assert result.real.statistics.shape == (6, len(STATISTICS))
    assert np.abs(result.real.qualities - (40, 60, 80)).max() <= 1
    assert result.warnings == (
        "3 real photos can be used, and a fit needs at least 10: nothing is fitted.",
        "1 HR photo is left out: hr/rocket.png (130 x 100 is smaller than 128 x 128 pixels).",
    )


def test_progress_is_notified_by_photo(real, hr_folder):
    recorder = Recorder()
    match(real, hr_folder, RECIPE, workers=0, progress=recorder)
    assert recorder.notes == ["measuring 3 real photos"]
    assert recorder.started == [3]
    assert sum(recorder.done) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hr": "real"}, "hr: must be clean photos, and not the real ones; 3 of 3 real photos are among them, such as"),
        ({"hr": "empty"}, "hr: source: no images found"),
        ({"real": "empty"}, "real: source: no images found"),
        ({"real": "nowhere"}, "real: source: no such folder or file"),
        ({"hr": "small"}, r"hr: .*used; tiles for scale 2 take at least 128 x 128 pixels\n  small/0.png: 90 x 90 is"),
        ({"real": "small"}, r"real: .*used; crops take at least 64 x 64 pixels\n  small/0.png: 50 x 50 is smaller"),
        ({"recipe": JPEG()}, "recipe: must have a scale; put the jpeg into a chain"),
        ({"recipe": 7}, "recipe: must be an operator"),
        ({"draws": 99}, r"draws: must be >= 100 \(got 99\)"),
        ({"photos": 0}, r"photos: must be >= 1 \(got 0\)"),
        ({"widen": 0.5}, r"widen: must be between 1 and 10 \(got 0.5\)"),
        ({"workers": -1}, r"workers: must be >= 0 \(got -1\)"),
    ],
)
def test_what_cannot_be_matched_is_refused(change, message, real, hr_folder, tmp_path):
    (tmp_path / "empty").mkdir()
    small = 50 if change.get("real") == "small" else 90
    for index in range(2):
        path = tmp_path / "small" / f"{index}.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (small, small), (index, 0, 0)).save(path)
    folders = {"real": real, "hr": hr_folder} | {name: tmp_path / name for name in ("empty", "nowhere", "small")}
    arguments = {"real": "real", "hr": "hr", "recipe": RECIPE, "workers": 0} | change
    arguments |= {name: folders[arguments[name]] for name in ("real", "hr")}
    with pytest.raises(DatasetError, match=message):
        match(**arguments)


def test_a_recipe_may_be_a_name_a_path_or_an_operator_of_another_scale(real, hr_folder, tmp_path):
    recipes.dump(RECIPE, tmp_path / "recipe.yaml")
    options = MatchOptions()
    for recipe in (tmp_path / "recipe.yaml", str(tmp_path / "recipe.yaml")):
        assert gather(real, hr_folder, recipe, None, options).preset == RECIPE
    assert gather(real, hr_folder, "bicubic", 2, options).scale == 2
    with pytest.raises(RecipeError, match="scale: only a high_order recipe can be rescaled"):
        match(real, hr_folder, RECIPE, scale=4)
    with pytest.raises(RecipeError, match="preset"):
        match(real, hr_folder, "real-esrgun")


def test_photos_that_are_not_looked_at_are_counted(real, hr_folder):
    result = match(real.parent, hr_folder, RECIPE, photos=2, workers=0)  # below which they lie in a folder named LR
    assert len(result.real.names) == 2
    assert "2 of 3 real photos were measured, chosen by the seed." in result.warnings


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the folder for caches is chosen as on Linux")
def test_ctrl_c_leaves_no_process_and_no_file(real, hr_folder, tmp_path):
    """Once the first of 1000 draws are made; fewer than 12 real photos would be measured and no more."""
    for index in range(3, 12):
        (real / f"{index}.jpg").write_bytes((real / f"{index % 3}.jpg").read_bytes() + bytes(index))
    script = tmp_path / "script.py"
    script.write_text(
        "import degradekit, signal, sys\n"
        "from degradekit.dataset import Progress\n"
        "class Interrupting(Progress):\n"
        "    def start(self, photos):\n"
        "        self.is_drawing = photos == 1000\n"
        "    def advance(self, photos):\n"
        "        if self.is_drawing:\n"
        "            print('drawn', flush=True)\n"
        "            signal.raise_signal(signal.SIGINT)\n"
        "if __name__ == '__main__':\n"
        "    degradekit.match(*sys.argv[1:], scale=2, draws=3000, workers=2, progress=Interrupting())\n"
    )
    environment = os.environ | {
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PYTHONPATH": str(Path(degradekit.__file__).parents[1]),
    }
    process = start(
        [sys.executable, script, real, hr_folder, "real-esrgan"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    output, errors = process.communicate(timeout=HANG_SECONDS)
    assert output == "drawn\n"
    assert "KeyboardInterrupt" in errors
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    wait_for_group(process)
