"""`degradekit recipe`."""

from pathlib import Path

import click

from degradekit_cli.commands import Command, Failure


@click.group()
def recipe() -> None:
    """List, show and check recipes."""


@recipe.command("list", cls=Command)
def list_() -> None:
    """List the shipped recipes."""
    from degradekit.presets import PRESETS, summary

    for name in PRESETS:
        click.echo(f"{name:<12}  {summary(name)}")


@recipe.command(cls=Command)
@click.argument("name")
@click.option("--scale", default=4, show_default=True, metavar="R", help="HR side / LR side.")
def show(name: str, scale: int) -> None:
    """Print the shipped recipe NAME as YAML, to read or to start from."""
    from degradekit.presets import preset
    from degradekit.recipes import dumps

    click.echo(dumps(preset(name, scale)), nl=False)


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


@recipe.command(cls=Command)
def schema() -> None:
    """Print the JSON Schema of recipes, with which editors complete and check them."""
    import json

    from degradekit.recipes import schema

    click.echo(json.dumps(schema(), indent=2))
