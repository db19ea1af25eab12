"""`extends`: a recipe made of a preset or of another file, with other values in some fields."""

import json
import os

import pytest

from degradekit import JPEG, HighOrder, Kernel, OneOf, RecipeError, Sinc, Stage, recipes
from degradekit.limits import MAX_EXTENDED_FILES
from degradekit.presets import ALIASES, PRESETS, preset

CLOSER = "extends: real-esrgan\nscale: 2\nstages.0.compress.quality: [50, 95]\n"


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write files by their names."""
    monkeypatch.chdir(tmp_path)

    def write(**texts: str) -> None:
        for name, text in texts.items():
            (tmp_path / f"{name}.yaml").write_text(text)

    return write


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_itself_for_any_scale(name):
    assert recipes.loads(f"extends: {name}") == preset(name)
    assert recipes.loads(f"extends: {name}\nscale: 2") == preset(name, 2)


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_may_be_extended(alias):
    assert recipes.loads(f"extends: {alias}\nscale: 4") == preset(alias, 4)


def test_changed_fields_are_the_only_ones_that_differ():
    recipe = recipes.loads(CLOSER)
    assert recipe == HighOrder(scale=2, stages=[Stage(compress=JPEG(quality=(50, 95)))])
    assert recipes.differences(preset("real-esrgan", 2), recipe) == ["stages.0.compress.quality: [30, 95] -> [50, 95]"]


def test_nothing_that_is_written_extends():
    text = "op: one_of\nchildren: [{extends: classical, scale: 3, strength: 0.5}, {extends: bsrgan, scale: 3}]"
    recipe = recipes.loads(text)
    for written in (recipes.dumps(recipe), json.dumps(recipe.to_dict()), recipe.sample((48, 48), seed=1).to_json()):
        assert "extends" not in written
        assert "strength" not in written
    assert recipes.loads(recipes.dumps(recipe)) == recipe


def test_a_file_is_looked_up_beside_the_file_that_names_it(tmp_path, monkeypatch):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "base.yaml").write_text(CLOSER)
    (tmp_path / "a" / "mine.yml").write_text("extends: ../base.yaml\nlast: {extends: b/part.yaml, size: 9}")
    (tmp_path / "a" / "b" / "part.yaml").write_text("op: sinc\ncutoff: [1, 2]")
    expected = recipes.changed(recipes.loads(CLOSER), {"last": Sinc(size=9, cutoff=(1, 2))})
    for folder in (tmp_path, tmp_path / "a" / "b"):
        monkeypatch.chdir(folder)
        assert recipes.load(os.path.relpath(tmp_path / "a" / "mine.yml")) == expected


def test_it_stands_wherever_an_operator_may(write):
    write(soft="op: kernel\nsigma: [0.1, 1]", mild="op: stage\nnoise: null")
    write(
        mine="""
op: high_order
stages:
- {blur: {extends: soft.yaml}}
- {extends: mild.yaml, compress.quality: 90}
last: {op: maybe, probability: 0.5, child: {extends: soft.yaml, sigma.1: 2}}
"""
    )
    recipe = recipes.load("mine.yaml")
    soft = Kernel(sigma=(0.1, 1))
    assert recipe.stages[0].blur == soft
    assert recipe.stages[1].compress == JPEG(quality=90)
    assert recipe.stages[1].noise is None
    assert recipe.last.child == Kernel(sigma=(0.1, 2))


@pytest.mark.parametrize(
    ("text", "scales"),
    [
        ("op: chain\nscale: 3\nchildren: [{extends: bsrgan}, {op: one_of, children: [{extends: bsrgan}]}]", {3}),
        ("extends: classical\nscale: 2\nlast: {extends: bsrgan, scale: 1}", {1, 2}),
        ("extends: classical\nscale: 2\nlast: {op: maybe, probability: 1, child: {extends: bsrgan}}", {2}),
        ("op: one_of\nchildren: [{extends: bsrgan-plus}, {extends: classical}]", {4}),
    ],
)
def test_without_a_scale_of_its_own_a_preset_has_that_of_the_recipe_around_it(text, scales):
    assert {each.lr_scale for each in recipes.loads(text).all_operators()} - {None} == scales


def test_the_scale_that_is_asked_for_goes_down_to_the_presets(write):
    write(base="extends: bsrgan\nchildren.1.quality: 50", mine="extends: base.yaml\nscale: 3\nchildren.1.quality.1: 60")
    write(mix="op: one_of\nchildren: [{extends: mine.yaml}, {extends: bsrgan}, {op: high_order, scale: 2}]")
    assert recipes.load("mine.yaml") == recipes.changed(preset("bsrgan", 3), {"children.1.quality": [50, 60]})
    assert recipes.load("mine.yaml", scale=2) == recipes.changed(preset("bsrgan", 2), {"children.1.quality": [50, 60]})
    mix = recipes.load("mix.yaml", scale=8)
    assert mix.lr_scale == 8
    assert mix.children[1].children == preset("bsrgan", 8).children
    write(chain=recipes.dumps(preset("bsrgan", 2)))
    with pytest.raises(RecipeError, match=r"^chain\.yaml: scale: only a high_order recipe can be rescaled"):
        recipes.load("chain.yaml", scale=3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extends: bsrgun", "extends: unknown name 'bsrgun'; known: bsrgan, "),
        ("extends: [bsrgan]", "extends: must be the name of a preset, or of a file in YAML (got ['bsrgan'])"),
        ("extends: bsrgan\nscale: 0", "scale: must be between 1 and 64 (got 0)"),
        ("extends: bsrgan\nstrength: 1.5", "strength: must be a number between 0 and 1 (got 1.5)"),
        ("extends: real-esrgan\nop: jpeg", "op: unknown field; known: name, order, scale"),
        ("extends: real-esrgan\nstages.0.blur.sgima: 1", "stages[0].blur.sgima: unknown field; known: name, size, sig"),
        ("extends: real-esrgan\nlast: {extends: nothing}", "last.extends: unknown name 'nothing'; known: "),
        ("extends: none.yaml", "extends: none.yaml: cannot be read (No such file or directory)"),
        ('extends: "a\\0.yaml"', "extends: a\\x00.yaml: cannot be read"),
        ("extends: broken.yaml", "extends: broken.yaml: line 1, column 2: while parsing a flow node"),
        ("extends: wrong.yaml", "extends: wrong.yaml: qualty: unknown field; known: name, quality, subsampling"),
        (
            "extends: mine.yaml",
            "extends: a file must not lead back to itself (mine.yaml -> mine.yaml) (got 'mine.yaml')",
        ),
        (
            "extends: back.yaml",
            "extends: back.yaml: extends: a file must not lead back to itself (mine.yaml -> back.yaml -> mine.yaml)",
        ),
        (
            "op: chain\nchildren: [{op: jpeg}, {extends: folder.yaml}]",
            "children[1].extends: folder.yaml: cannot be read",
        ),
    ],
)
def test_what_cannot_be_extended_is_refused_in_words(text, message, write, tmp_path):
    (tmp_path / "folder.yaml").mkdir()
    write(
        mine=text,
        broken="[",
        wrong="op: jpeg\nqualty: 3",
        back="op: maybe\nprobability: 1\nchild: {extends: mine.yaml}",
    )
    if "mine.yaml)" in message and "back" in message:
        message = message.replace("back.yaml: extends", "back.yaml: child.extends")
    with pytest.raises(RecipeError) as caught:
        recipes.load("mine.yaml")
    assert str(caught.value).startswith(f"mine.yaml: {message}")
    assert len(caught.value.mistakes) == 1


def test_all_mistakes_of_what_extends_come_at_once():
    text = "op: one_of\nchildren: [{extends: a}, {extends: bsrgan, scale: 65}, {extends: classical, strength: x}]"
    with pytest.raises(RecipeError) as caught:
        recipes.loads(text)
    fields = [mistake.where for mistake in caught.value.mistakes]
    assert fields == ["children[0].extends", "children[1].scale", "children[2].strength"]


@pytest.mark.parametrize("read", [recipes.loads, lambda text: recipes.from_dict({"extends": text.partition(" ")[2]})])
def test_data_of_strangers_reads_no_files(read, write):
    write(base="op: jpeg")
    with pytest.raises(
        RecipeError, match=r"^extends: must be a preset, as only a recipe in a file .* \(got 'base.yaml'"
    ):
        read("extends: base.yaml")


def test_files_that_extend_one_another_have_an_end(write):
    files = {f"f{index}": f"extends: f{index + 1}.yaml" for index in range(MAX_EXTENDED_FILES)}
    write(**files, **{f"f{MAX_EXTENDED_FILES}": "op: jpeg"})
    assert recipes.load("f1.yaml") == JPEG()
    with pytest.raises(RecipeError, match=f"at most {MAX_EXTENDED_FILES} files may extend one another in turn"):
        recipes.load("f0.yaml")


def test_the_limits_hold_for_all_files_together(write):
    """Each of these files is small."""
    twice = "op: chain\nchildren: [{{extends: {0}.yaml}}, {{extends: {0}.yaml}}]".format
    write(**{f"g{index}": twice(f"g{index + 1}") for index in range(14)}, g14="op: jpeg")
    with pytest.raises(RecipeError, match="must have at most 10,000 values"):
        recipes.load("g0.yaml")
    write(long="op: jpeg\n#" + "x" * 2**16, many="op: chain\nchildren:\n" + "- extends: long.yaml\n" * 5)
    with pytest.raises(RecipeError, match="must have at most 262,144 characters"):
        recipes.load("many.yaml")
    with pytest.raises(RecipeError, match="must have at most 1,000 operators"):
        recipes.loads("op: chain\nchildren:\n" + "- extends: bsrgan-plus\n" * 100)


def test_files_that_are_nested_deeply_in_one_another_are_refused_in_words(write):
    deep = "name: " + "[" * 95 + "{{extends: d{}.yaml}}" + "]" * 95
    write(**{f"d{index}": "op: jpeg\n" + deep.format(index + 1) for index in range(MAX_EXTENDED_FILES)})
    with pytest.raises(RecipeError, match=r"must not nest lists and mappings this deeply|at most 16 files"):
        recipes.load("d0.yaml")


def test_children_of_a_mixture_are_named_after_what_they_extend(write):
    write(mine=CLOSER)
    write(
        mix="""
op: one_of
children:
- {extends: mine.yaml}
- {extends: bsrgan, scale: 2}
- {extends: bsrgan, scale: 2, name: weak, strength: 0.3}
- {op: high_order, scale: 2}
"""
    )
    mix = recipes.load("mix.yaml")
    assert isinstance(mix, OneOf)
    assert [child.name for child in mix.children] == ["mine", "bsrgan", "weak", None]
    with pytest.raises(RecipeError, match=r"children: names must be unique among siblings \(got 'bsrgan'\)"):
        recipes.loads("op: one_of\nchildren: [{extends: bsrgan}, {extends: bsrgan, strength: 0.5}]")
