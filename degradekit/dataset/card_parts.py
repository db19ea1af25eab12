"""The parts of a dataset card: its head for machines, what its owner has written, and what follows from the dataset.

The card itself keeps the owner's part, so that it may be written with any editor, or on the Hub: fields of the head
that the dataset does not decide, and the text between two lines.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from degradekit import yaml_text
from degradekit.dataset.layout import CARD
from degradekit.errors import DatasetError, Mistake, RecipeError
from degradekit.limits import MAX_CARD_BYTES
from degradekit.regular_files import read_regular
from degradekit.retrying import as_dataset_error, reason_of
from degradekit.services import MISSING
from degradekit.storage import Folder

BEGIN = "<!-- degradekit: the text from this line on is yours, and is kept -->"
END = "<!-- degradekit: up to this line -->"
"""Lines around the owner's text."""
DECIDED = ("size_categories", "configs", "dataset_info")
"""Fields of the head that are the dataset's and nobody else's."""

_HEAD = re.compile(r"\s*---\n(?P<fields>.*?)(?:^|\n)---[ \t]*(?:\n|\Z)(?P<body>.*)", re.DOTALL)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_CURE = f"mend it by hand, or delete it with all that you have written on it; {CARD} is then written anew"


class CardParts(NamedTuple):
    """A card in parts, equal for cards that differ only in the layout of the head.

    Attributes:
        fields: The fields of its head.
        before: What stands before the owner's text.
        text: The owner's text.
        after: What stands after it.
    """

    fields: Mapping[str, Any]
    before: str
    text: str
    after: str

    @classmethod
    def of(cls, card: str) -> "CardParts":
        """Take a card apart.

        Raises:
            DatasetError: The head is not a mapping in YAML, or one of the two lines is missing or stands there twice.
        """
        card = "\n".join(card.removeprefix("\ufeff").splitlines()) if "\r" in card else card.removeprefix("\ufeff")
        match = _HEAD.fullmatch(card)
        fields, body = (match["fields"], match["body"]) if match else ("", card)
        try:
            data = yaml_text.parse(f"\n{fields}")  # its first line is the second one of the card
        except RecipeError as error:
            raise DatasetError(f"its head: {error}") from None
        if data is not None and not isinstance(data, dict):
            raise DatasetError(Mistake("its head", "must be a mapping of fields to values", data))
        lines = body.split("\n")
        marks = [index for index, line in enumerate(lines) if line.strip() in (BEGIN, END)]
        if not marks:
            return cls(data or {}, body.strip(), "", "")
        if [lines[index].strip() for index in marks] != [BEGIN, END]:
            raise DatasetError(f"must have each of the lines {BEGIN} and {END} once, in this order, or neither")
        begin, end = marks
        parts = (lines[:begin], lines[begin + 1 : end], lines[end + 1 :])
        return cls(data or {}, *("\n".join(part).strip() for part in parts))


@dataclass(frozen=True)
class OwnPart:
    """What the owner of a dataset has put on its card.

    Attributes:
        fields: Fields of the head, such as `license` and `language`.
        text: Markdown: prose, and how to cite.
        samples: Whether the card shows the picture of samples.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    samples: bool = False


NOTHING_OWN = OwnPart()


def load_parts(folder: Folder) -> CardParts | None:
    """Return the parts of the card of a dataset, or None where there is no card.

    Raises:
        DatasetError: It cannot be read; the message has the cure.
    """
    where = f"(got {folder.location!r})"
    try:
        with as_dataset_error(f"dataset: its {CARD} cannot be read", folder.location, passing=MISSING):
            content = folder.read_bytes(CARD, MAX_CARD_BYTES)
    except MISSING:
        return None
    try:
        return CardParts.of(content.decode("utf-8", "replace"))
    except DatasetError as error:
        raise DatasetError(f"dataset: its {CARD} cannot be read: {error}; {_CURE} {where}") from None


def read_text(path: str | os.PathLike[str]) -> str:
    """Return the text of a file that is to stand on a card.

    Raises:
        DatasetError: It cannot be read, is too long, or is not UTF-8.
    """
    name = os.fspath(path)
    try:
        return read_regular(name, MAX_CARD_BYTES // 4).decode("utf-8")
    except UnicodeDecodeError:
        raise DatasetError(f"text: must be a UTF-8 file (got {name!r})") from None
    except (OSError, ValueError) as failure:  # of a name with a null character
        raise DatasetError(f"text: cannot be read: {reason_of(failure)} (got {name!r})") from None


def checked_text(text: str) -> str:
    """Return Markdown that can stand on a card before its other parts.

    Raises:
        DatasetError: It cannot; the message has line, reason and cure.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").strip()
    if len(text.encode("utf-8", "replace")) > MAX_CARD_BYTES // 4:
        raise DatasetError(f"text: must have at most {MAX_CARD_BYTES // 4:,} bytes (got {len(text):,} characters)")
    if re.match(r"---[ \t]*\n", text):
        raise DatasetError(
            "text: must be Markdown without a YAML head, as the card has one; give license, language and name as"
            " options, and write other fields into the head of the card by hand"
        )
    fence, opened = "", 0
    for line_number, line in enumerate(text.split("\n"), 1):
        if line.strip() in (BEGIN, END):
            raise DatasetError(
                f"text: line {line_number} is one of the two that stand around it on the card; leave it out"
            )
        if odd := _CONTROL.search(line):
            raise DatasetError(f"text: line {line_number} has the control character {odd[0]!r}; leave it out")
        if (match := _FENCE.fullmatch(line)) is None:
            continue
        if not fence:
            fence, opened = match[1], line_number
        elif match[1].startswith(fence) and not match[2].strip():
            fence = ""
    if fence:
        raise DatasetError(f"text: line {opened} begins a block of code that does not end; end it with a line {fence}")
    if text.rfind("<!--") > text.rfind("-->"):
        raise DatasetError("text: has a comment `<!--` that does not end and would hide the rest; end it with `-->`")
    return text
