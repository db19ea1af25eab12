"""Each preset's drawn distributions over 4,000 samples, within five standard errors of its table's.

The table (tests/preset_numbers/) was written from the sources, apart from the presets.
"""

from collections.abc import Iterator
from math import pi
from typing import Any

import pytest
from preset_numbers.comparison import Drawn, explained
from preset_numbers.grammar import Line, Node, Seq, Shuffle
from preset_numbers.laws import Uniform, integers
from preset_numbers.lines import HR, blur, jpeg, noise, to_size
from preset_numbers.table import RECIPES
from preset_numbers.verdicts import wrong_correlations, wrong_fields, wrong_orders

from degradekit.presets import preset
from degradekit.presets.table import ALIASES, TABLE

N = 4000
QUICK = {
    "real-esrgan",
    "classical",
    "bicubic",
    "dasr",
    "bsrgan",
    "bsrgan-plus",
    "trainner-redux",
    "gfpgan",
    "animesr",
    "waifu2x-photo-1",
    "wtp-game-texture",
    "web-repost",
}
"""Presets that use each part of the table once; the others take longer together."""


def samples_of(name: str, n: int = N) -> list[list[dict[str, Any]]]:
    recipe = preset(name, TABLE[name].scale)
    return [recipe.sample((HR, HR), seed=0, variant=variant).to_dict()["steps"] for variant in range(n)]


def compared(name: str, recipe: Node) -> Drawn:
    return explained(recipe, samples_of(name), (HR, HR))


def parameters() -> Iterator[Any]:
    for name in TABLE:
        yield name if name in QUICK else pytest.param(name, marks=pytest.mark.slow)


@pytest.fixture(scope="module", params=parameters())
def drawn(request) -> Drawn:
    name = request.param
    return compared(name, RECIPES[name])


def test_every_preset_is_in_the_table():
    assert set(RECIPES) == set(TABLE)


def test_every_alias_is_its_preset():
    for alias, name in ALIASES.items():
        assert preset(alias) == preset(name), alias


def test_fields_have_the_laws_of_the_table_and_none_is_left_out(drawn):
    assert wrong_fields(drawn) == []


def test_steps_are_there_and_in_order_as_often_as_in_the_table(drawn):
    assert wrong_orders(drawn) == []


def test_no_two_fields_are_correlated(drawn):
    assert wrong_correlations(drawn) == []


class Parts:
    """Lines for the classical model, of which each test below replaces one."""

    blur = blur("blur", (0.2, 3))
    resize = to_size("resize", 100)
    noise = noise("noise", (1, 30), (0.05, 3))
    jpeg: Node = jpeg("JPEG", 30, 95)


WRONG_FIELDS = {
    "blur": {
        "a sigma that is too small": blur("blur", (0.2, 2.8)),
        "a sigma that is too large": blur("blur", (0.2, 3.2)),
        "sizes": blur("blur", (0.2, 3), (7, 19)),
        "a shape": blur("blur", (0.2, 3), generalized=(0.5, 3.5)),
        "an angle": blur("blur", (0.2, 3), theta=(0, 2 * pi)),
    },
    "noise": {
        "a scale": noise("noise", (1, 30), (0.05, 2.8)),
        "gray": noise("noise", (1, 30), (0.05, 3), gray=0.5),
    },
    "jpeg": {
        "a quality that is never drawn": jpeg("JPEG", 30, 96),
        "a quality that is not in the table": jpeg("JPEG", 30, 94),
        "a field that is not in the table": Line("JPEG", "jpeg", quality=integers(30, 95)),
        "a field that no record has": Line("JPEG", "jpeg", quality=integers(30, 95), subsampling="4:2:0", speed=1),
        "a law": Line("JPEG", "jpeg", quality=Uniform(30, 95), subsampling="4:2:0"),
    },
}
WRONG_STEPS = {
    "blur": {"the share of sinc": blur("blur", (0.2, 3), sinc=0.14)},
    "noise": {"the share of Poisson": noise("noise", (1, 30), (0.05, 3), gaussian_p=0.55)},
    "jpeg": {"a step that is never there": Seq(Parts.jpeg, to_size("resize", 100)), "no JPEG": Seq()},
}


@pytest.fixture(scope="module")
def classical() -> list[list[dict[str, Any]]]:
    return samples_of("classical")


def with_other(part: str, node: Node, samples: list[list[dict[str, Any]]]) -> Drawn:
    parts = {"blur": Parts.blur, "resize": Parts.resize, "noise": Parts.noise, "jpeg": Parts.jpeg, part: node}
    return explained(Seq(*parts.values()), [[dict(step) for step in steps] for steps in samples], (HR, HR))


def each(wrong: dict[str, dict[str, Node]]) -> list[Any]:
    return [pytest.param(part, node, id=what) for part, nodes in wrong.items() for what, node in nodes.items()]


@pytest.mark.parametrize(("part", "node"), each(WRONG_FIELDS))
def test_a_wrong_field_in_the_table_is_noticed(part, node, classical):
    assert wrong_fields(with_other(part, node, classical))


@pytest.mark.parametrize(("part", "node"), each(WRONG_STEPS))
def test_a_wrong_step_in_the_table_is_noticed(part, node, classical):
    assert wrong_orders(with_other(part, node, classical))


def test_a_wrong_order_in_the_table_is_noticed(classical):
    shuffled = Seq(Parts.blur, Parts.resize, Shuffle(Parts.noise, Parts.jpeg))
    assert wrong_orders(explained(shuffled, [[dict(step) for step in steps] for steps in classical], (HR, HR)))


def test_correlated_fields_are_noticed(classical):
    samples = [[dict(step) for step in steps] for steps in classical]
    for steps in samples:
        if steps[0]["op"] == "kernel" and steps[2]["op"] == "noise.gaussian":
            steps[2]["sigma"] = 1 + 29 * (steps[0]["sigma_x"] - 0.2) / 2.8
    recipe = Seq(Parts.blur, Parts.resize, Parts.noise, Parts.jpeg)
    copied = explained(recipe, samples, (HR, HR))
    assert wrong_fields(copied) == []
    assert wrong_correlations(copied)
