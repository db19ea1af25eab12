"""Makes datasets as an attacker would who knows the layout: anything in them is changed, and all hashes fit again.

Plan hash, digests of photos, SHA-256 of shards, manifests, report and card follow from the changed data, so that only
the rules for the data itself can refuse it. Nothing is written by the library's own writers, which would refuse some of
it first.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from stored_shards import Data, parquet, stored

from degradekit.dataset.formats import find_format
from degradekit.dataset.layout import CARD, PHOTOS, PLAN, REPORT, SKIPPED, SPLITS, manifest_file, split_of
from degradekit.dataset.opening import Dataset
from degradekit.dataset.photos import PhotoTable
from degradekit.dataset.report import Report
from degradekit.dataset.row import pixel_digest
from degradekit.dataset.run import closing_files
from degradekit.errors import ImageError
from degradekit.picture_files import decode
from degradekit.storage import Folder

_PHOTO_SCHEMA = pa.schema({"key": pa.large_string(), "split": pa.uint8(), "size": pa.int64()})
Edit = Callable[[Data], object]
"""Changes data in place."""


def keep(_: object) -> None:
    """Change nothing."""


def forge(
    base: Path,
    target: Path,
    format: str = "parquet",
    *,
    photos: Callable[[list[Data]], object] = keep,
    plan: Edit = keep,
    rows: Callable[[list[Data]], object] = keep,
    shard: Callable[[bytes], bytes] = bytes,
    manifest: Edit = keep,
    report: Edit = keep,
    files: Callable[[dict[str, bytes]], object] = keep,
) -> Path:
    """Write a dataset that differs from a well-made one in what the edits change, and return its folder.

    Args:
        base: A finished dataset of any format.
        target: A folder that is not there yet.
        format: `parquet`, `webdataset` or `folder`.
        photos: Changes the table of photos: `key`, `split` and `size` of each.
        plan: Changes the plan before its hash is taken; the names of the shards stay those of the base.
        rows: Changes the rows of each shard: the columns, and `name`, under which a format stores the row.
        shard: Changes the bytes of each shard's file before their SHA-256 is taken.
        manifest: Changes each manifest.
        report: Changes the report, in which `skipped` is the list of skipped photos.
        files: Changes the content of the files by name, at the end, when no hash is adapted any more.
    """
    dataset = Dataset.open(base)
    contents: dict[str, bytes] = {}
    table = _photos(PhotoTable.load(dataset.folder), photos)
    contents[PHOTOS] = parquet(table, _PHOTO_SCHEMA, use_dictionary=False)
    plan_data = json.loads(dataset.folder.read_text(PLAN))
    with suppress(Exception):  # photos of types that the plan cannot sum up
        plan_data["photos"] = vars(_summary(table))
    plan_data["options"]["format"] = format
    plan(plan_data)
    hashed = {name: value for name, value in plan_data.items() if name not in ("hash", "left_out")}
    plan_data["hash"] = hashlib.sha256(json.dumps(hashed, sort_keys=True).encode("ascii")).hexdigest()
    contents[PLAN] = _json(plan_data)
    manifests = []
    for name in dataset.plan.shards:
        built = dataset.manifest(name)
        assert built is not None
        changed = [_row(row._asdict(), f"{name}-{index:06d}") for index, row in enumerate(dataset.rows(name))]
        rows(changed)
        file = find_format(format).file(name)
        contents |= stored(format, file, split_of(name), changed)
        contents[file] = shard(contents[file])
        digests = {photo.key: [] for photo in built.photos} | {row["key"]: [] for row in changed if _is_key(row)}
        for row in changed:
            digests.setdefault(_key(row), []).append(_digest(row))
        data = vars(built) | {
            "plan": plan_data["hash"],
            "pairs": len(changed),
            "bytes": len(contents[file]),
            "sha256": hashlib.sha256(contents[file]).hexdigest(),
            "photos": [
                {"key": key, "pairs": len(parts), "digest": hashlib.sha256(b"".join(parts)).hexdigest()}
                for key, parts in digests.items()
            ],
            "skipped": [skipped._asdict() for skipped in built.skipped],
        }
        manifest(data)
        manifests.append(data)
        contents[manifest_file(name)] = _json(data)
    contents |= _report(dataset, plan_data, manifests, report, format)
    _write(target, contents)
    with suppress(Exception):  # the library's own card, where it takes plan and report
        texts = closing_files(Dataset.open(target).plan, Report.load(Folder.of(target)))
        contents[CARD] = texts[CARD].encode()
    files(contents)
    _write(target, contents)
    return target


def first_record(change: Callable[[Data], object]) -> Callable[[list[Data]], None]:
    """Return an edit of rows that changes the degradation of the first row of each shard.

    Args:
        change: Changes the record in place, or returns the text that stands in its place.
    """

    def edit(rows: list[Data]) -> None:
        for row in rows[:1]:
            record = json.loads(row["degradation"])
            changed = change(record)
            row["degradation"] = changed if isinstance(changed, str) else json.dumps(record, separators=(",", ":"))

    return edit


def _photos(table: PhotoTable, edit: Callable[[list[Data]], object]) -> list[Data]:
    columns = (table.keys.to_pylist(), table.splits.tolist(), table.sizes.tolist())
    photos = [dict(zip(("key", "split", "size"), each, strict=True)) for each in zip(*columns, strict=True)]
    edit(photos)
    return photos


def _summary(photos: list[Data]) -> Any:
    keys = pa.array([photo["key"] for photo in photos], pa.large_string())
    splits = np.array([photo["split"] for photo in photos], np.uint8)
    return PhotoTable(keys, splits, np.array([photo["size"] for photo in photos], np.int64)).summary


def _row(columns: Data, name: str) -> Data:
    kept = {column: value for column, value in columns.items() if column != "hr_usm" or value}
    return kept | {"tile": columns["tile"]._asdict(), "name": name}


def _is_key(row: Data) -> bool:
    return isinstance(row.get("key"), str)


def _key(row: Data) -> str:
    return row["key"] if _is_key(row) else str(row.get("key"))


def _digest(row: Data) -> bytes:
    """Return the digest of a row of any values."""
    tile = row.get("tile")
    facts = [row.get("degradation"), row.get("key"), [*tile.values()] if isinstance(tile, dict) else tile]
    text = json.dumps([*facts, row.get("variant"), row.get("scale")])
    return hashlib.sha256(_pixels(row.get("hr")) + _pixels(row.get("lr")) + text.encode("ascii")).digest()


def _pixels(png: Any) -> bytes:
    try:
        return pixel_digest(decode(png))
    except (ImageError, TypeError):
        return hashlib.sha256(repr(png).encode()).digest()


def _report(dataset: Dataset, plan: Data, manifests: list[Data], edit: Edit, format: str) -> dict[str, bytes]:
    """Return the files of the report, which sums up manifests of any values as far as they can be, and a plain card."""
    data: Data = vars(Report.load(dataset.folder)) | {"format": format, "left_out": plan.get("left_out")}
    with suppress(Exception):  # a sum of what cannot be added
        totals: dict[str, Data] = {"pairs": {}, "bytes": {}}
        digest = hashlib.sha256()
        for manifest in manifests:
            split = split_of(manifest["shard"])
            for name, total in totals.items():
                total[split] = total.get(split, 0) + manifest[name]
            for photo in manifest["photos"]:
                digest.update(json.dumps([split, photo["key"], photo["digest"]]).encode("ascii") + b"\n")
        data |= {
            name: {split: total.get(split, 0) for split in SPLITS if totals["pairs"].get(split)}
            for name, total in totals.items()
        }
        data |= {
            "digest": digest.hexdigest(),
            "photos": sum(len(manifest["photos"]) for manifest in manifests),
            "shards": len(manifests),
        }
    data["skipped"] = [skipped._asdict() for skipped in data["skipped"]]
    with suppress(Exception):
        data["skipped"] = [skipped for manifest in manifests for skipped in manifest["skipped"]]
    edit(data)
    lines = data["skipped"] if isinstance(data.get("skipped"), list) else []
    written = data | ({"skipped": len(lines)} if "skipped" in data else {})
    texts = {
        REPORT: json.dumps(written, indent=1, ensure_ascii=False) + "\n",
        SKIPPED: "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines),
        CARD: "# A dataset\n",
    }
    return {name: text.encode("utf-8", "surrogatepass") for name, text in texts.items()}


def _write(target: Path, contents: dict[str, bytes]) -> None:
    for name, content in contents.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _json(data: Data) -> bytes:
    return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")
