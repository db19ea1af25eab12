"""`degradekit train`."""

import os
import re
import signal
from dataclasses import fields, replace

import pytest

pytest.importorskip("torch")

from checkpoints import checkpoint
from click.testing import CliRunner
from degradekit_models.config import GAN, NET, Config
from small_datasets import IN_PROCESS

from degradekit import HighOrder
from degradekit.dataset import Options, synthesize
from degradekit_cli.main import main

SMALL = {"features": 4, "blocks": 1, "patch": 32, "batch": 2, "workers": 0, "device": "cpu", "iterations": 1}


def train(stage: str, *arguments: object, **options: object):
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return CliRunner().invoke(main, ["train", stage, *map(str, (*arguments, *words))])


def test_options_override_the_file(training_shards, tmp_path):
    (tmp_path / "net.yaml").write_text(
        "features: 4\nblocks: 1\npatch: 32\nbatch: 2\niterations: 9\nworkers: 0\ndevice: cpu\n"
    )
    file = ["--config", tmp_path / "net.yaml", "--log-every", 1, "--iterations", 2]
    done = train("net", training_shards, "--output", tmp_path / "run", *file)
    assert done.exit_code == 0, done.output
    assert [line.split()[0] for line in done.output.splitlines()] == [
        "x4",
        "1/2",
        "2/2",
        "validating",
        "2",
        "2",
        "train",
        "enlarge",
    ]


@pytest.mark.parametrize("stage", ["net", "gan"])
def test_every_field_of_a_configuration_is_an_option_and_in_show(stage):
    printed = train("show", stage).output
    for field in fields(Config):
        assert re.search(rf"^# (?!Rule).*\n(# .*\n)*{field.name}:", printed, re.MULTILINE), field.name
    adversarial = {"vgg19", "init_discriminator"}
    options = {parameter.name for parameter in main.commands["train"].commands[stage].params}
    assert {field.name for field in fields(Config)} - options == (adversarial if stage == "net" else set())


@pytest.mark.parametrize(("stage", "configuration"), [("net", NET), ("gan", GAN)])
def test_what_show_prints_is_the_configuration(stage, configuration, tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text(train("show", stage).output)
    assert Config.load(file) == configuration
    changed = replace(configuration, shards=("a", "b"), data_weights=(1.0, 2.0), features=8, val="v", flip=False)
    file.write_text(changed.to_yaml())
    assert Config.load(file) == changed
    assert train("show", "net", config=file).output == changed.to_yaml()


def test_lists_and_loss_weights_are_options(training_shards, tmp_path):
    options = {"loss-weights": "l1=0.5", "schedule": "multistep", "milestones": "1,2", "iterations": 3, "flip": None}
    words = [word for name, value in options.items() if value for word in (f"--{name}", value)]
    done = train("net", training_shards, "--output", tmp_path / "run", "--no-flip", *words, **SMALL | {"iterations": 3})
    assert done.exit_code == 0, done.output
    config = checkpoint(tmp_path / "run")["config"]
    assert (config["loss_weights"], config["milestones"], config["flip"]) == ({"l1": 0.5}, [1, 2], False)
    wrong = train("net", "--output", tmp_path / "run", "--loss-weights", "l1")
    assert "must be names with weights, as in l1=1,perceptual=0.5 (got 'l1')" in wrong.output


def test_a_request_to_stop_in_the_last_validation_ends_the_command_as_stopped(training_shards, tmp_path, monkeypatch):
    """Otherwise a script would start the second stage."""

    def stopped(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("degradekit_models.validation.Validation.run", stopped)
    done = train("net", training_shards, "--output", tmp_path / "run", **SMALL)
    assert done.exit_code == 130
    assert done.stderr == "stopped after iteration 1, which is saved; the same command resumes the run\n"


def test_another_stage_in_the_folder_is_refused(training_shards, tmp_path):
    out = tmp_path / "run"
    assert train("net", training_shards, "--output", out, **SMALL).exit_code == 0
    wrong = train("gan", training_shards, "--output", out, "--patch", 64)
    message = "--output: holds a run that differs in patch, batch, loss_weights; choose another folder"
    assert (wrong.exit_code, wrong.output) == (1, f"error: {message} (got {str(out)!r})\n")


def test_missing_weights_of_vgg19_are_reported(training_shards, tmp_path):
    assert train("net", training_shards, "--output", tmp_path / "net", **SMALL).exit_code == 0
    files = ["--init", tmp_path / "net" / "generator.pth", "--vgg19", tmp_path / "none.pth"]
    gan = train("gan", training_shards, "--output", tmp_path / "gan", *files, **SMALL)
    assert gan.exit_code == 1
    assert gan.output.startswith("error: --vgg19: its weights are needed")


def test_a_scale_that_no_network_has_is_refused(photos, tmp_path):
    synthesize(photos, tmp_path / "x3", HighOrder(scale=3), Options(tile=96), engine=IN_PROCESS)
    wrong = train("net", tmp_path / "x3", "--output", tmp_path / "run", **SMALL | {"patch": 48})
    assert (wrong.exit_code, wrong.output) == (1, "error: scale: must be 4, 2 or 1 (got 3)\n")


def test_an_option_that_breaks_its_rule_is_refused(tmp_path):
    wrong = train("net", "--output", tmp_path / "run", "--batch", 4, "--accumulation-steps", 3)
    assert (wrong.exit_code, wrong.output) == (
        1,
        "error: --batch: must be a multiple of accumulation_steps, 3 (got 4)\n",
    )


def test_a_bucket_cannot_be_a_runs_folder():
    wrong = train("net", "--output", "s3://bucket/run")
    assert wrong.exit_code == 2
    assert "must be a path on this machine" in wrong.output
