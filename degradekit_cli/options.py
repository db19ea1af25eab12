"""The options by which several commands choose a recipe."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from degradekit.operators.base import Operator


def recipe_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --order, --preset, --recipe and --scale."""
    for option in (
        click.option("--scale", type=int, metavar="R", help="HR side / LR side.  [default: 4, or the recipe file's]"),
        click.option(
            "--recipe",
            "recipe_file",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="A YAML recipe; `degradekit recipe show` prints one to start from.",
        ),
        click.option("--preset", metavar="NAME", help="A shipped recipe; `degradekit recipe list` names them."),
        click.option(
            "--order", type=int, metavar="N", help="Real-ESRGAN's model of order N, its HR sharpened.  [default: 2]"
        ),
    ):
        command = option(command)
    return command


def chosen_recipe(order: int | None, preset: str | None, recipe_file: Path | None, scale: int | None) -> "Operator":
    """The recipe that the options name; Real-ESRGAN's of second order where they name none."""
    if sum(option is not None for option in (order, preset, recipe_file)) > 1:
        raise click.UsageError("--order, --preset and --recipe each name a recipe: give one of them")
    from degradekit.high_order import HighOrder
    from degradekit.recipe import Recipe

    if recipe_file is not None:
        recipe = Recipe.load(recipe_file)
        if scale is None:
            return recipe
        if scale == recipe.lr_scale:
            return recipe
        if not isinstance(recipe, HighOrder):
            raise click.UsageError(
                f"--scale: only a high_order recipe can be rescaled; write the scale into the file (got {recipe.op})"
            )
        return Recipe.from_dict(recipe.to_dict() | {"scale": scale})
    if scale is None:
        scale = 4
    if order is None:
        return Recipe.preset(preset or "real-esrgan", scale)
    return Recipe.from_dict({"op": HighOrder.op, "order": order, "scale": scale})
