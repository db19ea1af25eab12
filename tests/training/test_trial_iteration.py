"""The trial iteration before any data are read refuses runs without enough memory, and changes nothing else."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

from checkpoints import equal_weights, ignore_line
from degradekit_models import trial_iteration
from degradekit_models.loading import Batches, load_patches
from degradekit_models.patches import Patches
from degradekit_models.run import Run
from degradekit_models.train import TrainingError, fit
from degradekit_models.trial_iteration import try_iteration
from degradekit_models.world import World

CPU, OTHER = World(torch.device("cpu")), World(SimpleNamespace(type="other"))  # other devices are tried at full size


@pytest.mark.parametrize("world", [CPU, OTHER], ids=["cpu", "other devices"])
def test_a_trial_iteration_changes_nothing_of_a_run(world, gan):
    config = replace(gan, batch=5)
    patches = Patches(config.shards, config.patch, config.seed)
    weights = []
    for is_tried in (True, False):
        torch.manual_seed(0)
        run = Run(config, 4, CPU)
        if is_tried:
            before = torch.get_rng_state()
            assert try_iteration(run, config, world) == []
            assert torch.equal(torch.get_rng_state(), before)
            for network in run.networks:
                assert all(weight.grad is None for weight in network.network.parameters())
                assert not network.optimizer.state
        run.step(load_patches(patches, Batches(0, 1, config.batch), 0, pin=False))
        weights.append([network.network.state_dict() for network in run.networks] + [run.ema.state_dict()])
    assert all(equal_weights(one, other) for one, other in zip(*weights, strict=True))


def test_a_batch_that_exceeds_the_memory_of_the_device_is_refused_before_data_are_read(net, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Run, "compute_gradients", full)
    monkeypatch.setattr(Patches, "__getitem__", lambda *_: pytest.fail("data are read"))
    with pytest.raises(TrainingError, match=r"^batch: needs more memory .* raise accumulation_steps.*\(got 8\)"):
        fit(replace(net, batch=8), tmp_path, ignore_line)


@pytest.mark.parametrize(
    ("available", "cure"),
    [
        (5_000_000, "accumulation_steps 4 needs 0.0 GB"),
        (1_000, "even one patch at a time needs 0.0 GB, so choose smaller patches, or fewer features or blocks"),
    ],
)
def test_a_run_without_enough_memory_is_refused_with_a_size_that_fits(available, cure, net, tmp_path, monkeypatch):
    monkeypatch.setattr(trial_iteration, "available_bytes", lambda: available)
    message = rf"^batch: needs about 0.0 GB of memory, and 0.0 GB are available; {cure} \(got 8\)$"
    with pytest.raises(TrainingError, match=message):
        fit(replace(net, batch=8), tmp_path / "run", ignore_line)
    assert not (tmp_path / "run" / "log.csv").exists()


def test_the_memory_of_a_part_is_linear_in_its_pixels(net):
    """Memory is measured for one and two patches, and predicted for six, up to tensors whose size is constant."""
    run = Run(net, 4, CPU)
    needs = trial_iteration._extrapolated(run, net)
    with trial_iteration._counting_saved_bytes() as kept:
        run.compute_gradients([trial_iteration._black_part(run, 6, net.patch)])
    predicted = (needs.bytes(6, net.patch) - needs.fixed) / trial_iteration._OVERHEAD
    largest = max(weight.nbytes for weight in run.generator.network.parameters())
    assert abs(predicted - max(kept)) < 0.01 * max(kept) + 100 * largest
    assert kept[-1] == 0


def test_without_a_gpu_people_are_advised_if_an_iteration_is_slow(net, tmp_path, monkeypatch):
    monkeypatch.setattr(trial_iteration, "_SLOW", 0.0)
    lines = []
    fit(replace(net, batch=8, iterations=1), tmp_path, lines.append)
    assert lines[1].startswith("no GPU: an iteration takes about ")
    assert "features 16, blocks 2, batch 8 and patch 64" in lines[1]


def test_a_run_as_small_as_a_trial_is_not_tried(net, monkeypatch):
    run = Run(net, 4, CPU)
    monkeypatch.setattr(run, "compute_gradients", lambda *_: pytest.fail("it is tried"))
    assert try_iteration(run, net, CPU) == []
