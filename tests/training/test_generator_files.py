"""Files with generator weights: the trainer's, those of other releases, and damaged ones."""

import importlib.util
import os
import subprocess
import sys
import types

import pytest

torch = pytest.importorskip("torch")

from checkpoints import equal_weights
from degradekit_models.generator import RRDBNet
from degradekit_models.weights import WeightsError, load_generator, save_generator


def small(scale: int = 4) -> RRDBNet:
    torch.manual_seed(scale)
    return RRDBNet(scale, features=8, blocks=2)


@pytest.mark.parametrize("scale", [1, 2, 4])
@pytest.mark.parametrize("extension", [".pth", ".safetensors"])
def test_saved_weights_are_loaded_as_they_were(scale, extension, tmp_path):
    network, image = small(scale), torch.rand(1, 3, 8, 8)
    save_generator(network, tmp_path / f"g{extension}")
    again = load_generator(tmp_path / f"g{extension}")
    assert (again.scale, again.features, again.blocks) == (scale, 8, 2)
    assert equal_weights(again.state_dict(), network.state_dict())
    assert again(image).shape == (1, 3, 8 * scale, 8 * scale)
    assert [path.name for path in tmp_path.iterdir()] == [f"g{extension}"]
    umask = os.umask(0)
    os.umask(umask)
    assert (tmp_path / f"g{extension}").stat().st_mode & 0o777 == 0o666 & ~umask


@pytest.mark.parametrize("name", ["g.pth", "G.SAFETENSORS", "g"])
def test_safetensors_are_known_by_their_content(name, tmp_path):
    network = small(4)
    save_generator(network, tmp_path / "made.safetensors")
    (tmp_path / "made.safetensors").rename(tmp_path / name)
    assert equal_weights(load_generator(tmp_path / name).state_dict(), network.state_dict())


SAVE = """
import sys
import torch
from pathlib import Path
from degradekit_models.generator import RRDBNet
from degradekit_models.weights import save_generator
torch.manual_seed(4)
network = RRDBNet(4, features=8, blocks=2)
for extension in ("pth", "safetensors"):
    save_generator(network, Path(sys.argv[1], f"other.{extension}"))
"""


def test_the_same_weights_give_the_same_bytes_in_any_process(tmp_path):
    """Safetensors keeps its metadata in another order each time, from within one process too."""
    for extension in ("pth", "safetensors"):
        files = [tmp_path / f"{index}.{extension}" for index in range(8)]
        for file in files:
            save_generator(small(), file)
        assert len({file.read_bytes() for file in files}) == 1
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", SAVE, str(tmp_path)], check=True, env=environment)
    for extension in ("pth", "safetensors"):
        assert (tmp_path / f"other.{extension}").read_bytes() == (tmp_path / f"0.{extension}").read_bytes()


def first_release(name: str) -> str:
    parts = name.split(".")
    if parts[0] == "body":
        return f"model.1.sub.{parts[1]}.RDB{parts[2][-1]}.{parts[3]}.0.{parts[4]}"
    indices = {
        "conv_first": "0",
        "conv_body": "1.sub.2",
        "conv_up1": "3",
        "conv_up2": "6",
        "conv_hr": "8",
        "conv_last": "10",
    }
    return f"model.{indices[parts[0]]}.{parts[1]}"


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
    assert equal_weights(load_generator(tmp_path / "g.pth").state_dict(), network.state_dict())


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
        ("text.pth", r"cannot be read .*: not a file of named tensors\)"),
        ("cut.pth", "cannot be read"),
        ("numbers.pth", "must be a file of named tensors"),
        ("other.pth", "must be an RRDBNet's .*there is no conv_first"),
        ("growth.pth", r"must be an RRDBNet's .*body.0.rdb1.conv2.weight is \(16, 24, 3, 3\) instead of"),
        ("inputs.pth", "must be an RRDBNet's .*conv_first takes 4 channels instead of 3, 12, 48"),
        ("more.pth", "must be an RRDBNet's .*'extra.weight' does not belong to it"),
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
