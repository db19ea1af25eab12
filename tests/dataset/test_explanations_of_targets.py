"""Sentences about the HR of a dataset and what its LRs are made from."""

import json

import pytest
from small_datasets import IN_PROCESS, RECIPE, degradekit

from degradekit import JPEG, Chain, HighOrder, Maybe, OneOf, Resize, Sharpen, Shuffle
from degradekit.dataset import Options, export, inspect, inspection_page, inspection_text, synthesize
from degradekit.dataset.training_target import PICTURES_OF, explanation, how_often_sharpened
from degradekit.presets import PRESETS, preset

SMALL = Resize(to="lr")


@pytest.mark.parametrize("name", PRESETS)
def test_how_often_a_preset_sharpens_agrees_with_its_draws(name):
    """A recipe that sharpens sometimes does so with a chance of 1/20 to 19/20: 400 draws show both but once in 1e8."""
    recipe = preset(name)
    drawn = [recipe.sample((256, 256), seed=0, variant=variant) for variant in range(400)]
    sharpened = {drawn.steps[:1] != () and drawn.steps[0].op == "sharpen" for drawn in drawn}
    expected = {(True,): "always", (False,): "never", (False, True): "sometimes"}[tuple(sorted(sharpened))]
    assert how_often_sharpened(recipe.to_dict()) == expected


@pytest.mark.parametrize(
    ("recipe", "how_often"),
    [
        (Chain((Sharpen(), SMALL), scale=2), "always"),
        (Chain((Chain((Sharpen(),)), SMALL), scale=2), "always"),
        (Chain((Maybe(Sharpen(), 0.2), SMALL), scale=2), "sometimes"),
        (Chain((Maybe(Sharpen(), 1.0), SMALL), scale=2), "always"),
        (Chain((Maybe(Sharpen(), 0.0), SMALL), scale=2), "never"),
        (Chain((Maybe(JPEG(), 0.5), Sharpen(), SMALL), scale=2), "sometimes"),
        (Chain((SMALL, Sharpen()), scale=2), "never"),
        (Chain((Sharpen(weight=0.0), SMALL), scale=2), "never"),
        (Chain((Shuffle((Sharpen(), JPEG())), SMALL), scale=2), "sometimes"),
        (Chain((OneOf((Sharpen(), Sharpen(weight=0.2))), SMALL), scale=2), "always"),
        (Chain((OneOf((Sharpen(), JPEG())), SMALL), scale=2), "sometimes"),
        (Chain((OneOf((Sharpen(), JPEG()), weights=(0.0, 1.0)), SMALL), scale=2), "never"),
        (OneOf((HighOrder(), HighOrder(sharpen=None))), "sometimes"),
        (HighOrder(sharpen=Maybe(Sharpen(), 0.5)), "sometimes"),
        (HighOrder(sharpen=None), "never"),
    ],
)
def test_how_often_a_recipe_sharpens_follows_from_its_operators(recipe, how_often):
    assert how_often_sharpened(recipe.to_dict()) == how_often


@pytest.mark.parametrize(
    "recipe",
    [None, 7, "sharpen", [], {}, {"op": "chain"}, {"op": "chain", "children": 7}, {"op": ["chain"]},
     {"op": "not.installed"}, {"op": "one_of", "children": [7], "weights": "x"},
     {"op": "maybe", "child": {"op": "x"}, "probability": "x"}],
)  # fmt: skip
def test_recipes_with_unknown_operators_have_an_answer_too(recipe):
    assert how_often_sharpened(recipe) == "never"


EXPORT = "For any other trainer, run `degradekit export` with `--training-target sharpened`."
SENTENCES = {
    ("always", "plain"): "The target is a sharpened copy of `hr`: `lr` is made from it, and `hr` itself is not"
    f" sharpened. `degradekit train` and RealESRGANModel of BasicSR sharpen `hr` for the loss. {EXPORT}",
    ("sometimes", "plain"): "In some rows `lr` is made from a sharpened copy of `hr`; `hr` itself is never sharpened."
    f" `degradekit train` sharpens `hr` for the loss where the row needs it. {EXPORT}",
    ("never", "plain"): "The target is `hr`: `lr` is made from it, as the recipe does not sharpen.",
    ("always", "both"): "The target is `hr_usm`, a sharpened copy of `hr`: `lr` is made from it. `hr` is for models"
    " that sharpen it themselves, such as RealESRGANModel of BasicSR.",
    ("never", "both"): "The target is `hr`: `lr` is made from it, as the recipe does not sharpen, so `hr_usm` equals"
    " `hr`.",
    ("always", "sharpened"): "The target is `hr_usm`, the sharpened HR: `lr` is made from it. As `hr` is not kept,"
    " degradekit cannot read this dataset again.",
}
RECIPES = {"always": RECIPE, "sometimes": HighOrder(sharpen=Maybe(Sharpen(), 0.5)), "never": HighOrder(sharpen=None)}


@pytest.mark.parametrize(("how_often", "target"), SENTENCES)
def test_the_sentence_is_on_the_card_in_the_report_and_at_the_end_of_the_build(how_often, target, photos, tmp_path):
    sentence = SENTENCES[how_often, target]
    recipe = RECIPES[how_often]
    assert explanation(recipe.to_dict(), target) == sentence
    options = Options(tile=64, step=64, training_target=target, format="folder")
    synthesize(photos / "coffee.png", tmp_path / "s", recipe, options, engine=IN_PROCESS)
    _, _, card = (tmp_path / "s" / "README.md").read_text().partition("## What is in it\n\n")
    assert card.startswith(f"**The training target.** {sentence}\n\n| split |")
    plain = sentence.replace("`", "")
    assert f"\n{plain}\n" in degradekit("finalize", tmp_path / "s").output
    if target != "sharpened":
        inspection = inspect(tmp_path / "s")
        assert f"target {plain} digest" in " ".join(inspection_text.text(inspection).split())
        page = inspection_page.html(inspection)
        assert plain in page
        assert ("sharpened HR and LR, from left" in page) == (target == "both")
        assert page.count("<img") == len(inspection.rows) * (3 if target == "both" else 2)


def test_the_command_line_exports_what_target_names(shards, tmp_path):
    done = degradekit(
        "export", shards, tmp_path / "pairs", "--format", "folder", "--training-target", "sharpened", "--workers", 0
    )
    assert done.exit_code == 0
    last = f"train from {tmp_path}/pairs/train/HR_USM and {tmp_path}/pairs/train/LR, listed in {tmp_path}/pairs/train/"
    assert done.output.splitlines()[-1] == f"{last}meta_info.txt"
    refused = degradekit(
        "export", shards, tmp_path / "out", "--format", "folder", "--training-target", "usm", "--workers", 0
    )
    assert refused.exit_code == 1
    assert refused.output == "error: --training-target: must be 'plain', 'sharpened' or 'both' (got 'usm')\n"
    read = degradekit("verify", tmp_path / "pairs", "--workers", 0)
    assert read.exit_code == 1
    assert "the dataset keeps the sharpened HR only" in read.output


def test_the_card_lists_the_columns_that_there_are(shards, tmp_path):
    for target in PICTURES_OF:
        export(shards, tmp_path / target, "parquet", training_target=target, engine=IN_PROCESS)
        card = (tmp_path / target / "README.md").read_text()
        assert [name for name in ("hr", "hr_usm", "lr") if f"- name: {name}\n" in card] == list(PICTURES_OF[target])
        plan = json.loads((tmp_path / target / "meta" / "plan.json").read_text())
        assert plan["options"].get("training_target", "plain") == target
        assert ('(row["hr"])' in card) == (target != "sharpened")
