"""Types for what is read from the files of a dataset, which is checked when it is loaded, as it may be anybody's."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import IO, Annotated, Any, Generic, TypeAlias, TypeVar

from pydantic import FailFast, Field, PlainValidator, TypeAdapter, ValidationError
from pydantic_core import from_json

from degradekit.dataset.layout import SPLITS
from degradekit.errors import DatasetError
from degradekit.fields import Integer, Text
from degradekit.limits import MAX_INTEGER, MAX_KEY_CHARACTERS, MAX_LINE_BYTES
from degradekit.mistakes import first_mistake
from degradekit.storage import Folder

T = TypeVar("T")


@contextmanager
def errors_as_damage(file: str, folder: Folder, cure: str) -> Iterator[None]:
    """Turn the errors of a block into ones that state that a file of a dataset is damaged, and what to do.

    Args:
        file: Relative to the folder.
        folder: The folder of the dataset.
        cure: What to do, such as `build the dataset anew`.
    """
    try:
        yield
    except DatasetError as error:
        raise DatasetError(f"dataset: its {file} is damaged: {error}; {cure} (got {folder.location!r})") from None


class StoredType(Generic[T]):
    """A type that is kept in files, and read from them strictly: no field may be missing, unknown or of another type.

    Args:
        kind: A dataclass or named tuple whose annotations hold the rules of its fields.
    """

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        return TypeAdapter(self._kind)

    def from_json(self, text: bytes, where: str = "") -> T:
        """Return JSON as an object of the type.

        Args:
            text: UTF-8.
            where: What the error names first, such as a line.

        Raises:
            DatasetError: The text is not JSON, or breaks a rule.
        """
        try:
            return self._adapter.validate_json(text)
        except ValidationError as broken:
            raise _error(broken, where) from None

    def from_data(self, data: Any, where: str = "") -> T:
        """Return plain data as an object of the type; see `from_json`."""
        try:
            return self._adapter.validate_python(data)
        except ValidationError as broken:
            raise _error(broken, where) from None


def _error(broken: ValidationError, where: str) -> DatasetError:
    error = DatasetError(first_mistake(broken))
    return error.in_file(where) if where else error


def mapping(text: bytes) -> dict[str, Any]:
    """Return a mapping in JSON.

    Raises:
        DatasetError: The text is something else, or has numbers that are not finite.
    """
    try:
        data = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise DatasetError(f"must be JSON ({error})") from None
    if not isinstance(data, dict):
        raise DatasetError("must be a mapping in JSON")
    return data


def _counts(counts: Any) -> dict[str, int]:
    if not isinstance(counts, dict):
        raise ValueError("must be a mapping of names to counts")
    for name, count in counts.items():
        if type(count) is not int or not 0 <= count <= MAX_INTEGER:
            raise ValueError(f"the count of {name!r} must be an integer >= 0")
    return counts


def _counts_of_splits(counts: Any) -> dict[str, int]:
    if not set(_counts(counts)) <= set(SPLITS):
        raise ValueError(f"must be a mapping of splits to counts; known splits: {', '.join(SPLITS)}")
    return {split: counts[split] for split in SPLITS if split in counts}


def lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines of a file of JSON lines that are not empty, without reading more than one into memory.

    Raises:
        DatasetError: A line is too long.
    """
    while line := file.readline(MAX_LINE_BYTES + 1):
        if len(line) > MAX_LINE_BYTES:
            raise DatasetError(f"its lines must have at most {MAX_LINE_BYTES:,} bytes")
        if line.strip():
            yield line


Count: TypeAlias = Annotated[Integer, Field(ge=0, le=MAX_INTEGER)]
"""An integer that is not negative."""
Sha256: TypeAlias = Annotated[Text, Field(pattern="^[0-9a-f]{64}$")]
"""64 hexadecimal digits."""
Key: TypeAlias = Annotated[Text, Field(min_length=1, max_length=MAX_KEY_CHARACTERS)]
"""The key of a photo, which may have any characters."""
Counts: TypeAlias = Annotated[dict[str, int], PlainValidator(_counts)]
"""Counts, none of them negative, by what they count."""
SplitCounts: TypeAlias = Annotated[dict[str, int], PlainValidator(_counts_of_splits)]
"""Counts by split, in the order of `SPLITS`."""
Listed: TypeAlias = Annotated[tuple[T, ...], FailFast()]
"""A list, of which one item that breaks a rule is enough."""
