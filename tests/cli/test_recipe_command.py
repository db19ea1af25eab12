"""`degradekit recipe`, as a person types it."""

import json

import pytest
from click.testing import CliRunner
from terminal import degradekit_in_process as degradekit

from degradekit import JPEG, recipes
from degradekit.extras import Extra
from degradekit.presets import GROUPS, PRESETS, preset
from degradekit_cli.main import main


@pytest.mark.slow
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
    assert "\nop: high_order\n# Number of stages, >= 1. Rule: between 1 and 16.\norder: 2\n" in shown
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


def test_show_writes_out_what_a_file_extends_and_what_the_options_change(tmp_path):
    (tmp_path / "mine.yaml").write_text("extends: bsrgan\nscale: 3\n")
    options = ["--scale", 2, "--strength", 0.5, "--set", "children.1.quality=50,95", "--set", "children.1.quality.0=60"]
    done = degradekit("recipe", "show", "mine.yaml", *options, cwd=tmp_path)
    expected = recipes.varied(
        lambda scale: preset("bsrgan", scale), {"scale": 2, "strength": 0.5, "children.1.quality": [60, 95]}
    )
    assert recipes.loads(done.stdout) == expected
    assert "extends" not in done.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--set", "quality"], "--set: must be PATH=VALUE, such as stages.0.compress.quality=50,95 (got 'quality')"),
        (
            ["--set", "ordr=2"],
            "ordr: unknown field; known: name, order, scale, sharpen, stages, last; did you mean 'order'?",
        ),
        (["--set", "stages=x"], "stages: must be a list (got 'x')"),
        (["--set", "scale=0"], "--scale: must be between 1 and 64 (got 0)"),
        (["--strength", "2"], "--strength: must be a number between 0 and 1 (got 2.0)"),
    ],
)
@pytest.mark.parametrize("command", ["show", "preview", "synth"])
def test_a_change_that_is_none_is_refused_by_every_command(command, options, message, photos):
    arguments = {
        "show": ["recipe", "show"],
        "preview": ["preview", photos, "-o", "s.png"],
        "synth": ["synth", photos, "t"],
    }
    done = CliRunner().invoke(main, [*map(str, arguments[command]), *options])
    assert (done.exit_code, done.stderr) == (1, f"error: {message}\n")


def test_diff_prints_what_differs_one_field_a_line(tmp_path):
    (tmp_path / "mine.yaml").write_text("extends: bsrgan\nchildren.1.quality: [50, 95]\n")
    done = degradekit("recipe", "diff", "bsrgan", "mine.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "children.1.quality: [30, 95] -> [50, 95]\n")
    same = degradekit("recipe", "diff", "bsrgan", "bsrgan", "--scale", 2, cwd=tmp_path)
    assert (same.returncode, same.stdout, same.stderr) == (0, "", "")
    scaled = degradekit("recipe", "diff", "mine.yaml", "bsrgan", "--scale", 2, cwd=tmp_path)
    assert scaled.stdout == "children.1.quality: [50, 95] -> [30, 95]\n"
    wrong = degradekit("recipe", "diff", "bsrgan", "none.yaml", cwd=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == "error: none.yaml: cannot be read (No such file or directory)\n"


def test_recipes_of_a_mixture_with_other_scales_are_refused_in_words(photos, tmp_path):
    (tmp_path / "mix.yaml").write_text(
        "op: one_of\nchildren: [{extends: bsrgan, scale: 2}, {extends: classical, scale: 4}]"
    )
    rule = "the recipes of a mixture must have the same scale; give all of them one, such as `scale: 4`"
    message = f"recipe: {rule} (got [2, 4])\n"
    checked = degradekit("recipe", "validate", "mix.yaml", cwd=tmp_path)
    assert (checked.returncode, checked.stderr) == (1, f"error: mix.yaml: {message}")
    built = degradekit("synth", photos, "out", "--recipe", "mix.yaml", cwd=tmp_path)
    assert (built.returncode, built.stderr) == (1, f"error: {message}")
    scaled = degradekit("recipe", "validate", "mix.yaml", "--scale", 3, cwd=tmp_path)
    assert (scaled.returncode, scaled.stdout) == (0, "mix.yaml: ok\n")


def test_a_recipe_whose_extra_is_not_installed_is_not_called_valid(tmp_path, monkeypatch):
    monkeypatch.setattr(JPEG, "extra", Extra("video", "degradekit_gone", "gone"))
    (tmp_path / "mine.yaml").write_text("extends: bsrgan")
    done = CliRunner().invoke(main, ["recipe", "validate", str(tmp_path / "mine.yaml")])
    assert done.exit_code == 1
    assert done.stderr.startswith(
        f"error: {tmp_path}/mine.yaml: jpeg: needs the package gone; install it with: pip install 'degradekit[video]'"
    )
