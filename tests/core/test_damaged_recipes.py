"""Damaged recipes by the hundred: each is a recipe, or is refused in words."""

import random
import re

import pytest

from degradekit import RecipeError, recipes
from degradekit.presets import PRESETS, preset

pytestmark = pytest.mark.slow

RECIPES = 500

VALUES = [
    *("0", "-1", "-0.0", "1", "1e-320", "1e308", "1e999", "-1e999", ".nan", ".inf", "-.inf", "9" * 30, "9" * 5000),
    *("null", "true", "'text'", "''", "[]", "{}", "[1, 2, 3]", "{op: jpeg}", "{op: nothing}", "{op: {op: op}}"),
    *(
        "2020-01-01",
        "2020-99-99",
        "0x_",
        "._",
        "1:1:1",
        "!!int ''",
        "!!float x",
        "!!bool 7",
        "!!timestamp x",
        "!!set {a}",
    ),
    *(
        "!!binary '='",
        "!!python/object:os.system x",
        "&a [*a]",
        "*nowhere",
        '"\\ud800"',
        '"\\n"',
        "\x07",
        "=",
        "<<",
        "@",
    ),
    *("[" * 3000, "{a: " * 3000, "- " * 3000, "[" * 500 + "]" * 500, "{op: maybe, child: " * 300 + "{}" + "}" * 300),
]


def mutate_text(text: str, draw: random.Random) -> str:
    """One to three changes in a recipe's lines."""
    lines = text.splitlines()
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        kind, at = draw.randrange(12), draw.randrange(len(lines) or 1)
        line = lines[at] if lines else ""
        numbers = list(re.finditer(r"-?\d+(\.\d+)?", line))
        if kind in (0, 1, 8, 9, 10, 11) and numbers:
            number = draw.choice(numbers)
            near = f"{float(number[0]) * draw.uniform(0.5, 1.5):.{2 if number[1] else 0}f}"
            value = draw.choice(VALUES) if kind <= 1 else near
            lines[at : at + 1] = [line[: number.start()] + value + line[number.end() :]]
        elif kind == 2 and ":" in line:
            lines[at : at + 1] = [f"{line.partition(':')[0]}: {draw.choice(VALUES)}"]
        elif kind == 3:
            del lines[at : at + draw.randrange(1, 4)]
        elif kind == 4:
            lines.insert(at, line)
        elif kind == 5:
            lines[at : at + 1] = [" " * draw.randrange(6) + line.lstrip()]
        elif kind == 6 and line:
            column = draw.randrange(len(line))
            lines[at : at + 1] = [
                line[:column] + chr(draw.choice((0, 9, 10, 34, 58, 123, 0x85, 0xFFFF))) + line[column + 1 :]
            ]
        else:
            lines.insert(draw.randrange(len(lines) + 1), f"{draw.choice(('', '  ', '- '))}extra: {draw.choice(VALUES)}")
    return "\n".join(lines)


def test_each_damaged_recipe_is_one_or_is_refused_a_line_for_each_mistake():
    draw = random.Random(0)
    texts = [recipes.dumps(preset(name, scale)) for name in PRESETS for scale in (2, 4)]
    taken = 0
    for index in range(RECIPES):
        text = mutate_text(texts[index % len(texts)], draw)
        try:
            recipe = recipes.loads(text)
        except RecipeError as error:
            message = str(error)
            assert message.encode("utf-8").strip()
            assert all(line.strip() and len(line) < 1000 for line in message.split("\n")), message[:2000]
        else:
            taken += 1
            assert recipes.loads(recipes.dumps(recipe)) == recipe
    assert RECIPES / 10 < taken < RECIPES * 9 / 10
