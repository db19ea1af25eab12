"""`degradekit recipe`, as a person types it."""

import json

import pytest
from terminal import degradekit

from degradekit.presets import GROUPS, PRESETS


def test_shown_recipes_are_valid_and_build_datasets_at_their_scale_and_others(photos, tmp_path):
    names = ["real-esrgan", "classical", "bsrgan"]
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


def test_the_list_has_every_preset_once_under_the_heading_of_its_group():
    heading, listed = "", {}
    for line in filter(None, degradekit("recipe", "list").stdout.splitlines()):
        if not line.startswith(" "):
            heading = line
        elif "also called " not in line:
            listed[line.split()[0]] = heading
    assert listed == {name: GROUPS[preset.group] for name, preset in PRESETS.items()}


def test_a_typo_is_reported_with_its_file_its_field_and_the_known_ones(photos, tmp_path):
    (tmp_path / "mine.yaml").write_text("op: high_order\nstages:\n- compress: {op: jpeg, qualty: [1, 2]}\n")
    for command in (["recipe", "validate", "mine.yaml"], ["synth", photos, "out", "--recipe", "mine.yaml"]):
        done = degradekit(*command, cwd=tmp_path)
        assert done.returncode == 1
        assert (
            "mine.yaml: stages[0].compress.qualty: unknown field; known: name, quality, subsampling; "
            "did you mean 'quality'?" in done.stderr
        )


REFUSED = {
    "no_scale": ("op: jpeg", "recipe: must have a scale; put the jpeg into a chain with one, such as `scale: 4`"),
    "not_lr": (
        "{op: chain, scale: 4, children: [{op: jpeg}]}",
        "recipe: must end at the LR size; let the last resize have `to: lr` (got 400 x 400 instead of 100 x 100)",
    ),
    "absurd": (
        "{op: chain, scale: 4, children: [{op: resize, to: [60000, 60000]}, {op: resize, to: lr}]}",
        "recipe: draws steps that are refused: steps[0]: must result in at most 10,240,000 pixels for an HR of"
        " 160,000, and 131,072 along a side (got [60000, 60000])",
    ),
}


def test_what_synth_and_preview_refuse_is_not_called_valid(photos, tmp_path):
    """`validate` tries what they try, and each says the same."""
    for name, (text, message) in REFUSED.items():
        (tmp_path / f"{name}.yaml").write_text(text)
        checked = degradekit("recipe", "validate", f"{name}.yaml", cwd=tmp_path)
        assert (checked.returncode, checked.stdout) == (1, "")
        assert checked.stderr == f"error: {name}.yaml: {message}\n"
    built = degradekit("synth", photos, "out", "--recipe", "absurd.yaml", cwd=tmp_path)
    assert (built.returncode, built.stderr) == (1, f"error: {REFUSED['absurd'][1]}\n")
    shown = degradekit("preview", photos, "-o", "s.png", "--recipe", "absurd.yaml", cwd=tmp_path)
    assert shown.returncode == 1
    assert "recipe: draws steps that are refused: steps[0]: must result in at most" in shown.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{name}.yaml" for name in REFUSED)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "esrgan"], "preset: unknown name 'esrgan'; known: bsrgan, real-esrgan"),
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
