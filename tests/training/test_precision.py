"""bfloat16, channels_last and compiled networks, as far as a CPU can test them."""

import math
import shutil
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from checkpoints import equal_weights, ignore_line, weights
from degradekit_models.loading import Batches, load_patches
from degradekit_models.patches import Patches
from degradekit_models.run import Run
from degradekit_models.train import fit
from degradekit_models.world import World


def one_iteration(config, bf16: bool):
    """Return a run after its first iteration, and the losses of that."""
    torch.manual_seed(0)
    run = Run(config, 4, World(torch.device("cpu"), bf16=bf16))
    patches = Patches(config.shards, config.patch, config.seed)
    return run, run.step(load_patches(patches, Batches(0, 1, config.batch), 0, pin=False))


def test_bfloat16_computes_losses_near_those_of_fp32(gan):
    """Each of about 60 layers, the generator's and VGG19's, rounds to 8 bits: by 2^-9 at most, and to either side.

    The errors of layers add up as a random walk; a loss that is a difference of two such images has them twice.
    """
    (_, exact), (_, rounded) = one_iteration(gan, False), one_iteration(gan, True)
    assert any(not torch.equal(exact[name], rounded[name]) for name in exact)
    bound = 2 * 2**-9 * math.sqrt(60)
    for name, value in exact.items():
        assert rounded[name].dtype == torch.float32
        assert abs(rounded[name] - value) <= bound * value, name


@pytest.mark.parametrize("bf16", [False, True])
def test_weights_averages_and_moments_are_fp32_in_channels_last(bf16, gan):
    run, _ = one_iteration(gan, bf16)
    tensors = [*run.ema.parameters()]
    for network in run.networks:
        tensors += network.network.parameters()
        for moments in network.optimizer.state.values():
            tensors += [moments["exp_avg"], moments["exp_avg_sq"]]
    assert len(tensors) == 4 * len(list(run.ema.parameters())) + 3 * 12
    assert all(tensor.dtype == torch.float32 for tensor in tensors)
    images = [tensor for tensor in tensors if tensor.dim() == 4]
    assert all(tensor.is_contiguous(memory_format=torch.channels_last) for tensor in images)


@pytest.mark.parametrize("bf16", [False, True])
def test_networks_get_channels_last_and_losses_get_fp32_targets(bf16, gan, monkeypatch):
    compute, parts = Run.compute_gradients, []
    monkeypatch.setattr(Run, "compute_gradients", lambda run, given: parts.extend(given) or compute(run, given))
    one_iteration(replace(gan, batch=2), bf16)
    for images in parts[0]:
        assert images.dtype == torch.float32
        assert images.is_contiguous(memory_format=torch.channels_last)


def test_the_average_has_forgotten_the_start_after_ten_iterations(net):
    """The initial weights keep the share prod (1 + n) / (10 + n) = 6e-5; with a decay of 0.999 it would be 0.99."""
    run, _ = one_iteration(net, False)
    start = [torch.randn_like(weight) for weight in run.ema.parameters()]
    left = 1.0
    for n in range(1, 11):
        left *= (1 + n) / (10 + n)
    run.iteration = 0
    with torch.no_grad():
        for average, weight, value in zip(run.ema.parameters(), run.generator.network.parameters(), start, strict=True):
            average.copy_(weight + value)
    for run.iteration in range(1, 11):
        run._update_average()
    for average, weight, value in zip(run.ema.parameters(), run.generator.network.parameters(), start, strict=True):
        torch.testing.assert_close(average - weight, left * value, atol=1e-6, rtol=0)
    assert left < 1e-4


def test_the_average_of_all_weights_at_once_is_that_of_each_to_the_bit(net):
    run, _ = one_iteration(net, False)
    run.iteration = 20_000
    averages = [average.clone() for average in run.ema.parameters()]
    run._update_average()
    for average, expected, weight in zip(
        run.ema.parameters(), averages, run.generator.network.parameters(), strict=True
    ):
        assert torch.equal(average, expected.lerp_(weight.detach(), 1 - net.ema_decay))


needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler on the CPU")
quiet_compiler = pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")  # about other parts of torch


@pytest.mark.slow
@needs_compiler
@quiet_compiler
@pytest.mark.parametrize("stage", ["net", "gan"])
def test_a_compiled_run_resumes_exactly(stage, request, tmp_path):
    config = replace(request.getfixturevalue(stage), compile=True, iterations=3, val_images=0)
    fit(config, tmp_path / "whole", ignore_line)
    fit(replace(config, iterations=2), tmp_path / "resumed", ignore_line)
    fit(config, tmp_path / "resumed", ignore_line)
    for network in ("generator", "ema", "adversary")[: 2 if stage == "net" else 3]:
        assert equal_weights(weights(tmp_path / "whole", network), weights(tmp_path / "resumed", network))


@pytest.mark.slow
@needs_compiler
@quiet_compiler
def test_compiled_networks_have_the_losses_and_gradients_of_plain_ones(gan):
    """Both networks are compiled, and the discriminator is frozen in turns; fused operations round differently."""
    (plain, expected), (compiled, losses) = (
        one_iteration(replace(gan, compile=compiles), False) for compiles in (False, True)
    )
    for name, value in expected.items():
        torch.testing.assert_close(losses[name], value, rtol=1e-4, atol=0)
    for one, other in zip(plain.networks, compiled.networks, strict=True):
        for weight, again in zip(one.network.parameters(), other.network.parameters(), strict=True):
            assert (weight.grad - again.grad).norm() <= 1e-3 * weight.grad.norm()
