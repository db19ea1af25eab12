"""`degradekit recipe`, as a person types it."""

import json

import pytest
from terminal import degradekit


def test_shown_recipes_are_valid_and_build_datasets_at_their_scale_and_others(photos, tmp_path):
    listed = degradekit("recipe", "list").stdout
    names = [line.split()[0] for line in listed.splitlines()]
    assert names == ["real-esrgan", "classical", "bicubic", "bsrgan", "bsrgan-plus"]
    for name in names:
        (tmp_path / f"{name}.yaml").write_text(degradekit("recipe", "show", name, "--scale", 2).stdout)
    checked = degradekit("recipe", "validate", *(f"{name}.yaml" for name in names), cwd=tmp_path)
    assert checked.returncode == 0
    assert checked.stdout.splitlines() == [f"{name}.yaml: ok" for name in names]
    done = degradekit(
        *("synth", photos, "shards", "--recipe", "classical.yaml", "--tile", 96, "--workers", 0), cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    scaled = degradekit(
        *("synth", photos, "x3", "--recipe", "classical.yaml", "--scale", 3, "--tile", 96, "--workers", 0), cwd=tmp_path
    )
    assert scaled.returncode == 0, scaled.stderr


def test_a_typo_is_reported_with_its_file_its_field_and_the_known_ones(photos, tmp_path):
    (tmp_path / "mine.yaml").write_text("op: high_order\nstages:\n- compress: {op: jpeg, qualty: [1, 2]}\n")
    for command in (["recipe", "validate", "mine.yaml"], ["synth", photos, "out", "--recipe", "mine.yaml"]):
        done = degradekit(*command, cwd=tmp_path)
        assert done.returncode == 1
        assert (
            "mine.yaml: stages[0].compress.qualty: unknown field; known: name, quality, subsampling; "
            "did you mean 'quality'?" in done.stderr
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "esrgan"], "preset: unknown name 'esrgan'; known: real-esrgan"),
        (["show", "classical", "--scale", "0"], "--scale: must be between 1 and 64 (got 0)"),
        (["validate", "no.yaml"], "no.yaml: cannot be read"),
    ],
)
def test_a_mistake_is_explained(arguments, message, tmp_path):
    done = degradekit("recipe", *arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {message}")
    assert done.stderr.count("\n") == 1


def test_without_a_name_the_default_recipe_is_shown():
    shown = degradekit("recipe", "show").stdout
    assert shown.startswith("op: high_order\norder: 2\n")
    assert shown == degradekit("recipe", "show", "real-esrgan").stdout


def test_a_file_is_shown_with_every_field(tmp_path):
    (tmp_path / "mine.yaml").write_text(
        "op: high_order\norder: 1\nscale: 2\nstages: [{compress: {op: jpeg, quality: 60}}]\n"
    )
    shown = degradekit("recipe", "show", "mine.yaml", cwd=tmp_path).stdout
    assert "quality: [60, 60]" in shown
    assert "sigma_law" in shown
    assert "scale: 2" in shown
    assert "scale: 3" in degradekit("recipe", "show", "mine.yaml", "--scale", 3, cwd=tmp_path).stdout


def test_schema_is_json():
    assert "high_order" in json.loads(degradekit("recipe", "schema").stdout)["$defs"]
