"""What a run does to the settings that torch keeps for the whole process: nothing that lasts."""

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from checkpoints import ignore_line
from degradekit_models.train import fit


@pytest.mark.parametrize("benchmark", [False, True])
def test_a_run_leaves_torchs_generators_and_settings_as_they_were(benchmark, net, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", benchmark)
    state = torch.manual_seed(123).get_state()
    fit(replace(net, iterations=1), tmp_path, ignore_line)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.backends.cudnn.benchmark is benchmark
