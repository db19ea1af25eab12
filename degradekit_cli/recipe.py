"""`degradekit recipe`."""

from pathlib import Path

import click

from degradekit_cli.commands import Command, Failure, PrintingCommand
from degradekit_cli.options import RecipeChoice


@click.group()
def recipe() -> None:
    """List, show and check recipes."""


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


@recipe.command(cls=PrintingCommand)
@click.argument("recipe", default="real-esrgan", metavar="[NAME|FILE]")
@click.option("--scale", type=int, metavar="R", help="HR side / LR side.  [default: the recipe's own]")
def show(recipe: str, scale: int | None) -> None:
    """Print a recipe as YAML with every field, to read or to start from.

    It is the shipped recipe NAME, real-esrgan by default, or a YAML FILE, whose name ends in .yaml or .yml.
    """
    from degradekit.recipes import dumps

    path = Path(recipe)
    is_file = path.suffix.lower() in (".yaml", ".yml")
    choice = RecipeChoice(order=None, preset=None if is_file else recipe, file=path if is_file else None, scale=scale)
    click.echo(dumps(choice.recipe()), nl=False)


@recipe.command(cls=Command)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def validate(files: tuple[Path, ...]) -> None:
    """Check recipe FILES: list every mistake with its field, its rule and its value, and try what synth tries."""
    from degradekit.dataset.degrading import require_scale, try_recipe
    from degradekit.dataset.options import Options
    from degradekit.errors import DatasetError, RecipeError
    from degradekit.recipes import load

    mistakes: list[str] = []
    for file in files:
        try:
            recipe = load(file)
        except RecipeError as error:
            mistakes.append(str(error))
            continue
        try:
            try_recipe(recipe, Options().resolve(require_scale(recipe)))
        except (DatasetError, RecipeError) as error:
            mistakes.append(str(error.in_file(str(file))))
        else:
            click.echo(f"{file}: ok")
    if mistakes:
        raise Failure("\n".join(mistakes))


@recipe.command(cls=PrintingCommand)
def schema() -> None:
    """Print the JSON Schema of recipes, with which editors complete and check them."""
    import json

    from degradekit.recipes import schema

    click.echo(json.dumps(schema(), indent=2))
