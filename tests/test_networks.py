"""Networks, losses, metrics and weights of the trainer."""

import importlib.util
import math
import os
import sys
import types

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from degradekit_models.discriminator import UNetDiscriminatorSN
from degradekit_models.generator import RRDBNet
from degradekit_models.losses import PerceptualLoss, adversarial_loss
from degradekit_models.metrics import levels, luma, psnr, scores, ssim
from degradekit_models.sharpening import MARGIN, sharpen, without_margin
from degradekit_models.weights import WeightsError, load_generator, save_generator
from running import same

from degradekit.functional.filtering import gaussian_blur, unsharp_mask
from degradekit.functional.levels import to_float


def count(network) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def small(scale: int = 4) -> RRDBNet:
    torch.manual_seed(scale)
    return RRDBNet(scale, features=8, blocks=2)


@pytest.mark.parametrize(("scale", "parameters"), [(4, 16_697_987), (2, 16_703_171), (1, 16_723_907)])
def test_the_generator_has_the_published_parameters(scale, parameters):
    with torch.device("meta"):
        network = RRDBNet(scale)
    assert count(network) == parameters
    names = set(network.state_dict())
    assert {"conv_first.weight", "body.0.rdb1.conv1.weight", "body.22.rdb3.conv5.bias", "conv_last.bias"} <= names


def test_the_discriminator_has_the_published_parameters():
    network = UNetDiscriminatorSN()
    assert count(network) == 4_376_897
    normed = {name.split(".")[0] for name in network.state_dict() if name.endswith("weight_orig")}
    assert normed == {f"conv{number}" for number in range(1, 9)}
    assert {name for name in network.state_dict() if name.endswith("bias")} == {"conv0.bias", "conv9.bias"}


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_sizes_and_the_start_of_the_blocks(scale):
    network = small(scale)
    assert network(torch.rand(2, 3, 8, 12)).shape == (2, 3, 8 * scale, 12 * scale)
    weight = network.body[0].rdb1.conv1.weight
    expected = 0.1 * math.sqrt(2 / (weight.shape[1] * 9))
    # The standard deviation of n values has a standard error of about sd / sqrt(2 n).
    assert abs(weight.std().item() - expected) < 5 * expected / math.sqrt(2 * weight.numel())
    assert UNetDiscriminatorSN(4)(torch.rand(1, 3, 16, 24)).shape == (1, 1, 16, 24)


def test_the_power_iteration_advances_when_it_is_told_to_and_only_then():
    torch.manual_seed(0)
    network = UNetDiscriminatorSN(4).eval()
    before = network.conv1.weight_u.clone()
    network(torch.rand(1, 3, 16, 16))
    assert torch.equal(network.conv1.weight_u, before)
    network.advance()
    assert not torch.equal(network.conv1.weight_u, before)
    for _ in range(200):
        network.advance()
    network(torch.rand(1, 3, 16, 16))
    norms = [
        torch.linalg.matrix_norm(network.get_submodule(f"conv{n}").weight.flatten(1), 2).item() for n in range(1, 9)
    ]
    np.testing.assert_allclose(norms, 1, rtol=1e-3)


@pytest.mark.parametrize("place", [(0, 0), (60, 33), (144, 144)])
def test_sharpening_a_patch_with_its_margin_is_sharpening_the_tile(place, astronaut):
    from degradekit_models.patches import _with_margin

    y, x = place
    whole = unsharp_mask(to_float(astronaut), 51, 0.5, 10.0)
    patch = torch.from_numpy(_with_margin(astronaut, y, x, 256)).permute(2, 0, 1)[None].float() / 255
    assert patch.shape[-1] == 256 + 2 * MARGIN
    difference = np.abs(sharpen(patch)[0].permute(1, 2, 0).numpy() - whole[y : y + 256, x : x + 256])
    assert (difference <= 1e-5 + undecided(to_float(astronaut))[y : y + 256, x : x + 256]).all()
    plain = (without_margin(patch)[0] * 255).round().byte().permute(1, 2, 0).numpy()
    np.testing.assert_array_equal(plain, astronaut[y : y + 256, x : x + 256])


def undecided(image: np.ndarray) -> np.ndarray:
    """How far two right ways of sharpening may be apart, as the order of a sum decides whether a residual is masked.

    A blur is two sums of 51 products with weights of sum 1, so it is off by at most 102 half units in the last place
    of 1, and two blurs are apart by twice as much. A pixel whose residual is so close to the threshold may be masked
    in one of them only; the blurred mask then weighs the residual's half otherwise around it.
    """
    residual = np.abs(image - gaussian_blur(image, 51))
    near = np.abs(residual - 10 / 255) < 2 * 102 * 2.0**-24
    return gaussian_blur(near.astype(np.float32), 51) * residual * 0.5


@pytest.mark.parametrize(("height", "width"), [(4, 8), (9, 300), (60, 51)])
def test_the_margin_of_a_small_tile_is_its_mirror_image(height, width, astronaut):
    from degradekit_models.patches import _with_margin

    tile = astronaut[100 : 100 + height, :width]
    y, x = height - 4, width // 2 - 4
    mirrored = np.pad(tile, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), "reflect")
    expected = mirrored[y : y + 4 + 2 * MARGIN, x : x + 4 + 2 * MARGIN]
    np.testing.assert_array_equal(_with_margin(tile, y, x, 4), expected)


def test_psnr_and_ssim_are_those_of_scikit_image(astronaut):
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    rng = np.random.default_rng(0)
    other = np.clip(astronaut + rng.normal(0, 12, astronaut.shape), 0, 255).astype(np.uint8)
    a, b = (torch.from_numpy(image).permute(2, 0, 1)[None].double() for image in (astronaut, other))
    assert abs(psnr(a, b) - peak_signal_noise_ratio(astronaut, other, data_range=255)) < 1e-9
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    _, full = structural_similarity(astronaut, other, channel_axis=2, full=True, **settings)
    assert abs(ssim(a, b) - full[5:-5, 5:-5].mean()) < 1e-9
    ya, yb = (16 + image.astype(float) @ np.array([65.481, 128.553, 24.966]) / 255 for image in (astronaut, other))
    np.testing.assert_allclose(luma(a / 255)[0, 0].numpy(), ya, atol=1e-9)
    cropped = (slice(4, -4), slice(4, -4))
    found = scores(a / 255, b / 255, crop=4)
    assert abs(found["psnr_y"] - peak_signal_noise_ratio(ya[cropped], yb[cropped], data_range=255)) < 1e-9
    _, full = structural_similarity(ya[cropped], yb[cropped], full=True, **settings)
    assert abs(found["ssim_y"] - full[5:-5, 5:-5].mean()) < 1e-9
    assert psnr(a, a) == math.inf
    assert abs(ssim(a, a) - 1) < 1e-12
    assert torch.equal(levels(torch.tensor([-1.0, 0.5, 2.0])), torch.tensor([0.0, 128.0, 255.0], dtype=torch.float64))


def test_the_perceptual_loss_sees_features_before_activation(vgg19):
    loss = PerceptualLoss(vgg19)
    assert not any(parameter.requires_grad for parameter in loss.parameters())
    fake, real = torch.rand(1, 3, 32, 32, requires_grad=True), torch.rand(1, 3, 32, 32)
    assert loss(real, real).item() == 0
    value = loss(fake, real)
    value.backward()
    assert fake.grad.abs().sum() > 0
    places = [2, 7, 16, 25, 34]
    assert all(isinstance(loss.features[place], torch.nn.Conv2d) for place in places)
    expected, a, b = 0.0, (fake - loss.mean) / loss.std, (real - loss.mean) / loss.std
    for place, layer in enumerate(loss.features):
        a, b = layer(a), layer(b)
        if place in places:
            expected += dict(zip(places, (0.1, 0.1, 1, 1, 1), strict=True))[place] * (a - b).abs().mean().item()
    assert abs(value.item() - expected) < 1e-5 * expected


def test_without_vgg19_the_perceptual_loss_says_what_it_needs(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"vgg19: .*give a file with torchvision's VGG19 weights, or connect"):
        PerceptualLoss(tmp_path / "none.pth")

    def offline(*_, **__):
        raise OSError("no route to host")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", offline)
    with pytest.raises(ValueError, match=r"vgg19: .*download of https.*no route to host"):
        PerceptualLoss()
    names = [f"features.{number}.{kind}" for number in range(36) for kind in ("weight", "bias")]
    for wrong in ({"other": torch.zeros(1)}, torch.zeros(1), {name: torch.zeros(1) for name in names}):
        torch.save(wrong, tmp_path / "other.pth")
        with pytest.raises(ValueError, match=r"vgg19: must be torchvision's VGG19 weights.*other.pth"):
            PerceptualLoss(tmp_path / "other.pth")


def test_the_adversarial_loss_is_cross_entropy_on_logits():
    logits = torch.tensor([0.0, 2.0])
    assert abs(adversarial_loss(logits, True).item() - (math.log(2) + math.log1p(math.exp(-2))) / 2) < 1e-6
    assert abs(adversarial_loss(logits, False).item() - (math.log(2) + math.log1p(math.exp(2))) / 2) < 1e-6


@pytest.mark.parametrize("scale", [1, 2, 4])
@pytest.mark.parametrize("extension", [".pth", ".safetensors"])
def test_weights_come_back_as_they_went(scale, extension, tmp_path):
    network, image = small(scale), torch.rand(1, 3, 8, 8)
    save_generator(network, tmp_path / f"g{extension}")
    again = load_generator(tmp_path / f"g{extension}")
    assert (again.scale, again.features, again.blocks) == (scale, 8, 2)
    assert same(again.state_dict(), network.state_dict())
    assert again(image).shape == (1, 3, 8 * scale, 8 * scale)
    assert [path.name for path in tmp_path.iterdir()] == [f"g{extension}"]
    umask = os.umask(0)
    os.umask(umask)
    assert (tmp_path / f"g{extension}").stat().st_mode & 0o777 == 0o666 & ~umask


def first_release(name: str) -> str:
    parts = name.split(".")
    if parts[0] == "body":
        return f"model.1.sub.{parts[1]}.RDB{parts[2][-1]}.{parts[3]}.0.{parts[4]}"
    places = {
        "conv_first": "0",
        "conv_body": "1.sub.2",
        "conv_up1": "3",
        "conv_up2": "6",
        "conv_hr": "8",
        "conv_last": "10",
    }
    return f"model.{places[parts[0]]}.{parts[1]}"


def second_release(name: str) -> str:
    parts = name.split(".")
    if parts[0] == "body":
        return f"RRDB_trunk.{parts[1]}.RDB{parts[2][-1]}.{parts[3]}.{parts[4]}"
    names = {"conv_body": "trunk_conv", "conv_up1": "upconv1", "conv_up2": "upconv2", "conv_hr": "HRconv"}
    return f"{names.get(parts[0], parts[0])}.{parts[1]}"


@pytest.mark.parametrize("renamed", [first_release, second_release])
@pytest.mark.parametrize("under", [None, "params", "params_ema"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_weights_of_other_releases(renamed, under, prefix, tmp_path):
    network = small()
    state = {prefix + renamed(name): value for name, value in network.state_dict().items()} | {"step": 7}
    torch.save({under: state} if under else state, tmp_path / "g.pth")
    assert same(load_generator(tmp_path / "g.pth").state_dict(), network.state_dict())


def test_files_that_are_no_generators_are_refused(tmp_path):
    (tmp_path / "text.pth").write_text("no weights")
    torch.save({"a": 1}, tmp_path / "numbers.pth")
    torch.save({"conv.weight": torch.zeros(1)}, tmp_path / "other.pth")
    whole = tmp_path / "g.pth"
    save_generator(small(), whole)
    (tmp_path / "cut.pth").write_bytes(whole.read_bytes()[:2000])
    state = small().state_dict()
    torch.save(state | {"body.0.rdb1.conv2.weight": torch.zeros(16, 24, 3, 3)}, tmp_path / "growth.pth")
    torch.save(state | {"conv_first.weight": torch.zeros(8, 4, 3, 3)}, tmp_path / "inputs.pth")
    torch.save(state | {"extra.weight": torch.zeros(1)}, tmp_path / "more.pth")
    torch.save({name: value for name, value in state.items() if name != "conv_last.bias"}, tmp_path / "less.pth")
    for name, message in (
        ("none.pth", "cannot be read"),
        ("text.pth", "cannot be read"),
        ("cut.pth", "cannot be read"),
        ("numbers.pth", "must be a file of named tensors"),
        ("other.pth", "must be an RRDBNet's .*there is no conv_first"),
        ("growth.pth", r"must be an RRDBNet's .*body.0.rdb1.conv2.weight is \(16, 24, 3, 3\) instead of"),
        ("inputs.pth", "must be an RRDBNet's .*conv_first takes 4 channels instead of 3, 12, 48"),
        ("more.pth", "must be an RRDBNet's .*there is extra.weight besides"),
        ("less.pth", "must be an RRDBNet's .*there is no conv_last.bias"),
    ):
        with pytest.raises(WeightsError, match=f"weights: {message}") as caught:
            load_generator(tmp_path / name)
        assert name in str(caught.value)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("spandrel") is None, reason="needs spandrel")
@pytest.mark.parametrize("scale", [1, 2, 4])
@pytest.mark.parametrize("extension", [".pth", ".safetensors"])
def test_an_independent_implementation_gives_the_same_picture(scale, extension, tmp_path, monkeypatch):
    """spandrel's ESRGAN; the names it imports from torchvision are never called."""

    class Anything(types.ModuleType):
        def __getattr__(self, name: str) -> object:
            if name.startswith("__"):
                raise AttributeError(name)
            return object

    if importlib.util.find_spec("torchvision") is None:
        for name in ("", ".ops", ".transforms", ".transforms.functional", ".models"):
            monkeypatch.setitem(sys.modules, f"torchvision{name}", Anything(f"torchvision{name}"))
    import spandrel

    torch.manual_seed(0)
    network, image = RRDBNet(scale, features=32, blocks=2), torch.rand(1, 3, 16, 24)
    save_generator(network, tmp_path / f"g{extension}")
    loaded = spandrel.ModelLoader().load_from_file(tmp_path / f"g{extension}")
    assert (loaded.architecture.name, loaded.scale) == ("ESRGAN", scale)
    with torch.no_grad():
        assert (loaded(image) - network(image).clamp(0, 1)).abs().max() < 1e-5
