"""A bucket that fails: the dataset in it is the one of fine weather, or it is not finished yet."""

import tempfile
from contextlib import suppress

import numpy as np
import pytest
import stormy_bucket
from small_datasets import BICUBIC, IN_PROCESS, contents
from stormy_bucket import ERRORS, StormyBucket, failing, stored, storm, upload

from degradekit import DatasetError, UnavailableError
from degradekit.dataset import Options, Pairs, export, finalize, inspect, synthesize, synthesize_slice, verify
from degradekit.dataset.sources import scan

OPTIONS = Options(tile=96, step=80, shard_size=2, seed=5)
PHOTOS, TARGET = "stormy://bucket/photos", "stormy://bucket/shards"
OPEN = "1 photo could not be read now, so 1 of 3 shards is open; the same command builds it"


pytestmark = pytest.mark.usefixtures("bucket")


@pytest.fixture
def bucket(photos):
    """A bucket that holds photos, and files of its owner."""
    stormy_bucket.empty()
    upload(photos, "/bucket/photos")
    StormyBucket().pipe_file("/bucket/keep.txt", b"mine")
    StormyBucket().pipe_file("/bucket/photos/notes.tmp", b"mine too")
    yield StormyBucket()
    stormy_bucket.empty()


@pytest.fixture(scope="module")
def fine(photos) -> dict[str, bytes]:
    """The files of the dataset that is built in fine weather."""
    stormy_bucket.empty()
    upload(photos, "/bucket/photos")
    StormyBucket().pipe_file("/bucket/photos/notes.tmp", b"mine too")
    build()
    return stored("/bucket/shards")


def build(target=TARGET, **kwargs):
    return synthesize(PHOTOS, target, BICUBIC, OPTIONS, engine=IN_PROCESS, **kwargs)


def build_until_done() -> int:
    """Give the same command until it succeeds, and return how often that was."""
    for attempt in range(1, 100):
        with suppress(DatasetError):
            build()
            return attempt
    raise AssertionError("99 builds did not end")


@pytest.mark.parametrize("seed", range(6))
def test_a_quarter_of_all_requests_fails_and_the_dataset_is_the_same(seed, fine, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = stored("/bucket")
    with storm(0.25, seed) as seen:
        build_until_done()
    assert sum(seen[f"{kind} failed"] for kind in ("info", "list", "get", "put")) > 5
    assert stored("/bucket/shards") == fine
    assert {name: data for name, data in stored("/bucket").items() if not name.startswith("shards/")} == before
    assert not list(tmp_path.iterdir())


def test_without_attempts_of_its_own_the_same_command_gets_there_too(fine, monkeypatch):
    monkeypatch.setattr("degradekit.retrying.PAUSES", ())
    with storm(0.04, seed=1):
        assert build_until_done() > 1
    assert stored("/bucket/shards") == fine


@pytest.mark.parametrize("error", sorted(set(ERRORS) - {"403"}))
def test_a_photo_that_fails_leaves_its_shard_open_and_the_same_command_builds_it(error, fine):
    with failing("*coffee*", error), pytest.raises(UnavailableError) as raised:
        build()
    first, second = str(raised.value).splitlines()
    assert first == f"source: {OPEN}"
    assert second.startswith("  'photos/coffee.png' cannot be read: ")
    assert second.endswith(" (got 'stormy://bucket/photos/coffee.png')")
    assert len([name for name in stored("/bucket/shards") if name.startswith("data/")]) == 2
    assert "README.md" not in stored("/bucket/shards")
    outcome = build()
    assert outcome.report.skipped == ()
    assert 0 < outcome.built_pairs < sum(outcome.report.pairs.values())
    assert stored("/bucket/shards") == fine


def test_a_service_that_refuses_this_user_ends_the_build_with_the_cure(fine):
    with failing("*chelsea*", "403"), pytest.raises(DatasetError) as raised:
        build()
    assert str(raised.value) == (
        "source: 'photos/chelsea.png' cannot be read: Access Denied; give this user or its credentials access to it"
        " (got 'stormy://bucket/photos/chelsea.png')"
    )
    assert not isinstance(raised.value, UnavailableError)
    assert not stored("/bucket/shards")
    build()
    assert stored("/bucket/shards") == fine


def test_when_all_photos_fail_the_build_soon_gives_up(monkeypatch):
    monkeypatch.setattr("degradekit.dataset.open_shards.MOST_IN_A_ROW", 2)
    message = "2 of 3 shards are open, 2 of them one after the other, which has ended the build"
    with failing("get *photos/*") as seen, pytest.raises(UnavailableError, match=message):
        build()
    assert seen["get failed"] == 2 * 5
    assert not stored("/bucket/shards")  # no plan that would be in the way


def test_a_slice_with_an_open_shard_fails_and_is_not_closed(fine):
    arguments = (PHOTOS, TARGET, BICUBIC, OPTIONS)
    with failing("*coffee*"), pytest.raises(UnavailableError, match="1 of 3 shards is open"):
        synthesize_slice(*arguments, engine=IN_PROCESS, shards=(0, 9))
    with pytest.raises(DatasetError, match=r"shards are missing, 1 of 3, the first of them train-00001-of-00003"):
        finalize(TARGET)
    synthesize_slice(*arguments, engine=IN_PROCESS, shards=(0, 9))
    finalize(TARGET)
    assert stored("/bucket/shards") == fine


@pytest.mark.parametrize("source", [PHOTOS, "stormy://bucket/photos/*.*", "stormy://bucket/**/*.png"])
def test_a_listing_that_fails_is_never_a_smaller_dataset(source):
    before = [each.key for each in scan([source])]
    with failing("list *"), pytest.raises(UnavailableError, match=r"URL: cannot be reached: "):
        scan([source])
    with storm(0.25, seed=3) as seen:
        for _ in range(10):
            assert [each.key for each in scan([source])] == before
    assert seen["list failed"]


@pytest.mark.parametrize("file", ["meta/plan.json", "meta/photos.parquet", "meta/shards/train-00000-of-00003.json"])
@pytest.mark.parametrize("kind", ["info", "get"])
def test_a_file_of_the_dataset_that_cannot_be_read_is_not_taken_for_missing(kind, file, bucket, fine):
    """A plan is not written over, and a shard that is there is not built again."""
    build()
    bucket.rm_file("/bucket/shards/README.md")
    with failing(f"{kind} *{file}") as seen, suppress(UnavailableError):
        assert build().built_pairs == 0
    assert seen["put"] <= 2 * 3  # report, skipped photos and card
    build()
    assert stored("/bucket/shards") == fine


def test_all_that_reads_a_dataset_tries_again(tmp_path):
    build()
    whole = inspect(TARGET)
    pairs = list(Pairs(TARGET))
    export(TARGET, tmp_path / "fine", "webdataset", engine=IN_PROCESS)
    with storm(0.1, seed=2) as seen:
        assert verify(TARGET, sample=1, engine=IN_PROCESS).problems == ()
        assert inspect(TARGET).histograms == whole.histograms
        for one, other in zip(Pairs(TARGET), pairs, strict=True):
            np.testing.assert_array_equal(one.lr, other.lr)
        export(TARGET, tmp_path / "stormy", "webdataset", engine=IN_PROCESS)
    assert seen["get failed"] > 10
    assert contents(tmp_path / "stormy") == contents(tmp_path / "fine")


@pytest.mark.parametrize("read", [verify, inspect, Pairs, lambda target: list(Pairs(target))])
def test_all_that_reads_a_dataset_says_that_the_service_is_down(read):
    build()
    with (
        failing("*"),
        pytest.raises(UnavailableError, match="URL: cannot be reached: Please reduce"),
    ):
        read(TARGET)


def test_a_shard_that_cannot_be_read_is_not_a_problem_of_the_dataset():
    build()
    with failing("get *00001-of-00003.parquet"), pytest.raises(UnavailableError, match="URL: cannot be reached"):
        verify(TARGET, engine=IN_PROCESS)


def test_a_target_that_cannot_be_written_ends_the_build_and_the_same_command_resumes(fine):
    message = "target: cannot be written: Please reduce .* same command resumes"
    with failing("put *00001-of*"), pytest.raises(DatasetError, match=message):
        build()
    build()
    assert stored("/bucket/shards") == fine
