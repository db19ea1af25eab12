import importlib.util
import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from checkpoints import ignore_line
from small_datasets import IN_PROCESS

from degradekit import HighOrder
from degradekit.dataset import Options, synthesize

if TYPE_CHECKING:
    from degradekit_models.config import Config


@pytest.fixture(autouse=True)
def patience(monkeypatch) -> None:
    """No iteration counts as slow, as one of 13 s did on a busy machine, where advice was among the lines of a run."""
    if importlib.util.find_spec("torch"):
        monkeypatch.setattr("degradekit_models.trial_iteration._SLOW", math.inf)


@pytest.fixture(scope="session")
def training_shards(photos, tmp_path_factory) -> str:
    """Shards with a split validation."""
    target = tmp_path_factory.mktemp("training") / "shards"
    options = Options(tile=96, step=48, variants=2, shard_size=1, seed=3, val=1)
    synthesize(photos, target, HighOrder(), options, engine=IN_PROCESS)
    return str(target)


@pytest.fixture(scope="session")
def net(training_shards) -> "Config":
    """A short run of the first stage."""
    from degradekit_models.config import NET

    return replace(
        NET, shards=(training_shards,), features=4, blocks=1, patch=32, batch=4, iterations=6, workers=0, log_every=2,
        save_every=3, val_every=6, val_images=1, device="cpu", precision="fp32",
    )  # fmt: skip


@pytest.fixture(scope="session")
def vgg19(tmp_path_factory) -> str:
    """A file with random weights for VGG19, under the names that torchvision gives them."""
    import torch

    torch.manual_seed(0)
    channels = [3, 64, 64, None, 128, 128, None, 256, 256, 256, 256, None, 512, 512, 512, 512, None, 512, 512, 512, 512]
    weights, index, inputs = {}, 0, 3
    for outputs in channels[1:]:
        if outputs is None:  # a pooling layer
            index += 1
            continue
        convolution = torch.nn.Conv2d(inputs, outputs, 3)
        weights |= {f"features.{index}.{name}": value for name, value in convolution.state_dict().items()}
        index, inputs = index + 2, outputs  # a rectifier follows
    path = tmp_path_factory.mktemp("vgg") / "vgg19.pth"
    torch.save(weights, path)
    return str(path)


@pytest.fixture(scope="session")
def first_stage(net, tmp_path_factory) -> Path:
    """The folder of a first stage that has kept its new weights."""
    from degradekit_models.train import fit

    folder = tmp_path_factory.mktemp("first") / "net"
    fit(replace(net, iterations=1, learning_rate=0.0), folder, ignore_line)
    return folder


@pytest.fixture
def gan(net, vgg19, first_stage, tmp_path) -> "Config":
    """A short run of the second stage, from the new weights of a first stage in `tmp_path / "net"`."""
    from degradekit_models.config import GAN

    shutil.copytree(first_stage, tmp_path / "net")
    return replace(
        net, init=str(tmp_path / "net" / "generator.pth"), vgg19=vgg19, loss_weights=GAN.loss_weights,
        learning_rate=GAN.learning_rate, batch=2,
    )  # fmt: skip
