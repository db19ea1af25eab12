"""What runs are validated on, and with which scores."""

import os
import re
import signal
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from checkpoints import checkpoint, ignore_line
from degradekit_models.config import ConfigError
from degradekit_models.generator import RRDBNet
from degradekit_models.metrics import scores
from degradekit_models.progress import Progress
from degradekit_models.train import fit
from degradekit_models.upscale import enlarge
from degradekit_models.validation import Validation
from degradekit_models.validation_pairs import read_validation_set
from degradekit_models.weights import load_generator
from degradekit_models.world import World
from PIL import Image
from small_datasets import IN_PROCESS

from degradekit import HighOrder
from degradekit.dataset import Options, Pairs, synthesize
from degradekit.dataset.pair import Pair
from degradekit.presets import preset
from degradekit.types import Pixels


def test_validation_on_a_folder_of_pairs(net, photo, tmp_path):
    for part, side in (("HR", 64), ("LR", 16)):
        (tmp_path / part).mkdir()
        Image.fromarray(photo("coffee.png")[:side, :side]).save(tmp_path / part / "a.png")
    lines = []
    fit(replace(net, val=str(tmp_path)), tmp_path / "run", lines.append)
    assert "psnr_rgb" in lines[-1]
    Image.fromarray(photo("coffee.png")[:60, :60]).save(tmp_path / "HR" / "a.png")
    with pytest.raises(ConfigError, match=r"val: every HR must be 4 times its LR .*HR/a\.png'\)"):
        fit(replace(net, val=str(tmp_path)), tmp_path / "other", ignore_line)
    with pytest.raises(ConfigError, match="val: must hold HRs, and its name says that it holds LRs"):
        fit(replace(net, val=str(tmp_path / "LR")), tmp_path / "other", ignore_line)


def test_pictures_of_a_validation_folder_are_chosen_as_everywhere(net, photo, tmp_path):
    for part, side in (("HR", 64), ("LR", 16)):
        (tmp_path / part).mkdir()
        for name in ("a.png", "._a.png", "b.png", "notes.txt"):
            Image.fromarray(photo("coffee.png")[:side, :side]).save(tmp_path / part / name, "PNG")
    (tmp_path / "LR" / "b.png").rename(tmp_path / "LR" / "c.png")
    lines = []
    fit(replace(net, val=str(tmp_path)), tmp_path / "run", lines.append)
    assert [line for line in lines if line.startswith("val: ")] == [
        "val: left out 1: HRs without an LR of the same name (b.png)",
        "val: left out 1: LRs without an HR of the same name (c.png)",
        "val: left out 2: hidden files",
        "val: left out 2: not images by their names (notes.txt, notes.txt)",
    ]
    with pytest.raises(ConfigError, match=r"val: .*HR/a.png: cannot be read \(too many pixels: 64 x 64, more than 255"):
        fit(replace(net, val=str(tmp_path), max_pixels=255), tmp_path / "other", ignore_line)


class Recorder(RRDBNet):
    """A generator that keeps the pictures it is applied to."""

    def __init__(self) -> None:
        super().__init__(4, features=4, blocks=1)
        self.seen = []

    def first_features(self, image):
        self.seen.append((image[0].permute(1, 2, 0) * 255).round().byte().numpy())
        return super().first_features(image)


def test_validation_takes_every_tile_once_before_any_twice(photos, net, tmp_path):
    options = Options(tile=48, step=24, variants=3, val=3)
    synthesize(photos, tmp_path / "s", HighOrder(), options, engine=IN_PROCESS)
    pairs = Pairs(tmp_path / "s", "validation")
    at = {pair.lr.tobytes(): (pair.key, pair.variant) for pair in pairs}
    tiles = len(pairs) // 3
    config, generator = replace(net, shards=str(tmp_path / "s"), val_images=tiles), Recorder()
    Validation(config, 4).run(generator, World(torch.device("cpu")))
    seen = [at[lr.tobytes()] for lr in generator.seen]
    assert len(seen) == tiles
    assert {key for key, _ in seen} == {pair.key for pair in pairs}
    assert {variant for _, variant in seen} == {0, 1, 2}


def test_the_average_is_what_is_validated(net, training_shards, tmp_path):
    lines = []
    fit(replace(net, ema_decay=0.5, learning_rate=1e-2), tmp_path, lines.append)
    pair = Pairs(training_shards, "validation")[0]
    made: Pixels = enlarge(load_generator(tmp_path / "generator.pth"), pair.lr, 0, 0)
    a, b = (torch.from_numpy(image.copy()).permute(2, 0, 1)[None] / 255 for image in (made, pair.hr))
    assert f"  psnr_y {scores(a, b, 4)['psnr_y']:.4g}  " in lines[-1]
    assert f"  psnr_y {bicubic_psnr_y(pair):.4g}  " in lines[-2]


def bicubic_psnr_y(pair: Pair) -> float:
    bicubic = Image.fromarray(pair.lr).resize((96, 96), Image.Resampling.BICUBIC)
    a, b = (torch.from_numpy(np.array(image)).permute(2, 0, 1)[None] / 255 for image in (bicubic, pair.hr))
    return scores(a, b, 4)["psnr_y"]


def test_scores_of_bicubic_are_written_once(net, tmp_path):
    lines = []
    fit(replace(net, val_every=2), tmp_path, lines.append)
    assert sum("  validation  " in line for line in lines) == 3
    assert [line.split("  ")[0] for line in lines if "  bicubic  " in line] == ["2"]
    assert (tmp_path / "log.csv").read_text().count("bicubic_psnr_y") == 1


def test_a_validation_reports_each_pair_and_how_long_it_took(net, tmp_path):
    class Recorded(Progress):
        calls: ClassVar[list[str]] = []

        def start_validation(self, pairs: int) -> None:
            self.calls.append(f"{pairs} pairs")

        def advance_validation(self) -> None:
            self.calls.append("pair")

        def end_validation(self) -> None:
            self.calls.append("end")

    lines = []
    fit(replace(net, iterations=1, val_images=2), tmp_path, lines.append, Recorded())
    assert Recorded.calls == ["2 pairs", "pair", "pair", "end"]
    assert re.search(r"  ssim_y \S+  \d+\.\d s$", lines[-1])


def test_a_validation_that_was_stopped_is_repeated(net, tmp_path):
    """A validation may take long, so a run stops before the next pair, and validates again when it resumes."""

    class Stopping(Progress):
        def advance_validation(self) -> None:
            os.kill(os.getpid(), signal.SIGTERM)

    config, stopped, whole = replace(net, val_every=3, save_every=9, val_images=2), [], []
    assert fit(config, tmp_path / "stopped", stopped.append, Stopping()) == 3
    assert not any("validation" in line for line in stopped)
    assert checkpoint(tmp_path / "stopped")["iteration"] == 3
    fit(config, tmp_path / "stopped", stopped.append)
    fit(config, tmp_path / "whole", whole.append)
    for lines in (stopped, whole):
        assert [line.split("  ")[0] for line in lines if "  validation  " in line] == ["3", "6"]
    log, again = ((tmp_path / name / "log.csv").read_text().splitlines() for name in ("stopped", "whole"))
    assert [line for line in log if "psnr" in line] == [line for line in again if "psnr" in line]


def test_a_run_with_nothing_to_validate_on_reports_it(net, photos, tmp_path):
    synthesize(photos, tmp_path / "s", HighOrder(), Options(tile=96), engine=IN_PROCESS)
    lines = []
    fit(replace(net, shards=str(tmp_path / "s")), tmp_path / "run", lines.append)
    assert lines[1].startswith(
        "no validation, as there are no pairs for it: give val (--val SOURCE), or build the shards"
    )


def test_benchmark_folders_are_taken_as_they_are_published(net, photo, tmp_path):
    """HRs are cropped to multiples of the scale, and a folder of HRs only gets bicubic LRs."""
    hr = photo("coffee.png")[:67, :90]
    lr = preset("bicubic", 4)(hr[:64, :88], seed=0)
    for name, pixels in (("HR/a.png", hr), ("LR_bicubic/X4/ax4.png", lr)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / name)
    of_pairs = read_validation_set(replace(net, val=str(tmp_path)), 4)
    of_hrs = read_validation_set(replace(net, val=str(tmp_path / "HR")), 4)
    for pairs, _ in (of_pairs, of_hrs):
        assert [pair.hr.tobytes() for pair in pairs] == [hr[:64, :88].tobytes()]
        assert [pair.lr.tobytes() for pair in pairs] == [lr.tobytes()]
    assert of_pairs.notes == []
    assert of_hrs.notes == ["val: the LRs are made by bicubic interpolation, as there are HRs only"]
    with pytest.raises(ConfigError, match=r"every HR must have sides >= 75 \(got 90 x 67 for .*\)"):
        read_validation_set(replace(net, val=str(tmp_path / "HR")), 32)
