"""Recipe, options and engine of the small datasets that tests build, and ways to look into one."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from degradekit import DatasetError, HighOrder
from degradekit.dataset import LocalEngine, Options, Progress, finalize, synthesize
from degradekit.dataset.opening import Dataset
from degradekit.dataset.row import Row, group_by_photo, pixel_digest
from degradekit.image import decode
from degradekit_cli.main import main

RECIPE = HighOrder()
IN_PROCESS = LocalEngine(workers=0)
OPTIONS = Options(tile=96, step=80, variants=3, shard_size=2, seed=5)


def rows(target: Path) -> list[dict]:
    return [row for file in sorted((target / "data").glob("*.parquet")) for row in pq.read_table(file).to_pylist()]


def contents(target: Path) -> dict[str, str]:
    files = sorted(path for path in target.rglob("*") if path.is_file())
    return {path.relative_to(target).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def refused(message, *args, build=synthesize, **kwargs):
    with pytest.raises(DatasetError, match=message):
        build(*args, engine=IN_PROCESS, **kwargs)


def degradekit(*arguments: object):
    """The command, in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


class Recorder(Progress):
    """Keeps what a run says about its progress; calls `meanwhile` before the first photo."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.notes: list[str] = []
        self.started: list[int] = []
        self.done: list[int] = []
        self._meanwhile = meanwhile

    def note(self, text: str) -> None:
        self.notes.append(text)

    def start(self, photos: int) -> None:
        self.started.append(photos)
        self._meanwhile()

    def advance(self, photos: int) -> None:
        self.done.append(photos)


def digest_of(target: Path) -> str:
    return json.loads((target / "meta" / "report.json").read_text())["digest"]


def rows_of(target: Path) -> list[Row]:
    """The rows of a dataset of any format."""
    dataset = Dataset.open(target)
    return [row for shard in dataset.plan.shards for row in dataset.reader(shard).rows()]


def temporaries(target: Path) -> list[Path]:
    return list(target.rglob("*.tmp"))


def forge_rows(target: Path, shard: str, change: Callable[[list[dict]], object]) -> None:
    """Change the rows of a Parquet shard, and size and SHA-256 in its manifest with them."""
    file, manifest = target / "data" / f"{shard}.parquet", target / "meta" / "shards" / f"{shard}.json"
    table = pq.read_table(file)
    changed = table.to_pylist()
    change(changed)
    pq.write_table(pa.Table.from_pylist(changed, schema=table.schema), file)
    data = file.read_bytes()
    edit_json(manifest, lambda m: m.update(bytes=len(data), sha256=hashlib.sha256(data).hexdigest()))


def forge_digests(target: Path, shard: str) -> None:
    """Make all digests follow from the rows that a Parquet shard holds now."""
    photos = []
    dataset = Dataset.open(target)
    for key, tiles in group_by_photo(dataset.reader(shard).rows()):
        digests = [
            row.digest(*(pixel_digest(decode(part)) for part in (row.hr, row.lr))) for tile in tiles for row in tile
        ]
        photos.append({"key": key, "pairs": len(digests), "digest": hashlib.sha256(b"".join(digests)).hexdigest()})
    edit_json(target / "meta" / "shards" / f"{shard}.json", lambda m: m.update(photos=photos))
    (target / "README.md").unlink()
    finalize(target)


def edit_json(path: Path, change: Callable[[dict], object]) -> None:
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
