"""Pairs in two columns of a Hugging Face dataset."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from degradekit.dataset.sources.hub import SPLITS_BY_NAME, HubDataset
from degradekit.errors import DatasetError, Mistake
from degradekit.picture_folders import LeftOut
from degradekit_models.config import ConfigError
from degradekit_models.pairing import Side, WantedPairs, side_of_name
from degradekit_models.stored_pictures import CellPairs, StoredPair

_SPELLING = "datasets:NAME:HR_COLUMN,LR_COLUMN[?config=NAME&split=NAME+NAME&revision=NAME]"


def pairs_in_columns(text: str, wanted: WantedPairs, left_out: LeftOut) -> Sequence[StoredPair]:
    """Return the pairs of `datasets:NAME[:HR_COLUMN,LR_COLUMN][?config=NAME&split=NAME&revision=NAME]`.

    Without columns, those are taken whose names say HR or GT and LR or LQ; without a split, the wanted one, or the only
    one that there is. Rows without two pictures are left out.

    Raises:
        ConfigError: The dataset cannot be loaded, or has no such columns or split.
    """
    import datasets

    with _errors_of_field(wanted.field):
        dataset = HubDataset.parse(text)
        splits = dataset.splits(text)
    names = list(splits) if dataset.split else _wanted_split(list(splits), text, wanted)
    rows: Any = datasets.concatenate_datasets([splits[name] for name in names])
    columns = _columns(rows, dataset.column, text, wanted)
    rows = rows.select_columns(list(columns))
    for column in columns:
        if isinstance(rows.features[column], datasets.Image):
            rows = rows.cast_column(column, datasets.Image(decode=False))
    rows = _with_two_pictures(rows, columns, left_out)
    return CellPairs(rows.with_format("arrow"), columns)


def _wanted_split(names: list[str], text: str, wanted: WantedPairs) -> list[str]:
    wanted_names = [name for split in wanted.splits for name in names if SPLITS_BY_NAME.get(name) == split]
    if not wanted_names and len(names) > 1:
        rule = f"has no split {wanted.splits[0]}; name one of {', '.join(names)}, as in '...?split={names[0]}'"
        raise ConfigError(Mistake(wanted.field, rule, text))
    return wanted_names[:1] or names


def _columns(rows: Any, asked: str, text: str, wanted: WantedPairs) -> tuple[str, str]:
    """Return the columns of HRs and LRs: those that are asked for, or those whose names state their side.

    Raises:
        ConfigError: There are none, or several.
    """
    import datasets

    pictures = [
        name
        for name, kind in rows.features.items()
        if isinstance(kind, datasets.Image) or getattr(kind, "dtype", None) in ("binary", "large_binary")
    ]
    named = tuple(asked.split(",")) if asked else _columns_by_name(pictures)
    if len(named) == 2 and set(named) <= set(pictures):
        return named[0], named[1]
    has = f"it has the columns of pictures {', '.join(pictures)}" if pictures else "it has no columns of pictures"
    raise ConfigError(Mistake(wanted.field, f"must name two columns of pictures, as in {_SPELLING}; {has}", text))


def _columns_by_name(names: list[str]) -> tuple[str, ...]:
    sides: tuple[Side, Side] = ("HR", "LR")
    return tuple(name for side in sides for name in names if side_of_name(name) == side)


def _with_two_pictures(rows: Any, columns: tuple[str, str], left_out: LeftOut) -> Any:
    import pyarrow.compute as pc

    valid = [True] * len(rows)
    for column in columns:
        cells = rows.data.column(column)
        is_struct = hasattr(cells.type, "get_field_index") and cells.type.num_fields
        parts = [pc.struct_field(cells, name) for name in ("bytes", "path")] if is_struct else [cells]
        has_picture = [any(each) for each in zip(*(part.is_valid().to_pylist() for part in parts), strict=True)]
        valid = [both and one for both, one in zip(valid, has_picture, strict=True)]
    if all(valid):
        return rows
    for index, each in enumerate(valid):
        if not each:
            left_out.add("rows without two pictures", f"row {index}")
    return rows.select([index for index, each in enumerate(valid) if each])


@contextmanager
def _errors_of_field(field: str) -> Iterator[None]:
    """Raise errors about a source of photos as errors about a field of the configuration."""
    try:
        yield
    except DatasetError as error:
        raise ConfigError(*(f"{field}: {str(each).removeprefix('source: ')}" for each in error.mistakes)) from None
