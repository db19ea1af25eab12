"""The target of a build, which is touched only once it is known to be new or the plan's own.

A file belongs to a dataset if its name is one that the plan on the disk makes; all others stay as they are.
"""

from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

from degradekit.dataset.formats import find_format
from degradekit.dataset.layout import CARD, FILES, FOLDERS, PHOTOS, PLAN, is_unfinished, locked, manifest_file, sweep
from degradekit.dataset.opening import Dataset
from degradekit.dataset.photos import PhotoTable
from degradekit.dataset.plan import Plan
from degradekit.dataset.writing import write_errors
from degradekit.errors import DatasetError
from degradekit.retrying import as_dataset_error
from degradekit.storage import Folder
from degradekit.whole_files import final_name


class OwnFiles(Container[str]):
    """The names of the files that a plan makes.

    Args:
        plan: The plan.
        photos: The list of its photos, by which pictures are known; None where there can be none.

    Raises:
        DatasetError: Two photos would have pictures of the same name.
    """

    def __init__(self, plan: Plan, photos: PhotoTable | None) -> None:
        shard_format = find_format(plan.options.format)
        self._plan, self._format = plan, shard_format
        self._others: Container[str] = ()
        if photos is not None and shard_format.other_files is not None:
            self._others = shard_format.other_files(
                photos.splits_and_keys(), plan.options.pictures, plan.options.picture_format
            )

    def __contains__(self, name: object) -> bool:
        return name in FILES or self._is_of_shard(str(name)) or name in self._others

    def _is_of_shard(self, name: str) -> bool:
        shard = PurePosixPath(name).stem
        return name in (manifest_file(shard), self._format.file(shard)) and shard in self._plan.shards


@contextmanager
def entered(dataset: Dataset, photos: PhotoTable, *, overwrite: bool, shared: bool) -> Iterator[None]:
    """Write the plan into a new target, refuse one that holds something else, and keep other builds out meanwhile.

    Args:
        dataset: The folder and the plan.
        photos: The list of the plan's photos.
        overwrite: Delete the dataset that is there.
        shared: Whether other slices of the same plan may be at work there.

    Raises:
        DatasetError: The target cannot be used; nothing in it was changed.
    """
    folder, plan = dataset.folder, dataset.plan
    own = OwnFiles(plan, photos)
    with locked(folder, shared=shared):
        is_new = folder.size(PLAN) is None
        if is_new:
            _refuse_others(folder)
        else:
            with as_dataset_error(f"target: its {PLAN} cannot be read", folder.location):
                existing = Plan.load(folder)
            if not overwrite:
                plan.refuse_another(existing, folder)
            old = _own_files(folder, existing) if overwrite else own
            _refuse_links(folder, own, old)
            if overwrite:
                _refuse_foreign_files(folder, own, old)
                _delete(folder, old, keep=(PLAN,))
        with _attempt(folder, own, shared):
            if is_new or overwrite:
                _save(plan, folder)  # first in a new target, last in one to overwrite: by it a dataset is known
        plan.refuse_another(Plan.load(folder), folder)  # another build may have been faster where nothing is locked
        with _attempt(folder, own, shared):
            if not shared:
                sweep(folder)
            if folder.size(PHOTOS) is None:
                _save(photos, folder)
            yield


@contextmanager
def reentered(dataset: Dataset) -> Iterator[None]:
    """Keep other builds out of a dataset that is there.

    Raises:
        DatasetError: Another build is running there, or parts of the dataset are links.
    """
    with locked(dataset.folder, shared=False):
        own = _own_files(dataset.folder, dataset.plan)
        _refuse_links(dataset.folder, own, own)
        yield


def delete_empty(dataset: Dataset) -> None:
    """Delete a dataset that has not one pair."""
    _delete(dataset.folder, OwnFiles(dataset.plan, None))


def _own_files(folder: Folder, plan: Plan) -> OwnFiles:
    """Return the files of a dataset that is there."""
    return OwnFiles(plan, PhotoTable.load(folder) if folder.size(PHOTOS) is not None else None)


@contextmanager
def _attempt(folder: Folder, own: OwnFiles, shared: bool) -> Iterator[None]:
    """Leave nothing unfinished, and no plan of which nothing is built: it would be in the way of the next try."""
    try:
        yield
    except BaseException as error:
        if shared:
            raise
        sweep(folder)
        if isinstance(error, Exception) and {*folder.names()} <= {PLAN, PHOTOS}:
            _delete(folder, own)
        raise


def _refuse_others(folder: Folder) -> None:
    others = [name for name in folder.names() if name == PLAN or final_name(name) != PLAN]
    if others and folder.size(PLAN) is None:  # another slice may just have written it
        raise DatasetError(
            f"target: exists and is not a degradekit dataset; choose another (got {folder.location!r}, with"
            f" {others[0]!r} in it)"
        )


def _refuse_links(folder: Folder, *own: OwnFiles) -> None:
    """Refuse a dataset with links in it: writing and deleting would go out of its folder, or cut the links."""
    for name in folder.links():
        if name in FOLDERS or any(name in each for each in own):
            raise DatasetError(
                f"target: its {name} is a link, and nothing is written or deleted through links in a dataset; put what"
                f" it leads to there instead (got {folder.location!r})"
            )


def _refuse_foreign_files(folder: Folder, own: OwnFiles, old: OwnFiles) -> None:
    """Refuse to overwrite a dataset where the new one would replace files that the old one has not made."""
    for name in folder.names():
        if name in own and name not in old:
            raise DatasetError(
                f"target: its {name} does not belong to the dataset there, and would be replaced; move it away"
                f" (got {folder.location!r})"
            )


def _delete(folder: Folder, own: Container[str], keep: Container[str] = ()) -> None:
    """Delete the files of a dataset, and its folders if nothing else is in them.

    The card goes first, as a folder without it is not finished, and the list of photos last, as it names the pictures.
    """
    names = [name for name in folder.names() if (name in own or is_unfinished(name)) and name not in keep]
    with as_dataset_error("target: cannot be deleted", folder.location):
        for name in sorted(names, key=lambda name: (name != CARD, name in (PHOTOS, PLAN), name)):
            folder.delete(name)
    for subfolder in FOLDERS:
        folder.remove_if_empty(subfolder)


def _save(part: Plan | PhotoTable, folder: Folder) -> None:
    with write_errors(folder):
        part.save(folder)
