"""Reading before it is asked for, and how few requests that takes."""

import threading
from collections import Counter
from collections.abc import Iterator

import fsspec
import pytest
from small_datasets import IN_PROCESS, RECIPE
from terminal import HANG_SECONDS

from degradekit.dataset import Options, Pairs, synthesize
from degradekit.dataset.pair import SharedPictures
from degradekit.dataset.reading_ahead import read_ahead
from degradekit.storage import Folder


def test_items_come_in_order_and_are_read_before_they_are_asked_for():
    started: Counter[int] = Counter()
    taken: list[int] = []
    is_ahead = threading.Event()

    def take() -> Iterator[int]:
        for item in range(20):
            taken.append(item)
            yield item

    def read(item: int) -> int:
        started[item] += 1
        if item == 5:
            is_ahead.set()
        return item * item

    items = read_ahead(read, take(), ahead=5)
    assert next(items) == 0
    assert is_ahead.wait(HANG_SECONDS)
    assert taken == list(range(6))
    assert list(items) == [item * item for item in range(1, 20)]
    assert set(started.values()) == {1}


def test_an_error_is_raised_in_its_turn():
    def read(item: int) -> int:
        return 1 // (item - 3)

    items = read_ahead(read, range(10), ahead=10)
    assert [next(items) for _ in range(3)] == [-1, -1, -1]
    with pytest.raises(ZeroDivisionError):
        next(items)


def test_whoever_stops_reading_leaves_no_thread():
    before = set(threading.enumerate())
    items = read_ahead(str, range(1000), ahead=16)
    next(items)
    items.close()
    assert set(threading.enumerate()) <= before


@pytest.fixture
def remote(photos):
    """A dataset behind a URL: three shards of several row groups."""
    target = "memory://read-ahead/shards"
    synthesize(photos, target, RECIPE, Options(tile=64, variants=4, shard_size=2), engine=IN_PROCESS)
    yield target
    fsspec.filesystem("memory").rm("/read-ahead", recursive=True)


def test_a_stream_takes_few_requests_for_a_shard(remote, monkeypatch):
    """Two for a shard, its size and its end, which is all of a small one, and one for a run of row groups before it."""
    pairs, folder, requests = Pairs(remote), type(Folder.of(remote)), []
    sizes = [Folder.of(remote).size(name) for name in pairs._files.names]
    runs = sum(len(pairs._files.runs(shard)) for shard, size in enumerate(sizes) if size > 2**16)
    assert runs > 3
    for name in ("read_range", "size", "open"):
        method = getattr(folder, name)

        def noted(self, file, *args, name=name, method=method):
            requests.append(name)  # threads may append at once
            return method(self, file, *args)

        monkeypatch.setattr(folder, name, noted)
    assert sum(1 for _ in pairs.stream(0)) == len(pairs)
    counts = Counter(requests)
    assert counts.keys() == {"size", "read_range"}
    assert counts["size"] == 3
    assert counts["read_range"] <= 3 + runs


def test_pairs_behind_a_url_are_those_of_the_disk(remote, photos, tmp_path):
    local = tmp_path / "shards"
    synthesize(photos, local, RECIPE, Options(tile=64, variants=4, shard_size=2), engine=IN_PROCESS)
    for read in (lambda pairs: pairs.stream(3), iter, lambda pairs: pairs[::7]):
        for one, other in zip(read(Pairs(remote)), read(Pairs(local)), strict=True):
            assert one[2:] == other[2:]
            assert (one.hr == other.hr).all()
            assert (one.lr == other.lr).all()


def test_shared_pictures_are_decoded_once_and_are_the_callers_to_change(shards, monkeypatch):
    pairs = Pairs(shards)
    rows = pairs._files.read(pairs._files.runs(0)[0])[0]._rows
    decoded = Counter()
    decode = type(rows[0]).decode
    monkeypatch.setattr(type(rows[0]), "decode", lambda row, name: decoded.update([row.name]) or decode(row, name))
    shared = SharedPictures(0)
    first = shared.hr(rows[0])
    first[:] = 0
    assert shared.hr(rows[1]).any()
    assert shared.hr(rows[1]._replace(hr=rows[1].lr)).shape != first.shape
    assert len(shared._kept) == 1
    assert sum(decoded.values()) == 2
