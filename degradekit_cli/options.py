"""The options that several commands share."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from degradekit.operators.base import Operator


MAX_PIXELS = 2**27
"""That of `degradekit.limits`, which is not imported because `--help` must not load the library."""
max_pixels_option = click.option(
    "--max-pixels",
    type=click.IntRange(min=1),
    default=MAX_PIXELS,
    show_default=True,
    metavar="N",
    help="Refuse pictures with more pixels.",
)


class RecipeChoice(NamedTuple):
    """The values of --order, --preset, --recipe and --scale; None where an option is not given."""

    order: int | None
    preset: str | None
    file: Path | None
    scale: int | None

    def recipe(self, default_scale: int | None = None) -> "Operator":
        """Return the recipe that the options choose, or Real-ESRGAN's of second order where they choose none.

        Args:
            default_scale: The scale where there is no option; None for the one that the recipe was published for.

        Raises:
            RecipeError: There is no such recipe, or it breaks a rule.
        """
        from degradekit import recipes
        from degradekit.high_order import HighOrder
        from degradekit.presets import preset

        if self.file is not None:
            recipe = recipes.load(self.file)
            return recipe if self.scale is None else recipes.rescaled(recipe, self.scale)
        scale = default_scale if self.scale is None else self.scale
        if self.order is not None:
            return HighOrder(order=self.order, scale=4 if scale is None else scale)
        return preset(self.preset or "real-esrgan", scale)


def recipe_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --order, --preset, --recipe and --scale to a command, which gets a `RecipeChoice` as `choice`."""

    @click.option("--order", type=int, metavar="N", help="Real-ESRGAN's model of order N.")
    @click.option("--preset", metavar="NAME", help="A shipped recipe; `degradekit recipe list` lists them.")
    @click.option(
        "--recipe",
        "recipe_file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="A YAML recipe; `degradekit recipe show` prints one to start from.",
    )
    @click.option("--scale", type=int, metavar="R", help="HR side / LR side, of a preset or a high_order recipe.")
    @functools.wraps(command)
    def with_choice(
        order: int | None, preset: str | None, recipe_file: Path | None, scale: int | None, **others: Any
    ) -> Any:
        if sum(option is not None for option in (order, preset, recipe_file)) > 1:
            raise click.UsageError("--order, --preset and --recipe each name a recipe: give one of them")
        return command(choice=RecipeChoice(order, preset, recipe_file, scale), **others)

    return with_choice
