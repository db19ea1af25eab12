"""A checkpoint is typed data: whatever does not fit the run ends in words, before the first iteration."""

import os
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from checkpoints import checkpoint, ignore_line
from degradekit_models.checkpoint import CheckpointError
from degradekit_models.train import fit

from degradekit import DegradekitError

READ, DAMAGED = "^out: its checkpoint cannot be read; delete it to start over .*", "^out: its checkpoint is damaged; .*"


def at(*path, value):
    """Return a change of a checkpoint: another value, or none, at a path of keys."""

    def change(data):
        *outer, last = path
        for key in outer:
            data = data[key]
        if value is None:
            del data[last]
        else:
            data[last] = value

    return change


WEIGHTS = ("run", "generator", "network")
MOMENTS = ("run", "generator", "optimizer", "state")
NAN = torch.full((3,), float("nan"))
BROKEN = {
    "no version": (at("version", value=None), READ + "another version of degradekit"),
    "another version": (at("version", value="2"), READ + "another version of degradekit"),
    "an unknown field": (at("extra", value=1), READ + "extra: unknown field"),
    "a missing field": (at("digests", value=None), READ + "digests: must be given"),
    "an iteration that is no integer": (at("iteration", value="1"), READ + "iteration: must be an integer"),
    "a negative iteration": (at("iteration", value=-1), READ + "iteration: must be between 0 and 1000000000"),
    "a large iteration": (at("iteration", value=10**30), READ + "iteration: must be between 0 and 1000000000"),
    "a scale that is none": (at("scale", value=0), READ + "scale: must be between 1 and 64"),
    "digests that are no list": (at("digests", value="abc"), READ + "digests: must be a list"),
    "digests that are no text": (at("digests", value=[5]), READ + r"digests\[0\]: must be text"),
    "a configuration that is none": (at("config", value=[1]), READ + "config: must be a config"),
    "an unknown option": (at("config", "pach", value=4), READ + "config.pach: unknown field"),
    "an option of another type": (at("config", "patch", value=torch.ones(3)), READ + "config.patch: must be an"),
    "sums that are none": (at("sums", value=[1.0]), READ + "sums: must be a mapping"),
    "a sum that is not finite": (at("sums", "l1", value=float("nan")), READ + "sums.l1: must be a finite number"),
    "a negative count": (at("summed", value=-1), READ + "summed: must be between 0 and 1000000000"),
    "networks that are none": (at("run", value=torch.ones(3)), READ + "run: must be a mapping"),
    "no generator": (at("run", "generator", value=None), DAMAGED),
    "a generator that is a tensor": (at("run", "generator", value=torch.ones(3)), DAMAGED),
    "no weights": (at(*WEIGHTS, value={}), DAMAGED),
    "a missing weight": (at(*WEIGHTS, "conv_last.bias", value=None), DAMAGED + "there is no conv_last.bias"),
    "a weight that is not finite": (at(*WEIGHTS, "conv_last.bias", value=NAN), DAMAGED + "must be finite"),
    "a weight without numbers": (
        at(*WEIGHTS, "conv_last.bias", value=torch.zeros(1).expand(10**12)),
        DAMAGED + "must have its numbers in the file",
    ),
    "a weight of integers": (at(*WEIGHTS, "conv_last.bias", value=torch.arange(3)), DAMAGED + ".*int64"),
    "an average of another shape": (at("run", "ema", "conv_last.bias", value=torch.ones(4)), DAMAGED + "ema: conv"),
    "an average of another precision": (
        at("run", "ema", "conv_last.bias", value=torch.ones(3).half()),
        DAMAGED + "ema: conv_last.bias must be torch.float32 of shape 3",
    ),
    "no moments": (at(*MOMENTS, value={}), DAMAGED + "optimizer: must have moments for each"),
    "moments that are none": (at(*MOMENTS, value=7), DAMAGED + "optimizer: must have moments for each"),
    "moments of one weight missing": (at(*MOMENTS, 3, value=None), DAMAGED + "optimizer: must have moments for each"),
    "moments of another shape": (at(*MOMENTS, 3, "exp_avg", value=torch.ones(3)), DAMAGED + "optimizer: exp_avg must"),
    "moments without numbers": (
        at(*MOMENTS, 3, "exp_avg", value=torch.zeros(1).expand(10**12)),
        DAMAGED + "exp_avg must have its numbers in the file",
    ),
    "a step that is no tensor": (at(*MOMENTS, 3, "step", value=7), DAMAGED + "optimizer: must have the tensors"),
    "a random state of another size": (at("run", "random", value=torch.ones(3, dtype=torch.uint8)), DAMAGED),
    "a random state that is none": (at("run", "random", value="abc"), DAMAGED),
}  # fmt: skip


@pytest.fixture(scope="module")
def saved(training_shards, tmp_path_factory):
    """A short run's configuration and checkpoint."""
    from degradekit_models.config import NET

    config = replace(
        NET, shards=(training_shards,), features=4, blocks=1, patch=32, batch=2, iterations=1, workers=0, val_images=0,
        device="cpu", precision="fp32",
    )  # fmt: skip
    out = tmp_path_factory.mktemp("saved")
    fit(config, out, ignore_line)
    return config, checkpoint(out)


def copied(value):
    return {key: copied(item) for key, item in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("kind", BROKEN)
def test_a_checkpoint_that_does_not_fit_is_refused_with_the_reason(kind, saved, tmp_path):
    config, data = saved
    change, message = BROKEN[kind]
    data = copied(data)
    change(data)
    torch.save(data, tmp_path / "checkpoint.pt")
    with pytest.raises(CheckpointError, match=message) as caught:
        fit(replace(config, iterations=2), tmp_path, ignore_line)
    assert len(str(caught.value)) < 500


def test_what_adam_is_set_to_is_never_taken_from_a_file(saved, tmp_path):
    """Its options are this run's own, so a file cannot bring others, such as a decay of all weights."""
    config, data = saved
    data = copied(data)
    data["run"]["generator"]["optimizer"]["param_groups"] = [{"weight_decay": 1e30, "betas": "x", "params": 7}]
    for out, content in ((tmp_path / "one", data), (tmp_path / "other", saved[1])):
        out.mkdir()
        torch.save(content, out / "checkpoint.pt")
        assert fit(replace(config, iterations=2), out, ignore_line) == 2
    one, other = (checkpoint(tmp_path / name)["run"]["ema"] for name in ("one", "other"))
    assert all(torch.equal(one[name], other[name]) for name in other)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
@pytest.mark.parametrize("name", ["checkpoint.pt", "log.csv"])
def test_named_pipes_in_a_runs_folder_are_not_waited_for(name, saved, tmp_path):
    config, data = saved
    if name == "log.csv":
        torch.save(data, tmp_path / "checkpoint.pt")
    os.mkfifo(tmp_path / name)
    with pytest.raises(DegradekitError, match="must be a regular file, and is a named pipe"):
        fit(replace(config, iterations=2), tmp_path, ignore_line)
