"""Buckets: a server on this machine that speaks S3."""

import importlib.util

import pytest
from small_datasets import BICUBIC, IN_PROCESS, OPTIONS, RECIPE, refused

from degradekit import Degradation
from degradekit.dataset import LocalEngine, Pairs, export, synthesize, verify

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (importlib.util.find_spec("moto") and importlib.util.find_spec("s3fs")), reason="needs moto and s3fs"
    ),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def bucket():
    import fsspec
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    patch = pytest.MonkeyPatch()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        patch.setenv(name, value)
    system = fsspec.filesystem("s3", skip_instance_cache=True)
    system.mkdir("photos-of-people")
    yield system
    patch.undo()
    server.stop()


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
