"""The losses of the generator and of the discriminator."""

import math
import re
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from degradekit_models.adversary import adversarial_loss
from degradekit_models.losses.perceptual import PerceptualLoss


def test_the_perceptual_loss_compares_features_before_activation(vgg19):
    loss = PerceptualLoss(vgg19)
    assert not any(parameter.requires_grad for parameter in loss.parameters())
    fake, real = torch.rand(1, 3, 32, 32, requires_grad=True), torch.rand(1, 3, 32, 32)
    assert loss(real, real).item() == 0
    value = loss(fake, real)
    value.backward()
    assert fake.grad.abs().sum() > 0
    weights = {2: 0.1, 7: 0.1, 16: 1, 25: 1, 34: 1}
    assert all(isinstance(loss.features[index], torch.nn.Conv2d) for index in weights)
    expected, a, b = 0.0, (fake - loss.mean) / loss.std, (real - loss.mean) / loss.std
    for index, layer in enumerate(loss.features):
        a, b = layer(a), layer(b)
        expected += weights.get(index, 0) * (a - b).abs().mean().item()
    assert abs(value.item() - expected) < 1e-5 * expected


def test_the_perceptual_loss_refuses_other_weights_than_vgg19s(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"vgg19: .*give a file with torchvision's VGG19 weights, or connect"):
        PerceptualLoss(tmp_path / "none.pth")

    def offline(*_, **__):
        raise OSError("no route to host")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", offline)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    cached = tmp_path / "hub" / "checkpoints" / "vgg19-dcbb9e9d.pth"
    words = rf"vgg19: .*download of https.*no route to host.* give it as vgg19, or copy it to {re.escape(str(cached))}$"
    with pytest.raises(ValueError, match=words):
        PerceptualLoss()
    names = [f"features.{index}.{kind}" for index in range(36) for kind in ("weight", "bias")]
    for wrong in ({"other": torch.zeros(1)}, torch.zeros(1), {name: torch.zeros(1) for name in names}):
        torch.save(wrong, tmp_path / "other.pth")
        with pytest.raises(ValueError, match=r"vgg19: must be torchvision's VGG19 weights.*other.pth"):
            PerceptualLoss(tmp_path / "other.pth")


def test_a_damaged_download_of_vgg19_is_named_with_its_cure(vgg19, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    cached = tmp_path / "hub" / "checkpoints" / "vgg19-dcbb9e9d.pth"
    cached.parent.mkdir(parents=True)
    whole = Path(vgg19).read_bytes()
    cached.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=rf"torch's copy of them, {re.escape(str(cached))}, cannot be read .*; delete"):
        PerceptualLoss()
    cached.write_bytes(whole)
    assert PerceptualLoss().features[0].weight.equal(PerceptualLoss(vgg19).features[0].weight)


def test_the_adversarial_loss_is_cross_entropy_on_logits():
    logits = torch.tensor([0.0, 2.0])
    assert abs(adversarial_loss(logits, True).item() - (math.log(2) + math.log1p(math.exp(-2))) / 2) < 1e-6
    assert abs(adversarial_loss(logits, False).item() - (math.log(2) + math.log1p(math.exp(2))) / 2) < 1e-6
