"""Runs that start from a given discriminator."""

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from checkpoints import equal_weights, ignore_line, weights
from click.testing import CliRunner
from degradekit_models.config import ConfigError
from degradekit_models.discriminator import UNetDiscriminatorSN
from degradekit_models.patches import Patches
from degradekit_models.train import fit
from degradekit_models.weights import WeightsError, load_discriminator
from test_iteration import lr_hr_and_target, new_run
from torch.nn.functional import conv2d, interpolate, leaky_relu, normalize, softplus
from torch.nn.utils import parametrizations

from degradekit_cli.main import main


@pytest.fixture(scope="module")
def published() -> dict:
    """Weights with the names and shapes of RealESRGAN_x4plus_netD.pth; norms that are not yet exact, as in training."""
    torch.manual_seed(3)
    return {name: value * (1.2 if "orig" in name else 1) for name, value in UNetDiscriminatorSN().state_dict().items()}


@pytest.fixture
def file(published, tmp_path):
    torch.save({"params": published}, tmp_path / "netD.pth")
    return tmp_path / "netD.pth"


def judged(weights: dict, image: torch.Tensor) -> torch.Tensor:
    """Real-ESRGAN's discriminator in plain functions, after one step of each power iteration."""

    def convolution(x: torch.Tensor, index: int, stride: int = 1) -> torch.Tensor:
        weight = weights[f"conv{index}.weight_orig"]
        matrix = weight.flatten(1)
        v = normalize(matrix.T @ weights[f"conv{index}.weight_u"], dim=0)
        u = normalize(matrix @ v, dim=0)
        return leaky_relu(conv2d(x, weight / (u @ matrix @ v), stride=stride, padding=1), 0.2)

    def doubled(x: torch.Tensor) -> torch.Tensor:
        return interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)

    x0 = leaky_relu(conv2d(image, weights["conv0.weight"], weights["conv0.bias"], padding=1), 0.2)
    x1 = convolution(x0, 1, stride=2)
    x2 = convolution(x1, 2, stride=2)
    x3 = convolution(x2, 3, stride=2)
    x4 = convolution(doubled(x3), 4) + x2
    x5 = convolution(doubled(x4), 5) + x1
    x6 = convolution(doubled(x5), 6) + x0
    return conv2d(convolution(convolution(x6, 7), 8), weights["conv9.weight"], weights["conv9.bias"], padding=1)


def test_the_first_losses_are_those_of_the_loaded_pair(gan, file, published):
    run, batches = new_run(replace(gan, init_discriminator=file))
    lr, hr, target = lr_hr_and_target(Patches(gan.shards, gan.patch, gan.seed), (0, 1))
    with torch.no_grad():
        fake = run.generator.network(lr)
        expected = {
            "l1": (fake - target).abs().mean(),
            "perceptual": run.losses["perceptual"](fake, target),
            "adversarial": softplus(-judged(published, fake)).mean(),
            "d_real": softplus(-judged(published, hr)).mean(),
            "d_fake": softplus(judged(published, fake)).mean(),
        }
    losses = run.step(batches)
    for name, value in expected.items():
        # Float32 sums of a few thousand terms, in another order; the targets come from the CPU's sharpening.
        assert abs(losses[name].item() - value.item()) < 1e-4 * value.item(), name


def as_torch_writes_now() -> UNetDiscriminatorSN:
    """Return the same network with the spectral norm of torch's newer module."""
    network = UNetDiscriminatorSN()
    for index in range(1, 9):
        parametrizations.spectral_norm(torch.nn.utils.remove_spectral_norm(network.get_submodule(f"conv{index}")))
    return network


def test_weights_with_the_names_of_torchs_newer_spectral_norm_are_read(tmp_path):
    network = as_torch_writes_now().eval()
    torch.save(network.state_dict(), tmp_path / "d.pth")
    image = torch.rand(1, 3, 16, 16)
    with torch.no_grad():
        difference = network(image) - load_discriminator(tmp_path / "d.pth").eval()(image)
    assert difference.abs().max() < 1e-5


@pytest.mark.parametrize("around", ["params", "state_dict", "module", "half"])
def test_discriminators_are_read_from_the_files_of_other_tools(around, published, tmp_path):
    expected = published
    saved: dict = {around: published}
    if around == "state_dict":  # of Lightning
        saved = {"state_dict": {f"net_d.{name}": value for name, value in published.items()} | {"g": torch.ones(1)}}
    elif around == "module":
        saved = {f"module.{name}": value for name, value in published.items()}
    elif around == "half":
        saved = {name: value.half() for name, value in published.items()}
        expected = {name: value.half().float() for name, value in published.items()}
    torch.save(saved, tmp_path / "d.pth")
    assert equal_weights(load_discriminator(tmp_path / "d.pth").state_dict(), expected)


def test_the_discriminator_of_a_run_starts_another_one_and_is_not_read_again(gan, tmp_path):
    fit(replace(gan, iterations=1), tmp_path / "one", ignore_line)
    checkpoint = tmp_path / "one" / "checkpoint.pt"
    config = replace(gan, iterations=1, init_discriminator=checkpoint, learning_rate=0)
    fit(config, tmp_path / "two", ignore_line)
    one, two = weights(tmp_path / "one", "adversary"), weights(tmp_path / "two", "adversary")
    learned = [name for name in one if not name.endswith(("_u", "_v"))]
    assert equal_weights({name: one[name] for name in learned}, {name: two[name] for name in learned})
    checkpoint.unlink()
    assert fit(replace(config, iterations=2), tmp_path / "two", ignore_line) == 2


def test_discriminators_of_another_size_are_refused_tensor_by_tensor(gan, tmp_path):
    torch.save(UNetDiscriminatorSN(8).state_dict(), tmp_path / "d.pth")
    message = (
        r"^init_discriminator: weights: must be a UNetDiscriminatorSN's \(got '.*d\.pth': conv0\.weight is"
        r" \(8, 3, 3, 3\) instead of \(64, 3, 3, 3\); conv0\.bias is \(8,\) instead of \(64,\); .*; 22 more differ\)$"
    )
    with pytest.raises(WeightsError, match=message):
        fit(replace(gan, init_discriminator=tmp_path / "d.pth"), tmp_path / "run", ignore_line)


def test_a_generator_is_no_discriminator(gan, tmp_path):
    message = r"^init_discriminator: weights: must be a .* \(got '.*': there is no conv8 with a spectral norm; it"
    with pytest.raises(WeightsError, match=message):
        fit(replace(gan, init_discriminator=gan.init), tmp_path / "run", ignore_line)


def test_a_discriminator_for_a_stage_without_one_is_refused(net, tmp_path):
    message = r"^init_discriminator: must not be given without the loss adversarial, .* \(got 'netD.pth'\)$"
    with pytest.raises(ConfigError, match=message):
        replace(net, init_discriminator="netD.pth")
    (tmp_path / "net.yaml").write_text("init_discriminator: netD.pth\n")
    done = CliRunner().invoke(main, ["train", "net", "s", "--output", "o", "--config", str(tmp_path / "net.yaml")])
    assert "init_discriminator: must not be given without the loss adversarial" in done.output
    assert CliRunner().invoke(main, ["train", "net", "s", "--output", "o", "--init-discriminator", "d"]).exit_code == 2
