"""Recipe, options and engine of the small datasets that tests build, and ways to look into one."""

import dataclasses
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from pictures import edges_ramps_and_texture
from PIL import Image

from degradekit import DatasetError, Degradation, HighOrder
from degradekit.dataset import LocalEngine, Options, Progress, finalize, synthesize
from degradekit.dataset.formats import FORMATS
from degradekit.dataset.layout import SPLITS
from degradekit.dataset.opening import Dataset
from degradekit.dataset.photos import PhotoTable
from degradekit.dataset.row import Row, group_by_photo, pixel_digest
from degradekit.dataset.sources import scan
from degradekit.picture_files import decode
from degradekit.presets import preset
from degradekit.storage import Folder
from degradekit_cli.main import main

RECIPE = HighOrder()
IN_PROCESS = LocalEngine(workers=0)
BICUBIC = preset("bicubic", 4)
KEEPING = [each.name for each in FORMATS.values() if each.reader]
"""The formats that keep rows."""
TILE = Options(tile=64)
CUT = Options(tile=96, step=96)
OPTIONS = Options(tile=96, step=80, variants=3, shard_size=2, seed=5)


def rows(target: Path) -> list[dict]:
    return [row for file in sorted((target / "data").glob("*.parquet")) for row in pq.read_table(file).to_pylist()]


def everything(folder: Path) -> dict[str, str]:
    """Return every entry of a folder with its content: bytes in hexadecimal, the target of a link, or `folder`."""
    return {
        path.relative_to(folder).as_posix(): f"-> {path.readlink()}"
        if path.is_symlink()
        else path.read_bytes().hex()
        if path.is_file()
        else "folder"
        for path in folder.rglob("*")
    }


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
        self.done: list[float] = []
        self._meanwhile = meanwhile

    def note(self, text: str) -> None:
        self.notes.append(text)

    def start(self, photos: int) -> None:
        self.started.append(photos)
        self._meanwhile()

    def advance(self, photos: float) -> None:
        self.done.append(photos)


def digest_of(target: Path) -> str:
    return json.loads((target / "meta" / "report.json").read_text())["digest"]


def rows_of(target: Path) -> list[Row]:
    """The rows of a dataset of any format."""
    dataset = Dataset.open(target)
    return [row for shard in dataset.plan.shards for row in dataset.reader(shard).rows()]


def temporaries(target: Path) -> list[Path]:
    return list(target.rglob("*.tmp"))


def two_pairs(folder: Path) -> Path:
    """Build a dataset of two photos of one tile each, one of them to validate on, with two degradations of each."""
    (folder / "photos").mkdir()
    picture = edges_ramps_and_texture()
    for index in range(2):
        Image.fromarray(picture[:32, 16 * index :][:, :32]).save(folder / "photos" / f"picture-{index}.png")
    options = Options(tile=32, variants=2, seed=5, val=1)
    synthesize(folder / "photos", folder / "shards", HighOrder(order=1), options, engine=IN_PROCESS)
    return folder / "shards"


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


def keys(*roots: object) -> list[str]:
    return [source.key for source in scan(roots)]


def refused_scan(message: str, *roots: object) -> None:
    with pytest.raises(DatasetError, match=message):
        keys(*roots)


def assert_every_row_replays(target: Path, pairs: int) -> list[dict]:
    stored_rows = rows(target)
    assert len(stored_rows) == pairs
    for row in stored_rows:
        hr, lr = decode(row["hr"]["bytes"]), decode(row["lr"]["bytes"])
        np.testing.assert_array_equal(Degradation.from_json(row["degradation"])(hr), lr)
    return stored_rows


def built(source: Path, target: Path, recipe=BICUBIC, **options):
    return synthesize(source, target, recipe, dataclasses.replace(CUT, **options), engine=IN_PROCESS).report


def shapes(target: Path) -> dict[str, set[tuple[int, int]]]:
    actual: dict[str, set[tuple[int, int]]] = {}
    for row in rows(target):
        actual.setdefault(row["key"], set()).add(decode(row["hr"]["bytes"]).shape[:2])
    return actual


def splits(target: Path) -> dict[str, set[str]]:
    table = PhotoTable.load(Folder.of(target))
    actual: dict[str, set[str]] = {}
    for key, split in zip(table.keys.to_pylist(), table.splits.tolist(), strict=True):
        actual.setdefault(SPLITS[split], set()).add(key)
    return actual
