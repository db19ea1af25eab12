"""Buckets: a server on this machine that speaks S3."""

import importlib.util
import random
import threading
from collections import Counter
from contextlib import suppress

import pytest
from small_datasets import BICUBIC, IN_PROCESS, OPTIONS, RECIPE, refused

from degradekit import DatasetError, Degradation
from degradekit.dataset import LocalEngine, Pairs, export, synthesize, verify

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (importlib.util.find_spec("moto") and importlib.util.find_spec("s3fs")), reason="needs moto and s3fs"
    ),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]


FAILURES = [
    ("503 Slow Down", "SlowDown"),
    ("500 Internal Server Error", "InternalError"),
    ("403 Forbidden", "AccessDenied"),
]


class FailingServer:
    """Lets a share of the requests fail before they reach the server."""

    def __init__(self, application) -> None:
        self._application, self.share = application, 0.0
        self.draws, self.seen = random.Random(5), Counter()

    def __call__(self, environment, start_response):
        if self.draws.random() >= self.share:
            return self._application(environment, start_response)
        environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
        code, name = self.draws.choice(FAILURES)
        self.seen[environment["REQUEST_METHOD"]] += 1
        body = f"<Error><Code>{name}</Code><Message>made up</Message></Error>".encode()
        start_response(code, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [body]


@pytest.fixture(scope="module")
def server():
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    failing = FailingServer(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, failing, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.port, failing
    server.shutdown()


@pytest.fixture(scope="module")
def bucket(server):
    import fsspec

    patch = pytest.MonkeyPatch()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server[0]}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        patch.setenv(name, value)
    system = fsspec.filesystem("s3", skip_instance_cache=True)
    system.mkdir("photos-of-people")
    yield system
    patch.undo()


def put(bucket, folder, name):
    bucket.put(str(folder), f"photos-of-people/{name}", recursive=True)


def test_photos_and_shards_in_a_bucket_give_the_same_content(bucket, photos, shards):
    import json

    put(bucket, photos, "photos")
    target = "s3://photos-of-people/shards"
    report = synthesize("s3://photos-of-people/photos", target, RECIPE, OPTIONS, engine=LocalEngine(workers=2)).report
    assert report.digest == json.loads((shards / "meta" / "report.json").read_text())["digest"]
    assert not [name for name in bucket.find("photos-of-people") if name.endswith(".tmp")]
    again = synthesize("s3://photos-of-people/photos", target, RECIPE, OPTIONS, engine=IN_PROCESS)
    assert again.built_pairs == 0
    assert again.report.digest == report.digest
    verification = verify(target, sample=0.2, engine=IN_PROCESS)
    assert verification.problems == ()
    assert verification.pairs == sum(report.pairs.values())
    pair = Pairs(target)[7]
    assert (Degradation.from_json(pair.degradation)(pair.hr) == pair.lr).all()


def test_a_shard_that_is_missing_in_the_bucket_is_built_again(bucket, photos, tmp_path):
    put(bucket, photos, "more")
    target = "s3://photos-of-people/resumed"
    first = synthesize("s3://photos-of-people/more", target, RECIPE, OPTIONS, engine=IN_PROCESS).report
    bucket.rm("photos-of-people/resumed/meta/shards/train-00001-of-00003.json")
    second = synthesize("s3://photos-of-people/more", target, RECIPE, OPTIONS, engine=LocalEngine(workers=1))
    assert second.report.digest == first.digest
    assert 0 < second.built_pairs < sum(first.pairs.values())
    local = export(target, tmp_path / "folder", "folder", engine=IN_PROCESS).report
    assert local.digest == first.digest


def test_a_quarter_of_all_requests_fails_and_the_dataset_is_the_same(server, bucket, photos):
    put(bucket, photos, "calm")
    photos_url, bucket_url = "s3://photos-of-people/calm", "s3://photos-of-people"
    reference = synthesize(photos_url, f"{bucket_url}/reference", BICUBIC, OPTIONS, engine=IN_PROCESS).report
    failing = server[1]
    failing.share = 0.25
    try:
        for _ in range(20):
            with suppress(DatasetError):
                retried = synthesize(photos_url, f"{bucket_url}/retried", BICUBIC, OPTIONS, engine=IN_PROCESS).report
                break
        else:
            raise AssertionError("20 builds did not end")
    finally:
        failing.share = 0.0
    assert retried == reference
    assert failing.seen["GET"]
    assert failing.seen["PUT"]
    bucket.invalidate_cache()
    names = [
        {name.removeprefix(f"photos-of-people/{target}/") for name in bucket.find(f"photos-of-people/{target}")}
        for target in ("reference", "retried")
    ]
    assert names[0] == names[1]
    assert not bucket.list_multipart_uploads("photos-of-people")


def test_a_misspelt_bucket_is_not_made(bucket, photos):
    message = "target: cannot be written: there is no 'photos-of-poeple'; make it, or correct its name"
    refused(message, photos, "s3://photos-of-poeple/shards", BICUBIC, OPTIONS)
    assert [name.strip("/") for name in bucket.ls("", refresh=True)] == ["photos-of-people"]


def test_files_of_others_in_a_bucket_stay(bucket, photos):
    names = [f"photos-of-people/mine/{name}" for name in ("notes.tmp", "data/train-00000-of-00003.parquet.tmp", "keep")]
    for name in names:
        bucket.pipe(name, b"precious")
    for overwrite in (False, True):
        target = "s3://photos-of-people/mine"
        refused("is not a degradekit dataset", photos, target, BICUBIC, OPTIONS, overwrite=overwrite)
    assert sorted(bucket.find("photos-of-people/mine", refresh=True)) == sorted(names)
