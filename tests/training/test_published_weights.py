"""Weights in 16 bits, as networks are published, give the pictures of an independent implementation."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from click.testing import CliRunner
from degradekit_models.generator import RRDBNet
from PIL import Image
from safetensors.torch import save_file
from torch.nn.functional import conv2d, interpolate, leaky_relu, pixel_unshuffle

from degradekit_cli.main import main

BLOCKS = 2


def enlarged(weights: dict, image: torch.Tensor, unshuffle: int) -> torch.Tensor:
    """ESRGAN's generator in plain functions."""

    def convolution(name: str, x: torch.Tensor) -> torch.Tensor:
        return conv2d(x, weights[f"{name}.weight"].float(), weights[f"{name}.bias"].float(), padding=1)

    def dense(name: str, x: torch.Tensor) -> torch.Tensor:
        seen = x
        for index in range(1, 5):
            seen = torch.cat([seen, leaky_relu(convolution(f"{name}.conv{index}", seen), 0.2)], 1)
        return x + 0.2 * convolution(f"{name}.conv5", seen)

    first = convolution("conv_first", pixel_unshuffle(image, unshuffle))
    x = first
    for block in range(BLOCKS):
        inner = x
        for index in (1, 2, 3):
            inner = dense(f"body.{block}.rdb{index}", inner)
        x = x + 0.2 * inner
    x = first + convolution("conv_body", x)
    for name in ("conv_up1", "conv_up2"):
        x = leaky_relu(convolution(name, interpolate(x, scale_factor=2)), 0.2)
    return convolution("conv_last", leaky_relu(convolution("conv_hr", x), 0.2))


@pytest.mark.parametrize("scale", [4, 2])
@pytest.mark.parametrize("tile", [0, 16])
@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16])
def test_upscale_with_16_bit_weights_equals_an_independent_implementation(scale, tile, precision, photo, tmp_path):
    """Pictures agree within one level, as sums in another order may be rounded to the next level."""
    torch.manual_seed(scale)
    network = RRDBNet(scale, features=8, blocks=BLOCKS)
    with torch.no_grad():  # a picture with contrast, of which few pixels are clipped
        network.conv_last.weight *= 20
        network.conv_last.bias += 0.5
    weights = {name: value.to(precision) for name, value in network.state_dict().items()}
    save_file(weights, tmp_path / "g.safetensors")
    pixels = photo("chelsea.png")[100:132, 120:160]
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    files = [str(tmp_path / name) for name in ("g.safetensors", "photo.png", "large.png")]
    done = CliRunner().invoke(main, ["upscale", *files, "--tile", str(tile), "--device", "cpu"])
    assert done.exit_code == 0, done.output
    image = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None] / 255
    expected = enlarged(weights, image, 4 // scale)[0].clamp(0, 1).permute(1, 2, 0).numpy() * 255
    made = np.asarray(Image.open(tmp_path / "large.png")).astype(float)
    assert made.std() > 10
    assert np.abs(made - expected).max() <= 1
