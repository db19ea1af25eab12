"""Every `--set` of the pages for other trainers names a field, and has the value of the trainer's own template."""

import re

import pytest
from pages import block, page
from small_datasets import degradekit

from degradekit import recipes

BASICSR, REDUX, NEOSR, KAIR = (f"docs/with-{name}.md" for name in ("basicsr", "trainner-redux", "neosr", "kair"))
TABLES = [
    (BASICSR, "option", "real-esrgan"),
    (REDUX, "option", "redux.yaml"),
    (NEOSR, "option", "neosr"),
    (KAIR, "in `degradation_bsrgan`", "bsrgan"),
    (KAIR, "in `degradation_bsrgan_plus`", "bsrgan-plus"),
]
OWN_DEFAULT = {"bsrgan-plus": ["children.0.weights: null -> [0.5, 0.5]"]}
"""Settings of a table that are spelled differently in the recipe."""

BLUR = "kernel_list kernel_prob sinc_prob blur_sigma betag_range betap_range blur_kernel_size"
STAGE = "resize_prob resize_range gaussian_noise_prob noise_range poisson_scale_range gray_noise_prob jpeg_range"
TWICE = f"{BLUR} {STAGE}"
OPTIONS = {
    BASICSR: [
        "second_blur_prob", "final_sinc_prob", "gt_usm", "l1_gt_usm", "percep_gt_usm", "gan_gt_usm", "queue_size",
    ],
    NEOSR: ["second_blur_prob", "final_sinc_prob", "queue_size"],
    REDUX: [
        "blur_prob", "blur_prob2", "jpeg_prob", "jpeg_prob2", "kernel_range", "kernel_range2", "final_sinc_prob",
        "final_kernel_range", "thicklines_prob", "lq_usm", "lq_usm_radius_range", "queue_size", "resize_mode_list",
        "resize_mode_prob", "resize_mode_list2", "resize_mode_prob2", "resize_mode_list3", "resize_mode_prob3",
    ],
}  # fmt: skip
"""The options of the templates that the pages name, in addition to those that both stages have."""


def settings(document: str, heading: str) -> list[str]:
    table = page(document).partition(f"| {heading} | `--set` |\n")[2].partition("\n\n")[0]
    return [
        setting
        for row in table.splitlines()[1:]
        for setting in re.findall(r"`([\w.]+=[^`]+)`", row[row.index("|", 2) :])
    ]


@pytest.fixture
def redux(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "redux.yaml").write_text(block(REDUX, "# recipe: redux.yaml"))


@pytest.mark.usefixtures("redux")
@pytest.mark.parametrize(("document", "heading", "recipe"), TABLES, ids=[table[2] for table in TABLES])
def test_settings_of_a_table_are_the_recipe(document, heading, recipe):
    chosen = [word for setting in settings(document, heading) for word in ("--set", setting)]
    assert len(chosen) > 10
    shown = degradekit("recipe", "show", recipe, *chosen)
    assert shown.exit_code == 0, shown.output
    assert recipes.differences(recipes.named(recipe), recipes.loads(shown.output)) == OWN_DEFAULT.get(recipe, [])


@pytest.mark.usefixtures("redux")
def test_settings_change_the_recipe():
    """If this failed, the test above would pass for settings that do nothing."""
    (setting,) = (each for each in settings(REDUX, "option") if each.startswith("stages.1.blur.probability="))
    changed = degradekit("recipe", "show", "redux.yaml", "--set", setting.replace("=0", "=0.5")).output
    assert recipes.differences(recipes.named("redux.yaml"), recipes.loads(changed)) == [
        "stages.1.blur.probability: 0.0 -> 0.5"
    ]


@pytest.mark.usefixtures("redux")
@pytest.mark.parametrize("document", [BASICSR, REDUX, NEOSR])
def test_settings_beside_the_tables_are_fields(document):
    for setting in re.findall(r'`--set "([^"]+)"`', page(document)):
        shown = degradekit("recipe", "show", "redux.yaml", "--set", setting)
        assert shown.exit_code == 0, shown.output


@pytest.mark.parametrize("document", OPTIONS)
def test_every_option_of_the_template_is_named(document):
    named = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", page(document)))))
    wanted = [*OPTIONS[document], *(f"{name}{stage}" for name in TWICE.split() for stage in ("", "2"))]
    assert [option for option in wanted if option not in named] == []
