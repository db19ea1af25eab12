"""Fields changed by their paths, and what differs between two recipes."""

import pytest

from degradekit import JPEG, Chain, HighOrder, Kernel, Maybe, Noise, RecipeError, Resize, Sinc, Stage, recipes
from degradekit.presets import preset


def test_a_path_leads_through_published_stages_that_are_not_given():
    changed = recipes.changed(HighOrder(), {"stages.0.compress.quality": [50, 95]})
    assert changed == HighOrder(stages=[Stage(compress=JPEG(quality=(50, 95)))])
    (stage,) = recipes.changed(HighOrder(order=1), {"stages.0.resize.filters": "area"}).spelled_out.stages
    assert stage.resize == Resize(to="lr", filters="area")
    assert recipes.changed(Stage(), {"blur.sigma": [1, 2]}) == Stage(blur=Kernel(sigma=(1, 2)))


def test_a_path_leads_through_maybes_lists_spans_and_weights():
    changes = {
        "stages.1.blur.child.sigma.1": 2.5,
        "stages.1.blur.probability": 1,
        "stages.0.noise.kinds.speckle": 2,
        "last.children.1.child": {"op": "kernel"},
    }
    changed = recipes.changed(HighOrder(), changes).spelled_out
    assert changed.stages[1].blur == Maybe(Kernel(sigma=(0.2, 2.5)), 1)
    assert dict(changed.stages[0].noise.kinds) == {"gaussian": 0.5, "poisson": 0.5, "speckle": 2}
    assert changed.last.children[1] == Maybe(Kernel(), 0.8)


def test_a_path_may_be_written_as_messages_write_it():
    changes = {"stages[1].blur.child.sigma[0]": 0.1}
    assert recipes.changed(HighOrder(), changes) == recipes.changed(HighOrder(), {"stages.1.blur.child.sigma.0": 0.1})


def test_fields_that_need_one_another_are_changed_together():
    recipe = Chain([Resize()], scale=2)
    changed = recipes.changed(recipe, {"children.0.factor": [0.2, 0.4], "children.0.direction": "down"})
    assert changed.children[0] == Resize(factor=(0.2, 0.4), direction="down")
    parts = {"children.0.factor.0": 1.5, "children.0.factor.1": 2, "children.0.direction": "up"}
    assert recipes.changed(changed, parts).children[0] == Resize(factor=(1.5, 2), direction="up")
    weighted = recipes.loads("{op: one_of, children: [{op: jpeg}, {op: sinc}], weights: [1, 2]}")
    both = recipes.changed(weighted, {"children": [Sinc()], "weights": [1]})
    assert (both.children, both.weights) == ((Sinc(),), (1.0,))


@pytest.mark.parametrize("reverse", [False, True])
def test_the_order_of_the_changes_decides_nothing(reverse):
    changes = {"last.cutoff": [1, 2], "order": 3, "last": {"op": "sinc"}, "stages.2.compress": None}
    items = reversed(changes.items()) if reverse else changes.items()
    changed = recipes.changed(HighOrder(), dict(items))
    assert (changed.last, changed.order) == (Sinc(cutoff=(1, 2)), 3)
    assert [stage.compress for stage in changed.spelled_out.stages] == [JPEG(), JPEG(), None]


def test_nothing_else_moves():
    recipe = preset("bsrgan", 4)
    assert recipes.changed(recipe, {}) == recipe
    quality = recipes.changed(recipe, {"children.1.quality": [40, 60]})
    assert quality.children[0] == recipe.children[0]
    one, other = (each.sample((96, 96), seed=3).steps for each in (recipe, quality))
    assert one[:-1] == other[:-1]
    assert recipe == preset("bsrgan", 4)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ordr": 3}, "ordr: unknown field; known: name, order, scale, sharpen, stages, last; did you mean 'order'?"),
        (
            {"stages.0.compres.quality": 3},
            "stages[0].compres: unknown field; known: name, blur, resize, noise, compress; did you mean 'compress'?",
        ),
        (
            {"stages.0.compress.qualty": 3},
            "stages[0].compress.qualty: unknown field; known: name, quality, subsampling; did you mean 'quality'?",
        ),
        (
            {"stages.0.compress.quality": [95, 30]},
            "stages[0].compress.quality: must satisfy 1 <= low <= high <= 100 (got [95, 30])",
        ),
        ({"stages.2.blur": None}, "stages: must be followed by an index from 0 to 1 (got '2')"),
        ({"stages.-1.blur": None}, "stages: must be followed by an index from 0 to 1 (got '-1')"),
        (
            {"sharpen": None, "sharpen.weight": 1},
            "sharpen: must be an operator, a list or a mapping, as the path goes on with 'weight' (got None)",
        ),
        ({"order.x": 1}, "order: must be an operator, a list or a mapping, as the path goes on with 'x' (got 2)"),
        ({"": 1}, ": unknown field; known: name, order, scale, sharpen, stages, last"),
        (
            {"stages.0.noise.kinds.gausian": 1},
            "stages[0].noise.kinds: unknown name 'gausian'; known: gaussian, poisson",
        ),
        ({"stages.0.compress": {"op": "jpg"}}, "stages[0].compress: unknown operator 'jpg'; known: "),
    ],
)
def test_what_is_no_path_or_breaks_a_rule_is_refused_with_the_known_fields(changes, message):
    with pytest.raises(RecipeError) as caught:
        recipes.changed(HighOrder(), changes)
    assert str(caught.value).startswith(message.removeprefix(": "))


def test_all_mistakes_come_at_once():
    changes = {"scale": 0, "stages.0.blur.sigma": 0, "stages.1.noise.sgima": 1, "stages.7.blur": 1}
    with pytest.raises(RecipeError) as caught:
        recipes.changed(HighOrder(), changes)
    fields = [mistake.where for mistake in caught.value.mistakes]
    assert sorted(fields) == ["scale", "stages", "stages[0].blur.sigma", "stages[1].noise.sgima"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("50,95", [50, 95]),
        ("0.1, 2", [0.1, 2]),
        ("-1e-3,.5", [-0.001, 0.5]),
        ("1,2,1", [1, 2, 1]),
        ("[50, 95]", [50, 95]),
        ("60", 60),
        ("null", None),
        ("area", "area"),
        ("{area: 1, bicubic: 2}", {"area": 1, "bicubic": 2}),
        ("4:4:4", "4:4:4"),
        ("a,b", "a,b"),
        ("x=1", "x=1"),
    ],
)
def test_the_value_of_a_setting_is_yaml_or_numbers_with_commas(text, value):
    assert recipes.read_settings([f"a.b={text}"]) == {"a.b": value}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("quality", r"settings: must be PATH=VALUE, such as stages\.0\.compress\.quality=50,95 \(got 'quality'\)"),
        ("=3", "settings: must be PATH=VALUE"),
        ("a=", "settings: must be PATH=VALUE"),
        ("a.b=[", r"a\.b: line 1, column 2: while parsing a flow node"),
        ("a={b: 1, b: 2}", "a: line 1, column 8: field 'b' is given twice"),
    ],
)
def test_settings_that_are_none_are_refused(text, message):
    with pytest.raises(RecipeError, match=f"^{message}"):
        recipes.read_settings([text])


def test_differences_are_paths_that_make_one_recipe_the_other():
    one = HighOrder(scale=4)
    changes = {
        "scale": 2,
        "stages.0.compress.quality": [50, 95],
        "stages.1.blur.child.families.iso": 0.5,
        "last": Sinc(),
    }
    other = recipes.changed(one, changes)
    assert recipes.differences(one, one) == []
    lines = recipes.differences(one, recipes.changed(one, {**changes, "last": None}))
    assert lines == [
        "scale: 4 -> 2",
        "stages.0.compress.quality: [30, 95] -> [50, 95]",
        "stages.1.blur.child.families.iso: 0.45 -> 0.5",
    ]
    settings = [line.partition(" -> ")[2] for line in lines]
    paths = [line.partition(": ")[0] for line in lines]
    again = recipes.read_settings(f"{path}={value}" for path, value in zip(paths, settings, strict=True))
    assert recipes.changed(one, again) == recipes.changed(one, {**changes, "last": None})
    assert recipes.differences(one, other)[3:5] == [
        "last.op: chain -> sinc",
        "last.children: [{op: resize, to: lr, factor: [0.15, 1.5], direction: {keep: 1.0}, factor_law: factor,"
        " filters: {... -> absent",
    ]


def test_a_list_that_is_longer_in_one_of_them_has_items_that_are_absent():
    one, other = (Chain(children, scale=2) for children in ([JPEG()], [JPEG(), Noise(kinds="speckle")]))
    (line,) = recipes.differences(one, other)
    assert line.startswith("children.1: absent -> {op: noise, kinds: {speckle: 1.0}")


def test_differences_of_weights_and_text():
    one, other = JPEG(), JPEG(subsampling={"4:2:0": 1, "4:4:4": 2}, name="null")
    assert recipes.differences(one, other) == ["subsampling.4:4:4: absent -> 2.0", "name: absent -> 'null'"]
