"""Photos that cannot be used are skipped, listed and counted."""

import io
import json
import shutil
from pathlib import Path

import numpy as np
from pictures import png
from PIL import Image
from small_datasets import IN_PROCESS, OPTIONS, RECIPE, degradekit, refused, rows, temporaries

from degradekit.dataset import Options, Report, Selection, synthesize
from degradekit.picture_files import decode
from degradekit.storage import Folder

GOOD = ["photos/astronaut.png", "photos/chelsea.png", "photos/coffee.png"]
GOOD += ["photos/more/rocket.jpg", "photos/more/small.webp"]


def encoded(format: str, picture: Image.Image | None = None) -> bytes:
    buffer = io.BytesIO()
    (picture or Image.effect_noise((120, 120), 60).convert("RGB")).save(buffer, format)
    return buffer.getvalue()


def skipped_in(target: Path) -> dict[str, str]:
    lines = (target / "meta" / "skipped.jsonl").read_text().splitlines()
    return {line["key"]: line["reason"] for line in map(json.loads, lines)}


def test_each_kind_of_spoiled_photo_is_skipped_with_its_reason(folder, tmp_path):
    files = {
        "empty.png": (b"", "empty file"),
        "cut.png": (encoded("PNG")[:2000], "cannot be decoded: image file is truncated"),
        "cut.jpg": (encoded("JPEG")[:2000], "cannot be decoded: image file is truncated"),
        "cut.webp": (encoded("WEBP")[:2000], "cannot be decoded: "),
        "text.png": (b"<html>404 not skipped_read</html>", "not an image"),
        "zeros.bmp": (bytes(5000), "not an image"),
        "bomb.png": (png(60_000, 60_000, 8, bytes(999)), "too many pixels: 60000 x 60000, more than 134,217,728"),
        "smaller_bomb.png": (
            png(12_000, 12_000, 8, bytes(999)),
            "too many pixels: 12000 x 12000, more than 134,217,728",
        ),
        "liar.png": (png(20, 20, 16, bytes(121 * 20), length=2**32 - 99), "cannot be decoded: image file is truncated"),
        "float.tif": (
            encoded("TIFF", Image.fromarray(np.ones((99, 99), np.float32))),
            "floating-point samples have no defined white",
        ),
    }
    for name, (data, _) in files.items():
        (folder / name).write_bytes(data)
    (folder / "folder.png").mkdir()
    reasons = {f"photos/{name}": reason for name, (_, reason) in files.items()}
    target = tmp_path / "shards"
    done = degradekit("synth", folder, target, "--preset", "bicubic", "--tile", 96, "--shard-size", 2, "--workers", 0)
    assert done.exit_code == 3, done.output
    skipped_read = skipped_in(target)
    assert skipped_read.keys() == reasons.keys()
    for key, reason in reasons.items():
        assert skipped_read[key].startswith(reason), (key, skipped_read[key])
        assert f"skipped: {key}: {skipped_read[key]}\n" in done.output
    assert f"skipped {len(reasons)} of {len(reasons) + 5} photos\n" in done.output
    assert json.loads((target / "meta" / "report.json").read_text())["skipped"] == len(reasons)
    assert sorted({row["key"] for row in rows(target)}) == GOOD
    assert not temporaries(target)


def test_the_good_photos_come_out_as_without_the_spoiled_ones(folder, shards, tmp_path):
    (folder / "b_empty.png").write_bytes(b"")
    (folder / "more" / "text.png").write_text("text")
    report = synthesize(folder, tmp_path / "shards", RECIPE, OPTIONS, engine=IN_PROCESS).report
    assert rows(tmp_path / "shards") == rows(shards)
    assert report.digest == json.loads((shards / "meta" / "report.json").read_text())["digest"]


def test_a_skipped_photo_may_have_any_name(folder, tmp_path):
    name = "line\u2028separator\x85.png"
    (folder / name).write_bytes(b"")
    built = synthesize(folder, tmp_path / "shards", RECIPE, OPTIONS, engine=IN_PROCESS).report
    assert [skipped.key for skipped in built.skipped] == [f"photos/{name}"]
    assert Report.load(Folder.of(tmp_path / "shards")) == built


def test_a_photo_named_as_another_format_is_taken_by_its_content_and_counted(folder, tmp_path):
    data = encoded("JPEG")
    (folder / "jpeg.png").write_bytes(data)
    (folder / "JPEG.JPEG").write_bytes(data)
    report = synthesize(folder, tmp_path / "shards", RECIPE, Options(tile=120), engine=IN_PROCESS).report
    assert report.skipped == ()
    assert report.counts == {"photos with the extension of another format": 1}
    (row,) = (row for row in rows(tmp_path / "shards") if row["key"] == "photos/jpeg.png")
    np.testing.assert_array_equal(decode(row["hr"]["bytes"]), decode(data))


def test_strict_stops_at_the_first_spoiled_photo_and_names_it(folder, tmp_path):
    (folder / "b_bad.png").write_bytes(b"")
    (folder / "more" / "bad.png").write_text("text")
    target = tmp_path / "shards"
    message = (
        "source: 'photos/b_bad.png' cannot be used: empty file; strict=True ends the build at the first such photo"
    )
    refused(message, Selection(folder, strict=True), target, RECIPE, OPTIONS)
    assert not temporaries(target)
    done = degradekit("synth", folder, target, "--tile", 96, "--seed", 5, "--strict", "--workers", 0, "--overwrite")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == f"error: {message.replace('strict=True', '--strict')}"


def test_after_strict_the_build_goes_on_without_it_or_anew_without_the_photo(folder, tmp_path):
    """The build stops in the second shard; the list of photos is a part of the plan."""
    bad, target = folder / "d_bad.png", tmp_path / "shards"
    bad.write_bytes(b"")
    strict = Selection(folder, strict=True)
    refused("cannot be used", strict, target, RECIPE, OPTIONS)
    shutil.copytree(target, tmp_path / "other")
    outcome = synthesize(folder, target, RECIPE, OPTIONS, engine=IN_PROCESS)
    assert [skipped.key for skipped in outcome.report.skipped] == ["photos/d_bad.png"]
    assert 0 < outcome.built_pairs < sum(outcome.report.pairs.values())
    bad.unlink()
    refused(
        "was built with a different plan, which differs in photos; .*overwrite=True",
        strict,
        tmp_path / "other",
        RECIPE,
        OPTIONS,
    )
    anew = synthesize(strict, tmp_path / "other", RECIPE, OPTIONS, engine=IN_PROCESS, overwrite=True).report
    assert anew.digest == outcome.report.digest
