"""`degradekit studio`."""

from typing import TYPE_CHECKING

import click

from degradekit_cli.commands import Command, Failure, echo
from degradekit_cli.options import RecipeChoice, Variation, max_pixels_option, recipe_options

if TYPE_CHECKING:
    from degradekit.studio.drafts import Draft


@click.command(cls=Command, short_help="Tune a recipe by eye, in the browser.")
@click.argument("source", required=False)
@recipe_options
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Port of the page.  [default: a free one]"
)
@click.option("--browser/--no-browser", default=True, help="Whether to open the page in the browser.")
@max_pixels_option
def studio(source: str | None, choice: RecipeChoice, port: int, browser: bool, max_pixels: int) -> None:
    """Open a page on which a recipe is tuned by eye, on this machine alone.

    SOURCE is what `degradekit synth` takes: a folder, a file, a glob, a list, a URL or a Hugging Face dataset.
    """
    from itertools import islice

    from degradekit.dataset.sources import scan
    from degradekit.studio.opening import MOST_PHOTOS, Setup

    try:
        from degradekit.studio.page.serving import serve
    except ImportError as error:
        raise Failure(f"studio: needs NiceGUI; pip install 'degradekit[studio]' ({error})") from None
    draft = _draft(choice)
    _ = draft.recipe  # whose mistakes end the command
    photos = tuple(islice(scan(source), MOST_PHOTOS)) if source else ()
    setup = Setup(draft, photos, max_pixels=max_pixels)
    serve(setup, port=port, announce=lambda address: echo(f"{address}   (Ctrl-C ends it)"), open_browser=browser)


def _draft(choice: RecipeChoice) -> "Draft":
    from degradekit.recipes import dumps, read_settings
    from degradekit.studio.drafts import Draft

    scale, strength, settings = choice.variation
    changes, strength = read_settings(settings), 1.0 if strength is None else strength
    if choice.order is not None:
        text = dumps(choice._replace(variation=Variation(scale)).recipe())
        return Draft(f"order {choice.order}", text, strength=strength, changes=changes)
    name = str(choice.file) if choice.file is not None else choice.preset or Draft.name
    return Draft(name, scale=scale, strength=strength, changes=changes)
