"""A dataset on disk: its folder and its plan."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from degradekit.dataset.formats import Format, Reader, find_format
from degradekit.dataset.layout import CARD, MANIFESTS, PLAN, manifest_file
from degradekit.dataset.manifest import Manifest
from degradekit.dataset.plan import Plan
from degradekit.dataset.row import Row, group_by_photo
from degradekit.errors import DatasetError, DegradekitError, InaccessibleError
from degradekit.locations import Location, is_url, plain_path
from degradekit.regular_files import NOT_REGULAR
from degradekit.retrying import as_dataset_error, reason_of
from degradekit.services import MISSING
from degradekit.storage import Folder
from degradekit.wording import counted

VERIFY = "verify the dataset, which shows how to repair it"
REPAIR = "run the command that built the dataset again, which builds what is missing or damaged"
_FEW_SHARDS = 1000


@dataclass(frozen=True)
class Dataset:
    """A dataset, finished or not.

    Attributes:
        folder: The folder that holds it.
        plan: What decides its content.
    """

    folder: Folder
    plan: Plan

    @staticmethod
    def is_at(location: str) -> bool:
        """Return whether a path or a URL is the folder of a dataset, finished or not; a web server has no folders.

        Raises:
            DatasetError: The service behind the URL cannot be asked.
        """
        location = plain_path(location)
        if not is_url(location):
            return Path(location, PLAN).is_file()
        return not location.startswith(("http://", "https://")) and Folder.of(location).size(PLAN) is not None

    @classmethod
    def open(cls, location: Location | Folder) -> "Dataset":
        """Open a dataset, finished or not.

        Raises:
            DatasetError: There is none.
        """
        folder = Folder.of(location)
        return cls(folder, Plan.load(folder))

    @classmethod
    def open_finished(cls, location: Location | Folder) -> "Dataset":
        """Open a dataset that is finished and has rows.

        Raises:
            DatasetError: There is none, it is not finished, its format keeps no rows, or it keeps no plain HR.
        """
        dataset = cls.open(location)
        where = f"(got {dataset.folder.location!r})"
        if dataset.folder.size(CARD) is None:
            raise DatasetError(f"shards: the dataset is not finished; finish its build first {where}")
        dataset.refuse_endless_plan()
        if dataset.format.reader is None:
            raise DatasetError(f"shards: the format {dataset.format.name} keeps no rows {where}")
        if "hr" not in dataset.plan.options.pictures:
            raise DatasetError(
                "shards: the dataset keeps the sharpened HR only, for other trainers; give the one that it was exported"
                " from, or build one with training_target='both' (`--training-target both` on the command line)"
                f" {where}"
            )
        return dataset

    def refuse_endless_plan(self) -> None:
        """Refuse a plan of far more shards than there are manifests: whoever asks for each would never end.

        Raises:
            DatasetError: More than half of many shards are missing.
        """
        count = len(self.plan.shards)
        if count > _FEW_SHARDS and count > 2 * (present := len(self.folder.names(MANIFESTS))):
            raise DatasetError(
                f"dataset: most of its shards are missing: the plan has {count}, and {MANIFESTS} holds"
                f" {counted(present, 'file')}; run the command that built the dataset again"
                f" (got {self.folder.location!r})"
            )

    @property
    def format(self) -> Format:
        """The format of the shards."""
        return find_format(self.plan.options.format)

    def file(self, shard: str) -> str:
        """Return the file of a shard."""
        return self.format.file(shard)

    def manifest(self, shard: str) -> Manifest:
        """Return the manifest of a shard.

        Raises:
            DatasetError: There is none, it cannot be read, is damaged, or belongs to another plan.
        """
        file = manifest_file(shard)
        with as_dataset_error(f"dataset: its {file} cannot be read", self.folder.location):
            manifest = self.manifest_or_problem(shard)
        if isinstance(manifest, str):
            raise DatasetError(f"dataset: its {file} {manifest}; {REPAIR} (got {self.folder.location!r})")
        return manifest

    def manifest_or_problem(self, shard: str) -> Manifest | str:
        """Return the manifest of a shard, or what is wrong with it, such as `is missing`.

        Raises:
            OSError, InaccessibleError: It cannot be read, so that nobody knows.
        """
        try:
            manifest = Manifest.load(self.folder, shard)
        except MISSING:
            return "is missing"
        except InaccessibleError:
            raise  # this is no damage of the manifest
        except DatasetError as error:
            return f"is damaged: {error}"
        except OSError as error:
            if error.errno not in NOT_REGULAR:
                raise
            return f"is damaged: {reason_of(error)}"
        return manifest if manifest.plan == self.plan.hash else "belongs to another plan"

    def finished(self, shard: str) -> Manifest | None:
        """Return the manifest of a shard that need not be built: it is valid, and the file has the size in it."""
        manifest = self.manifest_or_problem(shard)
        if isinstance(manifest, str) or self.folder.size(self.file(shard)) != manifest.bytes:
            return None
        return manifest

    def reader(self, shard: str) -> Reader:
        """Return a reader of a shard.

        Raises:
            DatasetError: The format keeps no rows.
        """
        if self.format.reader is None:
            raise DatasetError(f"shards: the format {self.format.name} keeps no rows (got {self.folder.location!r})")
        return self.format.reader(self.folder, self.file(shard), self.plan.options.pictures)

    def rows(self, shard: str) -> Iterator[Row]:
        """Yield the rows of a shard, in order.

        Raises:
            DatasetError: The shard cannot be read, a row breaks a rule, or at the end, rows are missing.
        """
        with self.read_errors(self.file(shard)):
            yield from self._all_of(shard, map(self.checked, self.reader(shard).rows()))

    def photos(self, shard: str) -> Iterator[tuple[str, Iterator[list[Row]]]]:
        """Yield the rows of a shard photo by photo, those of each tile in a list.

        Raises:
            DatasetError: The shard cannot be read, or its rows break a rule.
        """
        file = self.file(shard)
        with self.read_errors(file):
            for key, tiles in group_by_photo(map(self.checked, self.reader(shard).rows())):
                yield key, self._guarded(file, tiles)

    def _guarded(self, file: str, tiles: Iterator[list[Row]]) -> Iterator[list[Row]]:
        with self.read_errors(file):
            for rows in tiles:
                for row in rows:
                    row.refuse_contradiction()
                yield rows

    def rows_without_pictures(self, shard: str) -> Iterator[Row]:
        """Yield the rows of a shard, in order; their pictures may be empty.

        Raises:
            DatasetError: The shard cannot be read, a row breaks a rule, or at the end, rows are missing.
        """
        with self.read_errors(self.file(shard)):
            yield from self._all_of(shard, self.reader(shard).rows_without_pictures())

    def _all_of(self, shard: str, rows: Iterator[Row]) -> Iterator[Row]:
        """Yield the rows of a shard, and raise at their end where its manifest has more or fewer."""
        count = 0
        for count, row in enumerate(rows, 1):  # noqa: B007 - the last count is that of all
            yield row
        expected = self.manifest(shard).pairs
        if count != expected:
            raise DatasetError(f"must have the {counted(expected, 'row')} of its manifest (got {count})")

    def checked(self, row: Row) -> Row:
        """Return a row that does not contradict the plan.

        Raises:
            DatasetError: It does.
        """
        plan = self.plan
        if row.scale != plan.scale:
            raise DatasetError(f"{row.name}: scale: must be that of the plan, {plan.scale} (got {row.scale})")
        if row.variant >= plan.options.variants:
            raise DatasetError(f"{row.name}: the plan has {counted(plan.options.variants, 'variant')} of each tile")
        return row

    @contextmanager
    def read_errors(self, file: str) -> Iterator[None]:
        """Turn what the disk, the service, the reader of a shard or its rows raise into a DatasetError with a cure."""
        where = f"{self.folder}/{file}"
        with as_dataset_error("shards: cannot be read", where, cure=VERIFY):
            try:
                yield
            except InaccessibleError:
                raise
            except DegradekitError as error:
                raise DatasetError(f"shards: {error}; {VERIFY} (got {where!r})") from None
