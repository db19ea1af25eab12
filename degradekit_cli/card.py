"""The command that completes the card of a dataset."""

import shlex
from pathlib import Path

import click

from degradekit_cli.commands import Command, echo
from degradekit_cli.headings import option


@click.command(cls=Command, short_help="Complete a dataset's card: license, text, samples.")
@click.argument("shards")
@option("Output", "--license", metavar="ID", help="License, by the Hub's identifier, such as cc0-1.0; or other.")
@option("Output", "--license-name", metavar="NAME", help="Name of another license, as in my-terms-1.0.")
@option("Output", "--license-link", metavar="URL", help="Where its text is: a URL, or LICENSE for a file in SHARDS.")
@option("Output", "--language", metavar="CODE", help="Language of captions and text, such as en.")
@option("Output", "--name", metavar="TEXT", help="Name of the dataset, for people.")
@option(
    "Output", "--text", type=click.Path(path_type=Path), metavar="FILE", help="Markdown of your own, to stand first."
)
def card(
    shards: str,
    license: str | None,
    license_name: str | None,
    license_link: str | None,
    language: str | None,
    name: str | None,
    text: Path | None,
) -> None:
    """Complete the card of the dataset SHARDS, its README.md: license, text of your own, pictures of a few pairs.

    What is not given stays as it is. Whatever you put on the card, by this command or by hand, is kept when the dataset
    is verified, finalized, built again, exported, redegraded or filtered.
    """
    from degradekit import dataset
    from degradekit.dataset.card_parts import read_text
    from degradekit.dataset.layout import CARD, SAMPLES
    from degradekit.locations import is_url

    own = dataset.describe(
        shards,
        license=license,
        license_name=license_name,
        license_link=license_link,
        language=language,
        name=name,
        text=None if text is None else read_text(text),
    )
    folder = shards.rstrip("/")
    echo(f"{folder}/{CARD}: written" + (f", with samples in {SAMPLES}" if own.samples else ""))
    if "license" not in own.fields:
        echo(
            "note: it names no license, so nobody knows what they may do with it; give --license, such as cc-by-4.0",
            err=True,
        )
    if not is_url(shards):
        echo(f"upload with: hf upload OWNER/NAME {shlex.quote(shards)} . --repo-type dataset")
