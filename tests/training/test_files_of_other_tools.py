"""Weights as other tools save them: under their keys, with their prefixes, next to other networks."""

import pytest

torch = pytest.importorskip("torch")

from checkpoints import equal_weights
from degradekit_models.discriminator import UNetDiscriminatorSN
from degradekit_models.generator import RRDBNet
from degradekit_models.weights import WeightsError, load_generator, save_generator
from safetensors.torch import save_file


def network(seed: int = 0) -> dict:
    torch.manual_seed(seed)
    return RRDBNet(4, features=4, blocks=1).state_dict()


def prefixed(prefix: str, weights: dict) -> dict:
    return {prefix + name: value for name, value in weights.items()}


WEIGHTS, OTHER = network(0), network(1)
JUDGE = UNetDiscriminatorSN(4).state_dict()
LIGHTNING = prefixed("net_g.", WEIGHTS) | prefixed("net_d.", JUDGE) | {"vgg.features.0.weight": torch.ones(2)}
OPTIMIZER = {"state": {0: {"step": torch.ones(()), "exp_avg": torch.ones(2)}}, "param_groups": [{"lr": 1e-4}]}
SAVED = {
    "KAIR": WEIGHTS,
    "BasicSR": {"params": WEIGHTS},
    "BasicSR with an average": {"params": OTHER, "params_ema": WEIGHTS},
    "neosr's old key": {"params-ema": WEIGHTS},
    "traiNNer-redux": {"metadata": {"scale": 4}, "params": WEIGHTS},
    "a GAN of one's own": {"generator": WEIGHTS, "discriminator": JUDGE, "epoch": 3, "optimizer": OPTIMIZER},
    "with an average of one's own": {"g": OTHER, "d": JUDGE, "g_ema": WEIGHTS, "iteration": torch.tensor(7)},
    "model_state_dict": {"epoch": 1, "model_state_dict": WEIGHTS, "optimizer_state_dict": OPTIMIZER},
    "model": {"model": WEIGHTS},
    "net_g": {"net_g": WEIGHTS},
    "Lightning": {"epoch": 1, "state_dict": LIGHTNING, "optimizer_states": [OPTIMIZER], "loops": {"fit": {}}},
    "Lightning with an average": {"state_dict": prefixed("net_g.", OTHER) | prefixed("net_g_ema.", WEIGHTS)},
    "compiled": prefixed("_orig_mod.", WEIGHTS),
    "compiled and distributed": {"params": prefixed("module._orig_mod.", WEIGHTS)},
    "torch's AveragedModel": {"n_averaged": torch.tensor(5), **prefixed("module.", WEIGHTS)},
    "ema_pytorch": prefixed("online_model.", OTHER) | prefixed("ema_model.", WEIGHTS) | {"initted": torch.tensor(True)},
    "any prefix": prefixed("whatever.it.is.", WEIGHTS),
}


@pytest.mark.parametrize("tool", SAVED)
def test_weights_are_read_from_the_files_of_a_tool(tool, tmp_path):
    torch.save(SAVED[tool], tmp_path / "g.pth")
    assert equal_weights(load_generator(tmp_path / "g.pth").state_dict(), WEIGHTS)


@pytest.mark.parametrize(
    ("tool", "choice"),
    [
        ("BasicSR", None),
        ("with an average of one's own", "takes the weights in g_ema, not those in g"),
        ("BasicSR with an average", "takes the weights in params_ema, not those in params"),
        ("Lightning with an average", "takes the weights in state_dict.net_g_ema, not those in state_dict.net_g"),
    ],
)
def test_which_of_several_networks_is_taken_is_reported(tool, choice, tmp_path):
    torch.save(SAVED[tool], tmp_path / "g.pth")
    notes: list[str] = []
    load_generator(tmp_path / "g.pth", notes.append)
    assert notes == ([f"{tmp_path / 'g.pth'}: {choice}"] if choice else [])


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16])
def test_safetensors_in_16_bits_with_metadata_of_others_are_read(precision, tmp_path):
    half = {name: value.to(precision) for name, value in WEIGHTS.items()}
    save_file(prefixed("module.", half), tmp_path / "g.safetensors", {"modelspec.title": "x", "tags": "[]"})
    expected = {name: value.float() for name, value in half.items()}
    assert equal_weights(load_generator(tmp_path / "g.safetensors").state_dict(), expected)


def upsampling(count: int) -> dict:
    """Weights of ESRGAN's second release with another count of upsampling convolutions."""
    kept = {name: value for name, value in WEIGHTS.items() if not name.startswith("conv_up")}
    return kept | {f"upconv{index + 1}.weight": WEIGHTS["conv_up1.weight"] for index in range(count)}


def first_release(count: int) -> dict:
    """Names of ESRGAN's first release with another count of upsampling convolutions."""
    last = 4 + 3 * count
    names = [
        "0",
        "1.sub.0.RDB1.conv1.0",
        "1.sub.1",
        *(str(3 * n) for n in range(1, count + 1)),
        str(last - 2),
        str(last),
    ]
    return {f"model.{name}.weight": torch.ones(4, 3, 3, 3) for name in names}


@pytest.mark.parametrize("named", [upsampling, first_release])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_an_esrgan_of_another_scale_is_refused_as_such(named, count, tmp_path):
    torch.save(named(count), tmp_path / "g.pth")
    message = f"must be an RRDBNet's .*: it is an ESRGAN with {count} instead of 2 enlargements by 2"
    with pytest.raises(WeightsError, match=message):
        load_generator(tmp_path / "g.pth")


def test_mappings_that_contain_each_other_are_searched_once(tmp_path):
    nested: dict = {"x": torch.ones(1)}
    for _ in range(30):
        nested = {"a": nested, "b": nested}
    nested["a"]["itself"] = nested
    torch.save(nested, tmp_path / "g.pth")
    with pytest.raises(WeightsError, match="must be a file of named tensors"):
        load_generator(tmp_path / "g.pth")


def test_every_tensor_that_differs_is_named_up_to_five(tmp_path):
    torch.save(WEIGHTS | {f"extra.{index}": torch.ones(1) for index in range(7)}, tmp_path / "g.pth")
    with pytest.raises(WeightsError, match=r"'extra.0' does not belong to it; .*'extra.4' does not .* 2 more differ"):
        load_generator(tmp_path / "g.pth")


def test_our_own_files_hold_one_network(tmp_path):
    generator = RRDBNet(4, features=4, blocks=1)
    notes: list[str] = []
    for name in ("g.pth", "g.safetensors"):
        save_generator(generator, tmp_path / name)
        load_generator(tmp_path / name, notes.append)
    assert notes == []
