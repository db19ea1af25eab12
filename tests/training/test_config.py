"""The configuration of a training run."""

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
