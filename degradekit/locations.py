"""Paths and URLs as people give them."""

import os

from degradekit.errors import DatasetError

Location = str | os.PathLike[str]
"""A path, or a URL of any storage that fsspec knows."""


def is_url(text: str) -> bool:
    """Return whether a text starts with a protocol, as s3://bucket/folder does."""
    return "://" in text


def plain_path(text: str) -> str:
    """Return a URL of this machine's own files as a path, and anything else unchanged."""
    for protocol in ("file://", "local://"):
        if text.startswith(protocol):
            return text.removeprefix(protocol)
    return text


def working_folder() -> str:
    """Return the path of the current folder.

    Raises:
        DatasetError: It was deleted.
    """
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:
        raise DatasetError("the current folder no longer exists; change to another") from None
