"""Services that fail: the dataset is the same as without failures, or it is not finished yet."""

import tempfile
from contextlib import suppress

import failing_bucket
import fsspec
import numpy as np
import pytest
from failing_bucket import ERRORS, FailingBucket, matching_failures, random_failures, stored, upload
from small_datasets import BICUBIC, IN_PROCESS, contents

from degradekit import DatasetError, UnavailableError
from degradekit.dataset import Options, Pairs, export, finalize, inspect, synthesize, synthesize_slice, verify
from degradekit.dataset.sources import scan
from degradekit.storage import Folder

OPTIONS = Options(tile=96, step=80, shard_size=2, seed=5)
PHOTOS, TARGET = "failing://bucket/photos", "failing://bucket/shards"
OPEN = "1 photo could not be read now, so 1 of 3 shards was not built; run the same command again to build it"


pytestmark = pytest.mark.usefixtures("bucket")


@pytest.fixture
def bucket(photos):
    """A bucket that holds photos, and files of its owner."""
    failing_bucket.empty()
    upload(photos, "/bucket/photos")
    FailingBucket().pipe_file("/bucket/keep.txt", b"mine")
    FailingBucket().pipe_file("/bucket/photos/notes.tmp", b"mine too")
    yield FailingBucket()
    failing_bucket.empty()


@pytest.fixture(scope="module")
def reference(photos) -> dict[str, bytes]:
    """The files of the dataset that is built without failures."""
    failing_bucket.empty()
    upload(photos, "/bucket/photos")
    FailingBucket().pipe_file("/bucket/photos/notes.tmp", b"mine too")
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
def test_the_dataset_is_the_same_where_a_quarter_of_all_requests_fails(seed, reference, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = stored("/bucket")
    with random_failures(0.25, seed) as seen:
        build_until_done()
    assert sum(seen[f"{kind} failed"] for kind in ("info", "list", "get", "put")) > 5
    assert stored("/bucket/shards") == reference
    assert {name: data for name, data in stored("/bucket").items() if not name.startswith("shards/")} == before
    assert not list(tmp_path.iterdir())


def test_without_retries_the_same_command_finishes_when_repeated(reference, monkeypatch):
    monkeypatch.setattr("degradekit.retrying.PAUSES", ())
    with random_failures(0.04, seed=1):
        assert build_until_done() > 1
    assert stored("/bucket/shards") == reference


@pytest.mark.parametrize("error", sorted(set(ERRORS) - {"403"}))
def test_a_photo_that_fails_leaves_its_shard_open_and_the_same_command_builds_it(error, reference):
    with matching_failures("*coffee*", error), pytest.raises(UnavailableError) as raised:
        build()
    first, second = str(raised.value).splitlines()
    assert first == f"source: {OPEN}"
    assert second.startswith("  'photos/coffee.png' cannot be read: ")
    assert second.endswith(" (got 'failing://bucket/photos/coffee.png')")
    assert len([name for name in stored("/bucket/shards") if name.startswith("data/")]) == 2
    assert "README.md" not in stored("/bucket/shards")
    outcome = build()
    assert outcome.report.skipped == ()
    assert 0 < outcome.built_pairs < sum(outcome.report.pairs.values())
    assert stored("/bucket/shards") == reference


def test_a_service_that_refuses_this_user_ends_the_build_with_the_cure(reference):
    with matching_failures("*chelsea*", "403"), pytest.raises(DatasetError) as raised:
        build()
    assert str(raised.value) == (
        "source: 'photos/chelsea.png' cannot be read: Access Denied; give this user or its credentials access to it"
        " (got 'failing://bucket/photos/chelsea.png')"
    )
    assert not isinstance(raised.value, UnavailableError)
    assert not stored("/bucket/shards")
    build()
    assert stored("/bucket/shards") == reference


def test_when_all_photos_fail_the_build_soon_gives_up(monkeypatch):
    monkeypatch.setattr("degradekit.dataset.open_shards.MOST_IN_A_ROW", 2)
    message = "2 of 3 shards were not built, 2 of them in a row, which ended the build"
    with matching_failures("get *photos/*") as seen, pytest.raises(UnavailableError, match=message):
        build()
    assert seen["get failed"] == 2 * 5
    assert not stored("/bucket/shards")  # no plan that would be in the way


def test_a_slice_with_an_open_shard_fails_and_is_not_closed(reference):
    arguments = (PHOTOS, TARGET, BICUBIC, OPTIONS)
    with matching_failures("*coffee*"), pytest.raises(UnavailableError, match="1 of 3 shards was not built"):
        synthesize_slice(*arguments, engine=IN_PROCESS, shards=(0, 9))
    with pytest.raises(DatasetError, match=r"shards are missing, 1 of 3, the first of them train-00001-of-00003"):
        finalize(TARGET)
    synthesize_slice(*arguments, engine=IN_PROCESS, shards=(0, 9))
    finalize(TARGET)
    assert stored("/bucket/shards") == reference


@pytest.fixture(params=["all at once", "folder by folder"])
def listing(request, monkeypatch) -> None:
    """How the service lists files."""
    if request.param == "folder by folder":
        monkeypatch.setattr(FailingBucket, "find", fsspec.AbstractFileSystem.find)


@pytest.mark.parametrize("pattern", ["list */photos", "list */more"])
@pytest.mark.usefixtures("listing")
def test_the_files_of_a_target_that_cannot_be_listed_are_not_taken_for_none(pattern):
    """Or a build would begin in a folder of other files."""
    folder = Folder.of(PHOTOS)
    names = folder.names()
    assert names == ["astronaut.png", "chelsea.png", "coffee.png", "more/rocket.jpg", "more/small.webp", "notes.tmp"]
    with matching_failures(pattern) as seen:
        try:
            assert folder.names() == names
        except UnavailableError:
            assert seen["list failed"] == 5
    assert Folder.of(f"{PHOTOS}/nothing").names() == []


@pytest.mark.parametrize("source", [PHOTOS, "failing://bucket/photos/*.*", "failing://bucket/**/*.png"])
@pytest.mark.usefixtures("listing")
def test_a_listing_that_fails_is_never_a_smaller_dataset(source):
    before = [each.key for each in scan([source])]
    with matching_failures("list *"), pytest.raises(UnavailableError, match=r"URL: cannot be reached: "):
        scan([source])
    with random_failures(0.25, seed=3) as seen:
        for _ in range(10):
            assert [each.key for each in scan([source])] == before
    assert seen["list failed"]


@pytest.mark.parametrize("file", ["meta/plan.json", "meta/photos.parquet", "meta/shards/train-00000-of-00003.json"])
@pytest.mark.parametrize("kind", ["info", "get"])
def test_a_file_of_the_dataset_that_cannot_be_read_is_not_taken_for_missing(kind, file, bucket, reference):
    """A plan is not written over, and a shard that is there is not built again."""
    build()
    bucket.rm_file("/bucket/shards/README.md")
    with matching_failures(f"{kind} *{file}") as seen, suppress(UnavailableError):
        assert build().built_pairs == 0
    assert seen["put"] <= 2 * 3  # report, skipped photos and card
    build()
    assert stored("/bucket/shards") == reference


def test_every_reader_of_a_dataset_retries(tmp_path):
    build()
    whole = inspect(TARGET)
    pairs = list(Pairs(TARGET))
    export(TARGET, tmp_path / "reference", "webdataset", engine=IN_PROCESS)
    with random_failures(0.1, seed=2) as seen:
        assert verify(TARGET, sample=1, engine=IN_PROCESS).problems == ()
        assert inspect(TARGET).histograms == whole.histograms
        for one, other in zip(Pairs(TARGET), pairs, strict=True):
            np.testing.assert_array_equal(one.lr, other.lr)
        export(TARGET, tmp_path / "failing", "webdataset", engine=IN_PROCESS)
    assert seen["get failed"] > 10
    assert contents(tmp_path / "failing") == contents(tmp_path / "reference")


@pytest.mark.parametrize("read", [verify, inspect, Pairs, lambda target: list(Pairs(target))])
def test_every_reader_of_a_dataset_reports_a_service_that_is_down(read):
    build()
    with (
        matching_failures("*"),
        pytest.raises(UnavailableError, match="URL: cannot be reached: Please reduce"),
    ):
        read(TARGET)


def test_a_shard_that_cannot_be_read_is_not_a_problem_of_the_dataset():
    build()
    with (
        matching_failures("get *00001-of-00003.parquet"),
        pytest.raises(UnavailableError, match="URL: cannot be reached"),
    ):
        verify(TARGET, engine=IN_PROCESS)


def test_a_target_that_cannot_be_written_ends_the_build_and_the_same_command_resumes(reference):
    message = "target: cannot be written: Please reduce .* finished shards stay"
    with matching_failures("put *00001-of*"), pytest.raises(DatasetError, match=message):
        build()
    build()
    assert stored("/bucket/shards") == reference
