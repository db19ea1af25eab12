"""`degradekit recipe`."""

from functools import partial
from pathlib import Path

import click

from degradekit_cli.commands import Command, Failure, PrintingCommand, echo
from degradekit_cli.options import Variation, scale_option, variation_options


class _NoRecipe(Failure):
    """The end of a comparison without one of its recipes, as of the command `diff` without one of its files."""

    exit_code = 2


@click.group()
def recipe() -> None:
    """List, show, compare and check recipes.

    \b
    degradekit recipe show bsrgan                every field, with comments
    degradekit recipe diff real-esrgan my.yaml   what your recipe changes
    degradekit recipe validate my.yaml           whether synth would take it
    """  # noqa: D301 - click keeps the lines below its mark, a real backspace, as they are


@recipe.command("list", cls=PrintingCommand)
def list_() -> None:
    """List the shipped recipes by what is trained with them."""
    from degradekit.presets import ALIASES, GROUPS, PRESETS, summary

    width = max(map(len, PRESETS))
    for group, heading in GROUPS.items():
        click.echo(heading)
        for name, preset in PRESETS.items():
            if preset.group == group:
                click.echo(f"  {name:<{width}}  {summary(name)}")
                aliases = ", ".join(alias for alias, target in ALIASES.items() if target == name)
                if aliases:
                    click.echo(f"  {'':<{width}}  also called {aliases}")
        click.echo()


@recipe.command(cls=PrintingCommand, short_help="Print a recipe with every field, explained.")
@click.argument("recipe", default="real-esrgan", metavar="[NAME|FILE]")
@variation_options
def show(recipe: str, variation: Variation) -> None:
    """Print a recipe as YAML with every field and a comment on each, to read or to start from.

    It is the shipped recipe NAME, real-esrgan by default, or a YAML FILE, whose name ends in .yaml or .yml. What it
    extends, and what the options change, is written out too.
    """
    from degradekit.recipes import dumps, named

    click.echo(dumps(variation.of(lambda scale: named(recipe, scale)), comments=True), nl=False)


@recipe.command(cls=PrintingCommand, short_help="Print the fields in which two recipes differ.")
@click.argument("one", metavar="NAME|FILE")
@click.argument("other", metavar="NAME|FILE")
@scale_option
def diff(one: str, other: str, scale: int | None) -> None:
    """Print the fields in which the second recipe differs from the first, one a line: PATH: OLD -> NEW.

    Each is the shipped recipe NAME, or a YAML FILE, whose name ends in .yaml or .yml.

    Exit status: 0 there is no difference, 1 there are some, 2 a recipe cannot be used.
    """
    from degradekit.errors import DegradekitError
    from degradekit.recipes import differences, named

    try:
        lines = differences(named(one, scale), named(other, scale))
    except DegradekitError as error:
        raise _NoRecipe(str(error)) from None
    for line in lines:
        echo(line)
    if lines:
        click.get_current_context().exit(1)


@recipe.command(cls=Command, short_help="Check recipe files as synth does before it starts.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@variation_options
def validate(files: tuple[Path, ...], variation: Variation) -> None:
    """Check recipe FILES as `degradekit synth` does before it starts.

    Every mistake is listed with its field, its rule and its value.

    Exit status: 0 all recipes can be used, 1 one cannot.
    """
    from degradekit.dataset.degrading import require_scale, try_recipe
    from degradekit.dataset.options import Options
    from degradekit.errors import DegradekitError
    from degradekit.recipes import load

    mistakes: list[str] = []
    for file in files:
        try:
            recipe = variation.of(partial(load, file))
        except DegradekitError as error:
            mistakes.append(str(error))
            continue
        try:
            try_recipe(recipe, Options().resolve(require_scale(recipe)))
        except DegradekitError as error:
            mistakes.append(str(error.in_file(str(file))))
        else:
            click.echo(f"{file}: ok")
    if mistakes:
        raise Failure("\n".join(mistakes))


@recipe.command(cls=PrintingCommand, short_help="Print the JSON Schema of recipes, for editors.")
def schema() -> None:
    """Print the JSON Schema of recipes, with which editors complete and check them."""
    import json

    from degradekit.recipes import schema

    click.echo(json.dumps(schema(), indent=2))
