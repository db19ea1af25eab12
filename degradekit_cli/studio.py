"""`degradekit studio`."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from degradekit_cli.commands import Command, Failure, echo
from degradekit_cli.extras import needs_torch
from degradekit_cli.headings import option
from degradekit_cli.options import RecipeChoice, Variation, max_pixels_option, recipe_options
from degradekit_cli.outputs import print_skipped

if TYPE_CHECKING:
    from degradekit.studio.drafts import Draft
    from degradekit.studio.draws import Enlarge
    from degradekit.types import Pixels


@click.command(cls=Command, short_help="Tune a recipe by eye, in the browser.")
@click.argument("source", required=False)
@option("Input", "--real", metavar="SOURCE", help="Real low-quality photos to compare with; the first 24 are taken.")
@max_pixels_option
@recipe_options
@option(
    "Network",
    "--weights",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A generator, .pth or .safetensors, that enlarges LRs as `degradekit upscale` does.",
)
@option(
    "Machine",
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    shown_default="a free one",
    metavar="N",
    help="Port of the page.",
)
@option("Machine", "--no-browser", is_flag=True, help="Print the address without opening it.")
def studio(
    source: str | None,
    choice: RecipeChoice,
    real: str | None,
    weights: Path | None,
    port: int,
    no_browser: bool,
    max_pixels: int,
) -> None:
    """Open a page on which a recipe is tuned by eye, on this machine alone.

    SOURCE is a dataset of `degradekit synth`, or what that command takes: a folder of photos, a file, a glob, a list, a
    URL or a Hugging Face dataset. Without it, the page takes photos that are dropped on it.
    """
    from degradekit.studio.opening import set_up

    try:
        from degradekit.studio.page.serving import serve
    except ImportError as error:
        raise Failure(f"studio: needs NiceGUI; pip install 'degradekit[studio]' ({error})") from None
    draft = chosen_draft(choice) if choice.is_given or choice.variation.is_given else None
    enlarge = None if weights is None else _enlarge(weights)
    setup, unusable = set_up(source, draft, real=real, enlarge=enlarge, max_pixels=max_pixels)
    print_skipped(unusable, err=True)
    serve(setup, port=port, announce=lambda url: echo(f"{url}   (Ctrl-C ends it)"), open_browser=not no_browser)


def _enlarge(weights: Path) -> "Enlarge":
    with needs_torch("studio --weights"):
        from degradekit_models.upscale import enlarge
    from degradekit_models.devices import find_device, to_device
    from degradekit_models.weights import load_generator

    generator = to_device(load_generator(weights).eval(), find_device("auto"))

    def by_weights(lr: "Pixels") -> "Pixels":
        return cast("Pixels", enlarge(generator, lr))  # of 8 bits, as the LR is

    return by_weights


def chosen_draft(choice: RecipeChoice) -> "Draft":
    """Return the recipe that the options choose, as the studio edits it."""
    from degradekit.extending import is_file_name
    from degradekit.recipes import dumps, read_settings
    from degradekit.studio.drafts import Draft

    scale, strength, settings = choice.variation
    changes, strength = read_settings(settings), 1.0 if strength is None else strength
    name = str(choice.file) if choice.file is not None else choice.preset or Draft.name
    if choice.order is not None or (choice.file is not None and not is_file_name(name)):
        text = dumps(choice._replace(variation=Variation(scale)).recipe())
        name = name if choice.order is None else f"order {choice.order}"
        return Draft(name, text, strength=strength, changes=changes)
    return Draft(name, scale=scale, strength=strength, changes=changes)
