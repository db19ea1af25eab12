"""Puts on the card of a dataset what only its owner knows, such as its license, and a picture of a few pairs."""

import re
from collections.abc import Iterator
from dataclasses import replace

from degradekit.dataset.card import card, load_own_part
from degradekit.dataset.card_parts import NOTHING_OWN, OwnPart, checked_text
from degradekit.dataset.card_samples import has_samples, save_samples
from degradekit.dataset.entering import reentered
from degradekit.dataset.layout import CARD
from degradekit.dataset.licenses import OTHER, license_fields
from degradekit.dataset.opening import Dataset
from degradekit.dataset.report import Report
from degradekit.dataset.writing import write_errors
from degradekit.errors import DatasetError, Mistake
from degradekit.locations import Location

_LANGUAGE = re.compile(r"[a-z]{2,3}|code|multilingual")
_NAME_CHARACTERS = 100
_LICENSE_FIELDS = ("license", "license_name", "license_link")


def describe(
    shards: Location,
    *,
    license: str | None = None,
    license_name: str | None = None,
    license_link: str | None = None,
    language: str | None = None,
    name: str | None = None,
    text: str | None = None,
) -> OwnPart:
    """Write the card of a finished dataset with what its owner adds, and a picture of a few pairs.

    What is not given stays as it is on the card, which `finalize`, a repeated build, `export`, `redegrade` and
    `filter_pairs` keep too. The digest covers none of it.

    Args:
        shards: The dataset, a path or a URL.
        license: An identifier of the Hugging Face Hub, such as `cc0-1.0`, or `other`.
        license_name: The name of a license that the Hub has no identifier of.
        license_link: Where the text of that license is: a URL, or LICENSE or LICENSE.md in the folder of the dataset.
        language: A code of ISO 639, such as `en`.
        name: The name of the dataset, for people.
        text: Markdown: what the photos show, where they come from, how to cite.

    Returns:
        What the owner has put on the card.

    Raises:
        DatasetError: There is no finished dataset, an option breaks its rule, the card that is there cannot be read,
            or a build is running there.
    """
    fields: dict[str, object] = {}
    if license is not None or license_name is not None or license_link is not None:
        fields |= license_fields(OTHER if license is None else license, license_name, license_link)
    if mistakes := list(_mistakes(language, name)):
        raise DatasetError(*mistakes)
    fields |= {"language": [language]} if language is not None else {}
    fields |= {"pretty_name": name} if name is not None else {}
    text = None if text is None else checked_text(text)

    dataset = Dataset.open(shards)
    folder, plan = dataset.folder, dataset.plan
    if folder.size(CARD) is None:
        raise DatasetError(f"shards: the dataset is not finished; finish its build first (got {folder.location!r})")
    dataset.refuse_endless_plan()
    with reentered(dataset):
        report = Report.load(folder)
        own = load_own_part(folder, plan) or NOTHING_OWN
        replaced = _LICENSE_FIELDS if "license" in fields else ()
        kept = {field: value for field, value in own.fields.items() if field not in replaced}
        own = replace(
            own,
            fields=kept | fields,
            text=own.text if text is None else text,
            samples=has_samples(dataset),
        )
        with write_errors(folder):
            if own.samples:
                save_samples(dataset)
            folder.write_text(CARD, card(plan, report, own))
    return own


def _mistakes(language: str | None, name: str | None) -> Iterator[Mistake]:
    if language is not None and not _LANGUAGE.fullmatch(language):
        yield Mistake("language", "must be a code of ISO 639 in two or three small letters, such as en", language)
    if name is not None and not (name.strip() and name.isprintable() and len(name) <= _NAME_CHARACTERS):
        rule = f"must be printable text on one line, of 1 to {_NAME_CHARACTERS} characters"
        yield Mistake("name", rule, name)
