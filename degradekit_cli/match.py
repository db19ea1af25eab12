"""`degradekit match`."""

import shlex
from collections.abc import Callable
from pathlib import Path

import click

from degradekit_cli.commands import Command
from degradekit_cli.headings import option
from degradekit_cli.options import (
    RecipeChoice,
    max_pixels_option,
    output_option,
    recipe_options,
    shared_option,
    workers_option,
)
from degradekit_cli.outputs import refuse_photo, write_text
from degradekit_cli.progress import progress_bar


class _MatchCommand(Command):
    """Keeps the command line as the context's object, for the report to show."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.obj = shlex.join(["degradekit", str(self.name), *args])
        return super().parse_args(ctx, args)


@click.command(cls=_MatchCommand, short_help="Fit a recipe to real low-quality photos.")
@click.argument("real", nargs=-1, required=True, metavar="REAL_LR...")
@shared_option("--hr", more="best of the same kind of scenes")
@shared_option("--photos", more="of REAL_LR", shown_default="1,000, chosen by the seed")
@max_pixels_option
@recipe_options
@option("Recipe", "--widen", default=1.25, metavar="X", help="How much wider than the recipe's ranges to look.")
@shared_option("--draws", default=3000, more="of fewer, fewer fields are seen")
@shared_option("--seed", default=0)
@output_option("the fitted recipe, a YAML file", required=False)
@option(
    "Output",
    "--mix",
    type=float,
    metavar="SHARE",
    help="Write a mixture: the fitted recipe in this share of the draws, otherwise the one before the fit.",
)
@shared_option("--html")
@shared_option("--json")
@workers_option
@click.pass_obj
def match(
    command: str,
    real: tuple[str, ...],
    hr: tuple[str, ...],
    choice: RecipeChoice,
    output: Path | None,
    mix: float | None,
    html: Path | None,
    json: Path | None,
    photos: int | None,
    draws: int,
    widen: float,
    seed: int,
    workers: int | None,
    max_pixels: int,
) -> None:
    """Fit a recipe to the real low-quality photos of REAL_LR, and report which of its fields they show at all.

    REAL_LR and --hr are what `degradekit synth` takes: folders, files, globs, lists, URLs or Hugging Face datasets. The
    recipe is Real-ESRGAN's of order 2 for x4 unless options name another; fields that the photos do not show keep its
    values. The same photos, recipe, options and seed give the same bytes.

    Exit status: 0 also where nothing is fitted, which the summary states.
    """
    if mix is not None and output is None:
        raise click.UsageError("--mix: is a share of the recipe that is written; give --output too")
    if mix is not None and not 0 <= mix <= 1:
        raise click.UsageError(f"--mix: must be between 0 and 1 (got {mix})")
    outputs = {"--output": output, "--html": html, "--json": json}
    files = {option: path for option, path in outputs.items() if path is not None}
    if len({path.resolve() for path in files.values()}) < len(files):
        raise click.UsageError(f"{', '.join(files)}: must be different files")
    from degradekit.matching import report
    from degradekit.matching.gathering import scan_hr, scan_real
    from degradekit.matching.match_photos import match as match_photos
    from degradekit.matching.writing import write_fitted
    from degradekit.whole_files import require_writable

    recipe = choice.recipe()
    real_photos, hr_photos = scan_real(real), scan_hr(hr)
    for flag, path in files.items():
        refuse_photo(path, [real_photos, hr_photos], flag)
        require_writable(path)
    with progress_bar(unit="crop") as progress:
        result = match_photos(
            real_photos,
            hr_photos,
            recipe,
            photos=photos,
            draws=draws,
            widen=widen,
            seed=seed,
            workers=workers,
            max_pixels=max_pixels,
            progress=progress,
        )
    click.echo(report.text(result), nl=False)
    name = choice.preset or str(choice.file or "")
    share = 1.0 if mix is None else mix
    contents: dict[str, Callable[[], str]] = {
        "--output": lambda: write_fitted(result, name=name, share=share),
        "--html": lambda: report.html(result, command),
        "--json": lambda: report.to_json(result, command),
    }
    for flag, path in files.items():
        write_text(path, contents[flag]())
