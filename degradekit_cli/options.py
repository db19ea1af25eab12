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


scale_option = click.option(
    "--scale", type=int, metavar="R", help="HR side / LR side, of a preset, a high_order recipe, or what extends one."
)
_strength_option = click.option(
    "--strength",
    type=float,
    metavar="S",
    help="Move the recipe's ranges toward doing nothing: 1 keeps them, 0 is the least.",
)
_set_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change a field of the recipe, as in stages.0.compress.quality=50,95; VALUE is YAML. May be repeated.",
)


class Variation(NamedTuple):
    """The values of --scale, --strength and --set, by which a recipe differs from the one that it is made from."""

    scale: int | None = None
    strength: float | None = None
    settings: tuple[str, ...] = ()

    @property
    def is_given(self) -> bool:
        """Whether an option changes the recipe."""
        return self != Variation()

    def of(self, make: "Callable[[int | None], Operator]") -> "Operator":
        """Return the recipe, from a function that makes the other one for a scale, or for its own where it is None.

        Raises:
            RecipeError: An option breaks a rule.
        """
        from degradekit import recipes

        options = {"scale": self.scale, "strength": self.strength}
        given = {name: value for name, value in options.items() if value is not None}
        return recipes.varied(make, given | recipes.read_settings(self.settings))


def variation_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --scale, --strength and --set to a command, which gets a `Variation` as `variation`."""

    @scale_option
    @_strength_option
    @_set_option
    @functools.wraps(command)
    def with_variation(scale: int | None, strength: float | None, settings: tuple[str, ...], **others: Any) -> Any:
        return command(variation=Variation(scale, strength, settings), **others)

    return with_variation


class RecipeChoice(NamedTuple):
    """The values of --order, --preset and --recipe, None where an option is not given, and how to vary the recipe."""

    order: int | None
    preset: str | None
    file: Path | None
    variation: Variation

    @property
    def is_given(self) -> bool:
        """Whether an option names a recipe."""
        return (self.order, self.preset, self.file) != (None, None, None)

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

        def make(scale: int | None) -> "Operator":
            if self.file is not None:
                return recipes.load(self.file, scale)
            scale = default_scale if scale is None else scale
            if self.order is not None:
                return HighOrder(order=self.order, scale=4 if scale is None else scale)
            return preset(self.preset or "real-esrgan", scale)

        return self.variation.of(make)


def recipe_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose and vary a recipe to a command, which gets a `RecipeChoice` as `choice`."""

    @click.option("--order", type=int, metavar="N", help="Real-ESRGAN's model of order N.")
    @click.option("--preset", metavar="NAME", help="A shipped recipe; `degradekit recipe list` lists them.")
    @click.option(
        "--recipe",
        "recipe_file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="A YAML recipe; `degradekit recipe show` prints one to start from.",
    )
    @variation_options
    @functools.wraps(command)
    def with_choice(
        order: int | None, preset: str | None, recipe_file: Path | None, variation: Variation, **others: Any
    ) -> Any:
        if sum(option is not None for option in (order, preset, recipe_file)) > 1:
            raise click.UsageError("--order, --preset and --recipe each name a recipe: give one of them")
        return command(choice=RecipeChoice(order, preset, recipe_file, variation), **others)

    return with_choice
