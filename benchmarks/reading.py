"""Times reading pairs for training: from shards, by `Pairs` and by the trainer, and from a folder of PNGs and others.

Usage: python benchmarks/reading.py SHARDS [--rounds N] [--count N]   (a Parquet dataset, a few hundred pairs or more)

Prints one table, and writes it to benchmarks/results/reading.md. All readers read the same pairs into the same 8-bit
RGB arrays, in one process and on one thread, except that some read ahead. Readers take turns, and the best round
counts, by the wall clock. A patch is 256 x 256 pixels of HR; from shards it comes with the margin that sharpening
needs. Each round of a stream starts a new stream, and opens the files that it reads. The bucket is a server on this
machine (moto) that waits 20 ms before each response; it copies a whole shard for each, so shards should be small, as
with `--shard-size 1`. LMDB and webdataset are compared if they are installed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from degradekit_models.pair_patches import PairPatches
from timing import prepare, save

from degradekit.dataset import Pairs, export

PATCH = 256
DELAY_SECONDS = 0.02
BUCKET = "s3://shards/pairs"
HEADER = (
    "| where | who | one pair at random, ms | times a folder's | one patch, ms | streaming, ms | pairs/s |",
    "|---|---|---|---|---|---|---|",
)
Call = Callable[[int], object]


class Reader(NamedTuple):
    """A way to read pairs.

    Attributes:
        where: Where the pairs are stored, for the table.
        who: What reads them, for the table.
        pair: Reads the pair of an index.
        patch: Reads a patch of the pair.
        stream: Yields the pairs of an epoch, in a random order or in that of the files.
    """

    where: str
    who: str
    pair: Call | None = None
    patch: Call | None = None
    stream: Callable[[int], Iterator[object]] | None = None


def rgb(data: bytes) -> np.ndarray:
    """Decode a PNG as BasicSR does, and convert it to RGB."""
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def cropped(hr: np.ndarray, lr: np.ndarray, index: int) -> list[np.ndarray]:
    """Return a random crop and its LR, as BasicSR's `paired_random_crop`."""
    rng, scale = np.random.default_rng(index), len(hr) // len(lr)
    y, x = (int(rng.integers(0, side - PATCH // scale + 1)) for side in lr.shape[:2])
    parts = [(hr, scale), (lr, 1)]
    side = PATCH // scale
    return [
        np.ascontiguousarray(picture[y * times : (y + side) * times, x * times : (x + side) * times])
        for picture, times in parts
    ]


def ours(where: str, location: str) -> Iterator[Reader]:
    pairs, patches = Pairs(location), PairPatches(location, PATCH, patches_per_tile=1000, sharpen="device")
    order = np.random.default_rng(0).permutation(len(pairs)).tolist()
    yield Reader(
        where,
        "degradekit, `Pairs` and the trainer",
        lambda index: pairs[order[index % len(order)]],
        lambda index: patches[index % len(patches)],
        pairs.stream,
    )


def by_files(who: str, names: list[str], read: Callable[[str, str], bytes]) -> Reader:
    """Return a reader of the PNGs that `read` returns by folder and name."""
    order = np.random.default_rng(0).permutation(len(names)).tolist()

    def pair(index: int) -> list[np.ndarray]:
        return [rgb(read(part, names[order[index % len(order)]])) for part in ("HR", "LR")]

    return Reader(
        "local", who, pair, lambda index: cropped(*pair(index), index), lambda _: map(pair, range(len(names)))
    )


def lmdb(folder: Path, names: list[str], temporary: Path) -> Iterator[Reader]:
    """Yield a reader of two LMDBs, of HR and LR, which hold the PNGs of a folder, as BasicSR's scripts make them."""
    import lmdb

    environments = {}
    for part in ("HR", "LR"):
        with lmdb.open(str(temporary / f"{part}.lmdb"), map_size=2**36) as new, new.begin(write=True) as writing:
            for name in names:
                writing.put(name.encode(), (folder / part / name).read_bytes())
        environments[part] = lmdb.open(str(temporary / f"{part}.lmdb"), readonly=True, lock=False, readahead=False)

    def read(part: str, name: str) -> bytes:
        with environments[part].begin(write=False) as reading:
            return bytes(reading.get(name.encode()))

    yield by_files("LMDB of the same PNGs", names, read)


def webdataset(shards: str, temporary: Path) -> Iterator[Reader]:
    import webdataset as wds

    export(shards, temporary / "webdataset", "webdataset")
    tars = [str(path) for path in sorted((temporary / "webdataset").glob("data/train-*.tar"))]

    def epoch(_: int) -> Iterator[object]:
        return iter(wds.WebDataset(tars, shardshuffle=False).decode("rgb8"))

    yield Reader("local", "webdataset, decoded by Pillow", stream=epoch)


def hugging_face(where: str, location: str) -> Iterator[Reader]:
    import datasets

    options = {"storage_options": {"endpoint_url": os.environ["AWS_ENDPOINT_URL"]}} if "://" in location else {}
    files = f"{location}/data/train-*.parquet"
    rows = datasets.load_dataset("parquet", data_files={"train": files}, split="train", streaming=True, **options)

    def epoch(_: int) -> Iterator[object]:
        for row in rows:
            yield [np.asarray(row[part]) for part in ("hr", "lr")]

    yield Reader(where, "datasets, streaming, decoded by Pillow", stream=epoch)


def bucket(shards: str) -> subprocess.Popen:
    """Start a server with the dataset in its bucket, and let the environment variables of S3 clients name it."""
    import fsspec

    server = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
    port = int(server.stdout.readline())
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    system = fsspec.filesystem("s3")
    system.mkdir("shards")
    system.put(shards, BUCKET.removeprefix("s3://"), recursive=True)
    return server


def serve() -> None:
    """Serve S3 on any processor, on a free port, which is printed."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    answer = DomainDispatcherApplication(create_backend_app)

    def late(environment: dict, start_response: Callable) -> object:
        time.sleep(DELAY_SECONDS)
        return answer(environment, start_response)

    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count()))
    WSGIRequestHandler.log = lambda *_: None
    WSGIRequestHandler.protocol_version = "HTTP/1.1"  # which keeps connections open
    server = make_server("127.0.0.1", 0, late, threaded=True)
    print(server.port, flush=True)
    server.serve_forever()


def best_times(readers: list[Reader], rounds: int, calls: int) -> list[list[float | None]]:
    """Return the milliseconds of a pair, a patch and a pair of a stream, for each reader: the best of all rounds."""
    best: list[list[float | None]] = [[None] * 3 for _ in readers]
    for turn in range(rounds):
        for row, reader in zip(best, readers, strict=True):
            streams = endless(reader.stream, turn) if reader.stream else None
            calls_of_kind = (reader.pair, calls), (reader.patch, calls), (streams, 5 * calls)
            for column, (call, times) in enumerate(calls_of_kind):
                if call is not None:
                    taken = milliseconds(call, turn * calls, times)
                    row[column] = taken if row[column] is None else min(taken, row[column])
    return best


def endless(epoch: Callable[[int], Iterator[object]], first: int) -> Call:
    """Return a call that reads the next pair, through one epoch after another."""
    pairs = (pair for index in count(100 * first) for pair in epoch(index))
    return lambda _: next(pairs)


def milliseconds(call: Call, first: int, calls: int) -> float:
    started = time.perf_counter()
    for index in range(first, first + calls):
        call(index)
    return 1e3 * (time.perf_counter() - started) / calls


def line(reader: Reader, times: list[float | None], folder: float) -> str:
    pair, patch, streaming = ("" if each is None else f"{each:.2f}" for each in times)
    ratio = f"{times[0] / folder:.2f}" if times[0] else ""
    rate = f"{1e3 / times[2]:,.0f}" if times[2] else ""
    return f"| {reader.where} | {reader.who} | {pair} | {ratio} | {patch} | {streaming} | {rate} |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("shards", nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve()
    prepare()
    with tempfile.TemporaryDirectory() as name:
        temporary = Path(name)
        export(given.shards, temporary / "folder", "folder")
        train = temporary / "folder" / "train"
        names = sorted(path.name for path in (train / "HR").iterdir())
        readers = [
            by_files("PNG folder, as BasicSR", names, lambda part, name: (train / part / name).read_bytes()),
            *ours("local", given.shards),
            *hugging_face("local", given.shards),
        ]
        if find_spec("lmdb"):
            readers += lmdb(train, names, temporary)
        if find_spec("webdataset"):
            readers += webdataset(given.shards, temporary)
        server = bucket(given.shards)
        try:
            readers += [*ours("bucket", BUCKET), *hugging_face("bucket", BUCKET)]
            times = best_times(readers, given.rounds, given.count)
        finally:
            server.kill()
        lines = [*HEADER, *(line(reader, row, times[0][0]) for reader, row in zip(readers, times, strict=True))]
    print("\n".join(lines))
    save("reading", lines)


if __name__ == "__main__":
    main()
