"""`degradekit synth`, as a person types it."""

import io
import signal
import struct
import subprocess
import sys
import time

import pytest
from PIL import Image
from terminal import HANG_SECONDS, degradekit, degradekit_in_process


def test_a_dataset_is_built_once_and_another_plan_is_refused(photos, tmp_path):
    done = degradekit("synth", "--order", 2, f"{photos}/", "shards/", "--tile", 96, "--variants", 2, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("2 photos, 16 pairs (train 16), ")
    assert lines[-1] == 'open with datasets.load_dataset("shards")'
    assert any(line.startswith("digest ") for line in lines)
    again = degradekit("synth", "--order", 2, f"{photos}/", "shards/", "--tile", 96, "--variants", 2, cwd=tmp_path)
    assert again.returncode == 0
    assert "built now: nothing, as nothing was missing" in again.stdout
    other = degradekit("synth", "--order", 1, f"{photos}/", "shards/", "--tile", 96, "--variants", 2, cwd=tmp_path)
    assert other.returncode == 1
    assert other.stderr.splitlines()[-1].startswith(
        "error: target: was built with a different plan, which differs in recipe;"
    )


def test_skipped_photos_are_listed_and_the_exit_status_is_3(photos, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "good.png").write_bytes((photos / "astronaut.png").read_bytes())
    (tmp_path / "photos" / "bad.png").write_text("no image")
    done = degradekit("synth", "photos", "shards", "--tile", 96, "--workers", 0, cwd=tmp_path)
    assert done.returncode == 3
    assert "skipped: photos/bad.png: not an image" in done.stdout
    assert "skipped 1 of 2 photos" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["none", "out"], 1, "error: source: no such folder or file (got 'none')"),
        (["PHOTOS", "out", "--scale", "0"], 1, "error: --scale: must be between 1 and 64 (got 0)"),
        (
            ["PHOTOS", "out", "--preset", "bicubic", "--scale", "0"],
            1,
            "error: --scale: must be between 1 and 64",
        ),
        (["PHOTOS", "out", "--order", "0"], 1, "error: --order: must be between 1 and 16 (got 0)"),
        (["PHOTOS", "out", "--tile", "3"], 1, "error: --tile: must be 0 or at least the scale, 4 (got 3)"),
        (["PHOTOS", "out", "--tile", "x"], 2, "'x' is not a valid integer"),
        (
            ["PHOTOS", "out", "--recipe", "bsrgan"],
            1,
            "--recipe: must be a YAML file; for the shipped recipe, give --preset bsrgan",
        ),
        (
            ["PHOTOS", "out", "--preset", "my.yaml"],
            1,
            "--preset: must be the name of a shipped recipe; for a file, give --recipe my.yaml",
        ),
        (["PHOTOS", "out", "--preset", "esrgan"], 1, "--preset: unknown name 'esrgan'; known: bsrgan, real-esrgan"),
        (["PHOTOS", "out", "--recipe", "no.yaml"], 1, "no.yaml: cannot be read"),
        (["PHOTOS", "out", "--recipe", "a", "--order", "2"], 2, "each name a recipe: give one of them"),
        (["PHOTOS", "out", "--format", "lmdb"], 1, "--format: unknown name 'lmdb'; known: parquet"),
        (["PHOTOS", "out", "--slice", "9" * 5000], 2, "must be the number of a shard or FIRST-LAST"),
        (["PHOTOS"], 2, "give one or several SOURCES, and then the TARGET"),
    ],
)
def test_a_mistake_is_explained_and_leaves_no_file(arguments, status, message, photos, tmp_path):
    done = degradekit_in_process("synth", *(photos if word == "PHOTOS" else word for word in arguments), cwd=tmp_path)
    assert done.returncode == status
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_recipe_whose_ranges_depend_on_its_scale_cannot_be_rescaled(photos, tmp_path):
    (tmp_path / "b.yaml").write_text(degradekit_in_process("recipe", "show", "bsrgan").stdout)
    done = degradekit_in_process("synth", photos, "out", "--recipe", "b.yaml", "--scale", 2, cwd=tmp_path)
    assert done.returncode == 1
    assert "scale: only a high_order recipe can be rescaled" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_file_in_the_way_of_the_folder_is_reported(photos, tmp_path):
    (tmp_path / "file").write_text("x")
    done = degradekit_in_process("synth", photos, "file/shards", "--tile", 96, cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "file" in done.stderr


def test_ctrl_c_stops_with_a_line_on_how_to_go_on(photos, tmp_path):
    (tmp_path / "photos").mkdir()
    for index in range(24):
        (tmp_path / "photos" / f"{index}.png").write_bytes((photos / "astronaut.png").read_bytes())
    arguments = ["synth", "photos", "shards", "--tile", "96", "--variants", "30", "--shard-size", "1", "--workers", "1"]
    command = [sys.executable, "-m", "degradekit_cli", *arguments]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    manifests = tmp_path / "shards" / "meta" / "shards"
    while not (manifests.exists() and any(manifests.iterdir())):  # until the first of 24 shards is there
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=HANG_SECONDS)
    assert process.returncode == 130
    assert errors.strip().endswith("stopped; run the same command again to resume from the last finished shard")
    assert "Traceback" not in errors
    assert not list((tmp_path / "shards").rglob("*.tmp"))
    assert 1 <= len(list(manifests.iterdir())) < 24
    assert degradekit(*arguments, cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("workers", [0, 1])
def test_decoders_print_nothing_of_their_own(workers, photos, tmp_path):
    """Pillow writes a line to stderr for a TIFF with 20 samples in a pixel."""
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "astronaut.png").write_bytes((photos / "astronaut.png").read_bytes())
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, "TIFF")
    samples, twenty = (struct.pack("<HHLH", 277, 3, 1, count) for count in (3, 20))
    (folder / "odd.tif").write_bytes(buffer.getvalue().replace(samples, twenty))
    done = degradekit("synth", folder, "out", "--tile", 96, "--workers", workers, cwd=tmp_path)
    assert "skipped: photos/odd.tif: cannot be decoded" in done.stdout
    assert done.stderr in ("", "compiling for this machine, once; the next build starts at once\n")
