"""`degradekit recipe`."""

import sys
from pathlib import Path

import click


@click.group()
def recipe() -> None:
    """List, show and check recipes."""


@recipe.command("list")
def list_() -> None:
    """The shipped recipes."""
    from degradekit.presets import PRESETS, summary

    for name in PRESETS:
        click.echo(f"{name:<12}  {summary(name)}")


@recipe.command()
@click.argument("name")
@click.option("--scale", default=4, show_default=True, metavar="R", help="HR side / LR side.")
def show(name: str, scale: int) -> None:
    """Print the shipped recipe NAME as YAML, to read or to start from."""
    from degradekit.recipe import Recipe

    click.echo(Recipe.dumps(Recipe.preset(name, scale)), nl=False)


@recipe.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def validate(files: tuple[Path, ...]) -> None:
    """Check recipe FILES and name every mistake with its place."""
    from degradekit.errors import RecipeError
    from degradekit.recipe import Recipe

    mistakes = 0
    for file in files:
        try:
            Recipe.load(file)
        except RecipeError as error:
            mistakes += 1
            click.echo(str(error), err=True)
        else:
            click.echo(f"{file}: ok")
    sys.exit(1 if mistakes else 0)


@recipe.command()
def schema() -> None:
    """Print the JSON Schema of recipes, for editors to complete and check by."""
    import json

    from degradekit.recipe import Recipe

    click.echo(json.dumps(Recipe.schema(), indent=2))
