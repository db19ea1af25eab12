"""Finds the pairs that a text names: in a folder, two folders, a list, or two columns of a Hugging Face dataset."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from degradekit.dataset.layout import PLAN
from degradekit.dataset.sources.hub import PREFIX
from degradekit.errors import Mistake
from degradekit.limits import MAX_LIST_BYTES
from degradekit.locations import is_url
from degradekit.picture_folders import FORMATS, LeftOut
from degradekit.regular_files import read_regular
from degradekit.retrying import reason_of
from degradekit_models.config import ConfigError
from degradekit_models.pair_columns import pairs_in_columns
from degradekit_models.pairing import PicturePair, WantedPairs, pairs_in, pairs_of
from degradekit_models.stored_pictures import FilePicture, StoredPair

_KINDS = (
    "a folder with pairs, two folders 'HR,LR', a text file that lists pairs, or 'datasets:NAME:HR_COLUMN,LR_COLUMN'"
)


def find_pairs(text: str, wanted: WantedPairs, left_out: LeftOut) -> Sequence[StoredPair]:
    """Return the pairs that a text names.

    Args:
        text: A folder, see `pairs_in`; `HR,LR`, two folders; a text file with the paths of an HR and its LR on each
            line, separated by a tab, a comma or spaces, relative ones from the list's folder; or
            `datasets:NAME:HR_COLUMN,LR_COLUMN`, see `pairs_in_columns`.
        wanted: Which pairs of a folder or dataset are meant.
        left_out: Counts the pictures without a partner.

    Raises:
        ConfigError: There are no pairs, or the text is ambiguous.
    """
    if text.startswith(PREFIX):
        return pairs_in_columns(text, wanted, left_out)
    path = Path(text)
    hr, comma, lr = text.partition(",")
    if (path / PLAN).is_file() and not any((path / split).is_dir() for split in wanted.splits):
        _refuse("is a degradekit dataset: name it among the shards, or export it as a folder", text, wanted)
    if path.is_dir():
        files = pairs_in(path, wanted, left_out)
    elif path.is_file():
        files = _listed(path, wanted)
    elif comma and Path(hr).is_dir() and Path(lr).is_dir():
        files = pairs_of(Path(hr), Path(lr), wanted, left_out)
    else:
        _refuse(
            f"must be {_KINDS}{', on this machine' if is_url(text) else '; there is none of this name'}", text, wanted
        )
    return [StoredPair(FilePicture(each.hr), FilePicture(each.lr) if each.lr else None) for each in files]


def _listed(path: Path, wanted: WantedPairs) -> list[PicturePair]:
    if path.suffix.lower() in FORMATS:
        _refuse(f"must be {_KINDS}, and is a picture", path, wanted)
    try:
        data = read_regular(path, MAX_LIST_BYTES)
    except OSError as error:
        _refuse(f"cannot be read ({reason_of(error)})", path, wanted)
    pairs = []
    for index, raw in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        line = os.fsdecode(raw).strip()
        if not line or line.startswith("#"):
            continue
        names = _names_in(line)
        if len(names) != 2 or not all(names) or "\0" in line:
            rule = "must have the paths of an HR and its LR on each line, separated by a tab, a comma or spaces"
            raise ConfigError(Mistake(f"{wanted.field}: {path}, line {index}", rule, line))
        pairs.append(PicturePair(*(path.parent / name for name in names)))
    return pairs


def _names_in(line: str) -> list[str]:
    for separator in "\t,":
        if separator in line:
            return [name.strip() for name in line.split(separator)]
    return line.split()


def _refuse(rule: str, value: object, wanted: WantedPairs) -> NoReturn:
    raise ConfigError(Mistake(wanted.field, rule, str(value)))
