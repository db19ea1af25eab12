"""Operators that draw from the files of a folder, of which a digest pins the content."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Annotated, ClassVar, NamedTuple, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from degradekit.errors import DegradekitError, Mistake, RecipeError
from degradekit.fields import Text
from degradekit.folder_walks import list_folder
from degradekit.limits import MAX_FOLDER_BYTES, MAX_FOLDER_FILES, MAX_PATH_CHARACTERS
from degradekit.mistakes import validated
from degradekit.operators.base import Operator
from degradekit.picture_folders import HIDDEN, why_not_a_picture
from degradekit.regular_files import read_regular
from degradekit.retrying import reason_of

_SHA256 = "^[0-9a-f]{64}$"


def _checked_path(path: str) -> str:
    if not path or "\0" in path:
        raise ValueError("must be the path of a folder, without null characters")
    return path


def _checked_digest(digest: str) -> str:
    if not re.fullmatch(_SHA256, digest):
        raise ValueError("must be a SHA-256, 64 hexadecimal digits in lower case")
    return digest


FolderPath = Annotated[Text, Field(max_length=MAX_PATH_CHARACTERS), AfterValidator(_checked_path)]
Digest = Annotated[Text, AfterValidator(_checked_digest), WithJsonSchema({"type": "string", "pattern": _SHA256})]


class FolderKind(NamedTuple):
    """What the files of a folder are.

    Attributes:
        op: The operator that draws from them, for messages.
        noun: What they are, in the plural.
        max_file_bytes: The most bytes that a file may have.
        extension: One that is taken beside those of pictures.
    """

    op: str
    noun: str
    max_file_bytes: int
    extension: str | None = None

    def digest(self, folder: str) -> str:
        """Return the SHA-256 of the SHA-256 digests of a folder's files, sorted: names decide nothing.

        Raises:
            RecipeError: The folder cannot be read, or has no files of the kind or too many.
        """
        try:
            return _digest(self._files_by_digest(folder))
        except _RefusedError as refused:
            raise RecipeError(Mistake("folder", str(refused), folder)) from None

    def contents(self, folder: str, digest: str, error: type[DegradekitError]) -> Iterator[tuple[Path, bytes]]:
        """Yield the path and the content of each file, in the order of the digests, once all are known to be right.

        Raises:
            DegradekitError: Of the type `error`; the folder has not got the files of the digest.
        """
        try:
            files = self._files_by_digest(folder)
            if (current := _digest(files)) != digest:
                rule = f"must have the {self.noun} of the recipe, and has others, with the digest {current[:12]}..."
                raise _RefusedError(rule)
            for digest_of_file, path in files:
                data = self._read(path)
                if hashlib.sha256(data).hexdigest() != digest_of_file:
                    raise _RefusedError("must not change while it is read")
                yield path, data
        except _RefusedError as refused:
            cure = f"put those with the digest {digest[:12]}... there, or leave `digest` out of the recipe"
            raise error(Mistake(f"{self.op}: folder", f"{refused}; {cure} to use others", folder)) from None

    def _files_by_digest(self, folder: str) -> list[tuple[str, Path]]:
        try:
            paths = [Path(folder, name) for name in list_folder(folder)[1] if self._is_wanted(name)]
            paths = [path for path in paths if path.is_file()]
            size = sum(path.stat().st_size for path in paths)
        except OSError as error:
            raise _RefusedError(f"must be a folder with {self.noun}, and cannot be read ({reason_of(error)})") from None
        if not 0 < len(paths) <= MAX_FOLDER_FILES:
            raise _RefusedError(f"must have 1 to {MAX_FOLDER_FILES:,} {self.noun}, and has {len(paths):,}")
        if size > MAX_FOLDER_BYTES:
            raise _RefusedError(
                f"must have {self.noun} of at most {MAX_FOLDER_BYTES:,} bytes together, and has {size:,}"
            )
        return sorted((hashlib.sha256(self._read(path)).hexdigest(), path) for path in paths)

    def _is_wanted(self, name: str) -> bool:
        reason = why_not_a_picture(name)
        has_extension = self.extension is not None and PurePath(name).suffix.lower() == self.extension
        return reason is None or (has_extension and reason != HIDDEN)

    def _read(self, path: Path) -> bytes:
        try:
            return read_regular(path, self.max_file_bytes)
        except OSError as error:
            raise _RefusedError(f"must have {self.noun} that can be read ({path.name}: {reason_of(error)})") from None


class _RefusedError(Exception):
    """A folder breaks a rule; the text of the exception is the rule."""


@validated(RecipeError)
class PinnedFolder(Operator):
    """The fields of an operator that draws from a folder.

    The digest makes the recipe mean these very files: they may be renamed and the folder be copied, but where a file is
    changed, added or missing, the recipe is refused before the first photo is degraded.

    Attributes:
        folder: Path of the folder; folders in it are not entered. A relative path starts at the working directory.
        digest: SHA-256 of the files. Left out, it is computed from the folder as it is now, and the recipe has it from
            then on.
    """

    kind: ClassVar[FolderKind]

    folder: FolderPath
    digest: Digest | None = None

    @model_validator(mode="after")
    def _pin_content(self) -> Self:
        if self.digest is None:
            object.__setattr__(self, "digest", self.kind.digest(self.folder))
        return self

    @property
    def pinned_digest(self) -> str:
        """The digest, which has been computed where it was left out."""
        assert self.digest is not None
        return self.digest


def _digest(files: list[tuple[str, Path]]) -> str:
    return hashlib.sha256("".join(digest for digest, _ in files).encode("ascii")).hexdigest()
