"""The networks of the trainer."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from degradekit_models.discriminator import UNetDiscriminatorSN
from degradekit_models.generator import RRDBNet


def parameter_count(network) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize(("scale", "parameters"), [(4, 16_697_987), (2, 16_703_171), (1, 16_723_907)])
def test_the_generator_has_the_published_parameters(scale, parameters):
    with torch.device("meta"):
        network = RRDBNet(scale)
    assert parameter_count(network) == parameters
    names = set(network.state_dict())
    assert {"conv_first.weight", "body.0.rdb1.conv1.weight", "body.22.rdb3.conv5.bias", "conv_last.bias"} <= names


def test_the_discriminator_has_the_published_parameters():
    network = UNetDiscriminatorSN()
    assert parameter_count(network) == 4_376_897
    normed = {name.split(".")[0] for name in network.state_dict() if name.endswith("weight_orig")}
    assert normed == {f"conv{index}" for index in range(1, 9)}
    assert {name for name in network.state_dict() if name.endswith("bias")} == {"conv0.bias", "conv9.bias"}


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_sizes_and_the_scale_of_new_weights(scale):
    network = RRDBNet(scale, features=8, blocks=2)
    assert network(torch.rand(2, 3, 8, 12)).shape == (2, 3, 8 * scale, 12 * scale)
    weight = network.body[0].rdb1.conv1.weight
    expected = 0.1 * math.sqrt(2 / (weight.shape[1] * 9))
    # The standard deviation of n values has a standard error of about sd / sqrt(2 n).
    assert abs(weight.std().item() - expected) < 5 * expected / math.sqrt(2 * weight.numel())
    assert UNetDiscriminatorSN(4)(torch.rand(1, 3, 16, 24)).shape == (1, 1, 16, 24)


def test_the_power_iteration_advances_by_its_own_call_only():
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
    weights = [network.get_submodule(f"conv{index}").weight.flatten(1) for index in range(1, 9)]
    norms = [torch.linalg.matrix_norm(weight, 2).item() for weight in weights]
    np.testing.assert_allclose(norms, 1, rtol=1e-3)
