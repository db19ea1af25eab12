"""Names of files in a dataset's folder, which may come from anybody: none leads out of the folder."""

import os
from collections.abc import Iterator
from pathlib import Path

from degradekit.errors import DatasetError


def refuse_outside(folder: str, name: str) -> None:
    """Refuse a file that does not lie in its folder: links in it may lead to any file of its reader.

    Args:
        folder: A local path, which may be a link itself.
        name: The file, relative to the folder.

    Raises:
        DatasetError: The name leads out of the folder, or a link below the folder does.
    """
    refuse_odd_name(name)
    path, has_link = folder, False
    for part in name.split("/"):
        path = f"{path}/{part}"
        has_link = has_link or os.path.islink(path)  # noqa: PTH114 - pathlib takes four times as long
    if not has_link:
        return
    target, root = Path(os.path.realpath(path)), Path(os.path.realpath(folder))
    if not target.is_relative_to(root) and target.parent not in _blobs_of_hub(root):
        raise DatasetError(
            f"{name}: must lie in the dataset's folder, and a link leads out of it; put the file itself there"
            f" (got {path!r})"
        )


def _blobs_of_hub(root: Path) -> Iterator[Path]:
    """Yield where the cache of the Hugging Face Hub keeps the content of the files of a snapshot, which are links."""
    return (parent.parent / "blobs" for parent in root.parents if parent.name == "snapshots")


def refuse_odd_name(name: str) -> None:
    """Refuse the name of a file, relative to a folder and with slashes, that may lead out of the folder on any system.

    Raises:
        DatasetError: The name does.
    """
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts) or any(each in name for each in "\\:\0"):
        raise DatasetError(f"names of files must stay inside the dataset's folder (got {name!r})")
