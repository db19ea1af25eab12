"""Generators of another scale or with other blocks begin with what fits of `init`, and the run shows what that is."""

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from checkpoints import equal_weights, ignore_line, weights
from click.testing import CliRunner
from degradekit_models.config import ConfigError
from degradekit_models.generator import RRDBNet
from degradekit_models.starting import adapt_generator
from degradekit_models.train import fit
from degradekit_models.weights import load_generator, save_generator
from PIL import Image
from small_datasets import IN_PROCESS
from torch.nn.functional import avg_pool2d, interpolate

from degradekit import HighOrder
from degradekit.dataset import Options, synthesize
from degradekit_cli.main import main


def small(scale: int, blocks: int = 1) -> RRDBNet:
    torch.manual_seed(scale)
    return RRDBNet(scale, features=4, blocks=blocks)


@pytest.mark.parametrize(("before", "after"), [(4, 2), (4, 1), (2, 1), (2, 4), (1, 4), (1, 2)])
def test_a_generator_of_another_scale_does_what_the_first_does_with_a_resized_picture(before, after):
    """The picture is reduced to block means, or its pixels are repeated; equal up to float32's rounding of sums."""
    source, image = small(before), torch.rand(1, 3, 16, 24)
    resized = avg_pool2d(image, before // after) if before > after else interpolate(image, scale_factor=after // before)
    with torch.no_grad():
        expected = source(resized)
        made = adapt_generator(source, after, 1, ignore_line)(image)
    assert (made - expected).abs().max() < 1e-5 * expected.abs().max()


@pytest.mark.parametrize(("before", "after"), [(1, 3), (3, 1)])
def test_blocks_are_copied_from_the_first_one_on(before, after):
    source = small(4, before)
    theirs, ours = source.state_dict(), adapt_generator(source, 4, after, ignore_line).state_dict()
    assert equal_weights(
        {name: value for name, value in theirs.items() if name in ours},
        {name: value for name, value in ours.items() if name in theirs},
    )


def test_what_was_not_copied_is_shown_in_a_table():
    lines: list[str] = []
    adapt_generator(small(4, 1), 2, 3, lines.append)
    assert lines == [
        "init: x4 with 1 block, as the start of x2 with 3 blocks",
        "  copied      41 of 102  by their names",
        "  changed      1 of 102  conv_first.weight, 4 x 12 x 3 x 3 from 4 x 3 x 3 x 3",
        "  new         60 of 102  body.1 to body.2",
    ]
    lines.clear()
    adapt_generator(small(4, 2), 4, 1, lines.append)
    assert lines[1:] == ["  copied      42 of 42  by their names", "  left out    30 of 72  body.1"]


def test_a_run_of_another_scale_starts_from_what_fits_and_resumes_without_the_file(net, photos, tmp_path):
    synthesize(photos, tmp_path / "x2", HighOrder(scale=2), Options(tile=96), engine=IN_PROCESS)
    save_generator(small(4), tmp_path / "x4.pth")
    config = replace(
        net, shards=str(tmp_path / "x2"), init=tmp_path / "x4.pth", iterations=1, learning_rate=0, blocks=2
    )
    lines: list[str] = []
    fit(config, tmp_path / "run", lines.append)
    first = lines.index("init: x4 with 1 block, as the start of x2 with 2 blocks")
    assert [line.split()[0] for line in lines[first + 1 : first + 4]] == ["copied", "changed", "new"]
    started = weights(tmp_path / "run")
    assert equal_weights(
        {name: started[name] for name in small(4).state_dict() if name != "conv_first.weight"},
        {name: value for name, value in small(4).state_dict().items() if name != "conv_first.weight"},
    )
    (tmp_path / "x4.pth").unlink()
    lines.clear()
    fit(replace(config, iterations=2), tmp_path / "run", lines.append)
    assert not any("init" in line for line in lines)
    assert load_generator(tmp_path / "run" / "generator.pth").scale == 2


def test_a_generator_of_another_width_is_refused(net, tmp_path):
    save_generator(small(4), tmp_path / "g.pth")
    message = r"^init: must have a generator with features 8, as no layer of another width fits \(got features 4\)$"
    with pytest.raises(ConfigError, match=message):
        fit(replace(net, init=tmp_path / "g.pth", features=8), tmp_path / "run", ignore_line)


def test_an_init_that_fits_is_reported_only_if_its_file_has_several_networks(net, tmp_path):
    one, other = small(4), small(1).state_dict()
    torch.save({"params": other, "params_ema": one.state_dict()}, tmp_path / "g.pth")
    lines: list[str] = []
    fit(replace(net, init=tmp_path / "g.pth", iterations=1, learning_rate=0), tmp_path / "run", lines.append)
    choice = "takes the weights in params_ema, not those in params"
    assert [line for line in lines if "init" in line] == [f"init: {tmp_path / 'g.pth'}: {choice}"]
    assert equal_weights(weights(tmp_path / "run"), one.state_dict())
    photo = tmp_path / "photo.png"
    Image.new("RGB", (8, 8)).save(photo)
    done = CliRunner().invoke(main, ["upscale", str(tmp_path / "g.pth"), str(photo), str(tmp_path / "large.png")])
    assert f"{tmp_path / 'g.pth'}: {choice}" in done.output
