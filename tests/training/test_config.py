"""The configuration of a training run."""

import os
from dataclasses import replace

import pytest

pytest.importorskip("torch")

from degradekit_models.config import GAN, NET, Config, ConfigError


def test_the_two_stages_have_the_papers_values():
    assert (NET.iterations, NET.learning_rate, NET.loss_weights) == (1_000_000, 2e-4, {"l1": 1})
    assert (GAN.iterations, GAN.learning_rate) == (400_000, 1e-4)
    assert GAN.loss_weights == {"l1": 1, "perceptual": 1, "adversarial": 0.1}
    assert (GAN.patch, GAN.batch, GAN.ema_decay) == (256, 48, 0.999)
    differing = {name for name, value in GAN.to_dict().items() if NET.to_dict()[name] != value}
    assert differing == {"iterations", "learning_rate", "loss_weights"}


def test_only_a_run_with_an_adversarial_loss_is_adversarial():
    assert not NET.is_adversarial
    assert GAN.is_adversarial
    assert not Config(loss_weights={"l1": 1, "perceptual": 0.5}).is_adversarial


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"shards": 5}, r"shards: must be a list \(got 5\)"),
        ({"shards": [5]}, r"shards\[0\]: must be text \(got 5\)"),
        ({"batch": "many"}, r"batch: must be an integer \(got 'many'\)"),
        ({"batch": 0}, r"batch: must be between 1 and 65536 \(got 0\)"),
        ({"batch": 4, "accumulation_steps": 3}, r"batch: must be a multiple of accumulation_steps, 3 \(got 4\)"),
        ({"learning_rte": 1e-4}, r"learning_rte: unknown field; .*did you mean 'learning_rate'\?"),
        ({"flip": 1}, r"flip: must be true or false \(got 1\)"),
        ({"learning_rate": float("nan")}, r"learning_rate: must be a finite number"),
        ({"ema_decay": 1.0}, r"ema_decay: must be >= 0 and < 1 \(got 1.0\)"),
        ({"seed": 2**63}, r"seed: must be between 0 and"),
        ({"precision": "fp16"}, r"precision: must be 'auto', 'bf16' or 'fp32' \(got 'fp16'\)"),
        ({"patch": 30}, r"patch: must be a multiple of 4 and >= 4 \(got 30\)"),
        ({"schedule": "linear"}, r"schedule: must be 'constant', 'multistep' or 'cosine' \(got 'linear'\)"),
        (
            {"schedule": "multistep"},
            r"milestones: must be given for the schedule multistep, and for no other \(got \[\]\)",
        ),
        ({"milestones": [5]}, r"milestones: must be given for the schedule multistep, and for no other \(got \[5\]\)"),
        ({"schedule": "multistep", "milestones": ["a"]}, r"milestones\[0\]: must be an integer \(got 'a'\)"),
        (
            {"schedule": "multistep", "milestones": [5, 5]},
            r"milestones: must increase and be below iterations, 1000000",
        ),
        (
            {"schedule": "multistep", "milestones": [10**6]},
            r"milestones: must increase and be below iterations, 1000000",
        ),
        ({"gamma": 2}, r"gamma: must be between 0 and 1 \(got 2"),
        ({"clip_gradient_norm": 0.0}, r"clip_gradient_norm: must be above 0 \(got 0.0\)"),
        ({"loss_weights": {"l2": 1}}, r"loss_weights: unknown name 'l2'; known: l1, perceptual, adversarial"),
        ({"loss_weights": {"l1": -1}}, r"loss_weights: the weight of l1 must be >= 0"),
        ({"loss_weights": {"l1": 0}}, r"loss_weights: at least one weight must be above 0"),
    ],
)
def test_a_field_that_breaks_its_rule_is_refused_in_words(fields, message):
    with pytest.raises(ConfigError, match=f"^{message}"):
        Config(**fields)


@pytest.mark.parametrize("patch", [8, 36])
def test_an_adversarial_run_needs_patches_that_the_discriminator_can_halve(patch):
    with pytest.raises(ConfigError, match=rf"patch: must be a multiple of 8 and >= 16 \(got {patch}\)"):
        replace(GAN, patch=patch)
    assert replace(NET, patch=patch).patch == patch


def test_all_mistakes_are_reported_at_once():
    with pytest.raises(ConfigError) as caught:
        Config(batch="many", learning_rte=1e-4, flip=1)
    assert {mistake.where for mistake in caught.value.mistakes} == {"batch", "learning_rte", "flip"}


def test_one_dataset_may_be_given_without_a_list():
    assert Config(shards="a").shards == ("a",)
    assert Config(shards=["a", "b"]).shards == ("a", "b")


def test_a_file_overrides_the_stage(tmp_path):
    (tmp_path / "c.yaml").write_text("shards: [a]\nbatch: 8\nloss_weights: {adversarial: 0.2, l1: 1}\n")
    assert Config.load(tmp_path / "c.yaml", GAN) == replace(
        GAN, shards=("a",), batch=8, loss_weights={"l1": 1, "adversarial": 0.2}
    )
    (tmp_path / "empty.yaml").write_text("")
    assert Config.load(tmp_path / "empty.yaml") == NET


def test_the_order_of_the_losses_in_a_file_decides_nothing():
    one, other = Config(loss_weights={"perceptual": 1, "l1": 2}), Config(loss_weights={"l1": 2, "perceptual": 1})
    assert list(one.loss_weights) == list(other.loss_weights)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2]", r"c.yaml: must be a mapping \(got \[1, 2\]\)"),
        ("[]", r"c.yaml: must be a mapping \(got \[\]\)"),
        ("a: b: c", r"c.yaml: line 1, column 5"),
        ("batch: 8\nbatch: 9", "c.yaml: .*'batch' is given twice"),
        ("learning_rte: 1", "c.yaml: learning_rte: unknown field"),
        ("init: 2020-01-01", "c.yaml: init: must be text"),
        ("patch: 0", "c.yaml: patch: must be between 1 and 4096"),
    ],
)
def test_a_file_that_is_not_a_configuration_is_refused_in_words(text, message, tmp_path):
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(ConfigError, match=message):
        Config.load(tmp_path / "c.yaml")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"features": 10**9}, r"features: must be between 1 and 256 \(got 1000000000\)"),
        ({"blocks": 10**9}, "blocks: must be between 1 and 64"),
        ({"patch": 10**9}, "patch: must be between 1 and 4096"),
        ({"batch": 10**9}, "batch: must be between 1 and 65536"),
        ({"iterations": 10**30}, "iterations: must be between 1 and 1000000000"),
        ({"log_every": 10**30}, "log_every: must be between 1 and 1000000000"),
        ({"workers": 10**6}, "workers: must be between 0 and 1024"),
        ({"val_images": 10**9}, "val_images: must be between 0 and 10000"),
        ({"seed": 10**5000}, r"seed: must be between 0 .* \(got an int of too many digits\)"),
        ({"loss_weights": {"l1": 1e308}}, r"loss_weights: the weight of l1 must be <= 1e\+300"),
    ],
)
def test_absurd_work_is_refused_before_any_of_it(fields, message):
    with pytest.raises(ConfigError, match=f"^{message}"):
        Config(**fields)


def test_paths_may_be_objects_and_are_kept_as_text(tmp_path):
    paths = {"init": tmp_path / "i.pth", "vgg19": tmp_path / "v.pth", "val": tmp_path}
    config = Config(shards=[tmp_path / "a", "b"], **paths)
    assert config == Config(shards=(str(tmp_path / "a"), "b"), **{name: str(path) for name, path in paths.items()})
    assert Config(shards=tmp_path) == Config(shards=str(tmp_path))
    assert config.to_dict()["shards"] == [str(tmp_path / "a"), "b"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda _: None, "No such file or directory"),
        (os.mkfifo, "must be a regular file, and is a named pipe"),
        (os.mkdir, "must be a file, and is a folder"),
        (lambda path: path.write_bytes(b"a" * (2**18 + 1)), "must have at most 262,144 bytes"),
    ],
)
def test_a_configuration_is_read_from_a_regular_file_without_waiting(make, reason, tmp_path):
    make(tmp_path / "c.yaml")
    with pytest.raises(ConfigError, match=rf"c\.yaml: cannot be read \({reason}"):
        Config.load(tmp_path / "c.yaml")


def test_a_bomb_of_aliases_is_refused(tmp_path):
    lines = ["shards: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join(['*' + before] * 9)}]" for before, name in zip("abcdefg", "bcdefgh", strict=True)
    ]
    (tmp_path / "c.yaml").write_text("\n".join(lines))
    with pytest.raises(ConfigError, match=r"c\.yaml: line 5, column .*: must have at most 10,000 values"):
        Config.load(tmp_path / "c.yaml")
