"""The options that several commands share."""

import functools
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from degradekit_cli.headings import Decorator, option

if TYPE_CHECKING:
    from degradekit.operators.base import Operator


MAX_PIXELS = 2**27
"""The same as in `degradekit.limits`, which is not imported because `--help` must not load the library."""


def local_path(_: click.Context, __: click.Parameter, value: str | None) -> Path | None:
    """Return the path of a file to be written, which is not that of a URL; the callback of an option."""
    if value is not None and "://" in value:
        raise click.BadParameter(f"must be a path on this machine (got {value!r})")
    return None if value is None else Path(value)


_SHARED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "--include": ("Input", "Take only photos whose path matches, from LR folders too",
                  {"multiple": True, "metavar": "GLOB"}),
    "--exclude": ("Input", "Leave out photos whose path matches", {"multiple": True, "metavar": "GLOB"}),
    "--hr": ("Input", "Clean HR photos", {"multiple": True, "required": True, "metavar": "SOURCE"}),
    "--photos": ("Input", "Photos to use, at most", {"type": int, "metavar": "N"}),
    "--max-pixels": ("Input", "Refuse pictures with more pixels", {"type": click.IntRange(min=1), "metavar": "N"}),
    "--order": ("Recipe", "Real-ESRGAN's model of order N", {"type": int, "metavar": "N"}),
    "--preset": ("Recipe", "A shipped recipe; `degradekit recipe list` lists them", {"metavar": "NAME"}),
    "--recipe": ("Recipe", "A YAML recipe; `degradekit recipe show` prints one to start from",
                 {"type": click.Path(path_type=Path), "metavar": "FILE"}),
    "--scale": ("Recipe", "HR side / LR side; for presets, high_order recipes and what extends them",
                {"type": int, "metavar": "N"}),
    "--strength": ("Recipe", "Move the recipe's ranges toward doing nothing; 1 keeps them, 0 is the least",
                   {"type": float, "metavar": "X"}),
    "--set": ("Recipe", "Change a field of the recipe, as in stages.0.compress.quality=50,95; VALUE is YAML",
              {"multiple": True, "metavar": "PATH=VALUE"}),
    "--seed": ("Draws", "Seed of all that is drawn", {"type": int, "metavar": "N"}),
    "--variants": ("Draws", "LRs to make from each HR", {"type": int, "metavar": "N"}),
    "--draws": ("Draws", "LRs to draw from the recipe", {"type": int, "metavar": "N"}),
    "--tile": ("Tiles", "Side of the tiles that a picture is cut into",
               {"type": click.IntRange(min=0), "metavar": "PIXELS"}),
    "--config": ("Training", "YAML file with any fields that `degradekit train show` prints",
                 {"type": click.Path(path_type=Path), "metavar": "FILE"}),
    "--format": ("Output", "How the dataset is stored", {}),
    "--picture-format": ("Output", "How pictures are stored; lossless webp is smaller and takes longer to write",
                         {"default": "png", "metavar": "png|webp"}),
    "--training-target": ("Output", "Which HR to keep; the photo's own, the sharpened one that the LR is made from, or"
                                    " both",
                          {"former": ["--target"], "default": "plain", "metavar": "plain|sharpened|both"}),
    "--overwrite": ("Output", "Delete the degradekit dataset at TARGET first", {"is_flag": True}),
    "--html": ("Output", "Write a page with pictures", {"callback": local_path, "metavar": "FILE"}),
    "--json": ("Output", "Write the same as JSON, for programs", {"callback": local_path, "metavar": "FILE"}),
    "--workers": ("Machine", "Worker processes; 0 works in the command's own", {"type": int, "metavar": "N"}),
    "--device": ("Machine", "Where to compute", {"metavar": "auto|cuda|mps|cpu"}),
}  # fmt: skip
"""The options of several commands: heading, help, and settings."""


def shared_option(name: str, *parameter: str, more: str = "", **settings: Any) -> Decorator:
    """Add an option to a command that other commands have too.

    Args:
        name: The name of the option.
        parameter: The name of the command's parameter, if it is not the option's.
        more: What its help adds for this command, after a semicolon.
        settings: What differs in this command, such as the default.
    """
    heading, text, common = _SHARED[name]
    text += f"; {more}." if more else "."
    if common.get("multiple"):
        text += " May be repeated."
    return option(heading, name, *parameter, help=text, **common | settings)


def output_option(what: str, metavar: str = "FILE", parameter: str = "output", **settings: Any) -> Decorator:
    """Add --output to a command, which writes something other than a dataset, to a path on this machine."""
    common = {"metavar": metavar, "required": True, "callback": local_path}
    return option("Output", "-o", "--output", parameter, help=f"Where to write {what}.", **common | settings)


def _start_fork_server(ctx: click.Context, _: click.Parameter, workers: int | None) -> int | None:
    """Start the fork server, so that it imports what workers need while this process imports."""
    if workers != 0 and not ctx.resilient_parsing:  # as for a shell that completes
        from degradekit.dataset import fork_server

        with suppress(OSError):  # starting the workers will fail too, with a message
            fork_server.start()
    return workers


max_pixels_option = shared_option("--max-pixels", default=MAX_PIXELS)
scale_option = shared_option("--scale")
workers_option = shared_option("--workers", callback=_start_fork_server, shown_default="one per processor")
picture_format_option = shared_option("--picture-format")
training_target_option = shared_option("--training-target", "training_target")
overwrite_option = shared_option("--overwrite")


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
    @shared_option("--strength")
    @shared_option("--set", "settings")
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
        from degradekit.errors import RecipeError
        from degradekit.extending import is_file_name
        from degradekit.high_order import HighOrder
        from degradekit.presets import NAMES, preset

        if self.file is not None and str(self.file) in NAMES and not self.file.exists():
            raise RecipeError(f"recipe_file: must be a YAML file; for the shipped recipe, give --preset {self.file}")
        if self.preset is not None and is_file_name(self.preset):
            raise RecipeError(f"preset: must be the name of a shipped recipe; for a file, give --recipe {self.preset}")

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

    @shared_option("--order")
    @shared_option("--preset")
    @shared_option("--recipe", "recipe_file")
    @variation_options
    @functools.wraps(command)
    def with_choice(
        order: int | None, preset: str | None, recipe_file: Path | None, variation: Variation, **others: Any
    ) -> Any:
        if sum(option is not None for option in (order, preset, recipe_file)) > 1:
            raise click.UsageError("--order, --preset and --recipe each name a recipe: give one of them")
        return command(choice=RecipeChoice(order, preset, recipe_file, variation), **others)

    return with_choice
