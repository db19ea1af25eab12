"""The commands as a person types them."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image


def degradekit(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "degradekit_cli", *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


@pytest.fixture(scope="module")
def photos(tmp_path_factory, photo) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "photos"
    folder.mkdir()
    for name in ("astronaut.png", "chelsea.png"):
        Image.fromarray(photo(name)[:120, :120]).save(folder / name)
    return folder


def test_synth_as_in_the_readme(photos, tmp_path):
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
    assert other.stderr.startswith("error: target: was built with a different plan, which differs in recipe;")


def test_skipped_photos_are_listed_and_set_the_exit_status(photos, tmp_path):
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
        (["synth", "none", "out"], 1, "error: source: no such folder or file (got 'none')"),
        (["synth", "PHOTOS", "out", "--scale", "0"], 1, "error: --scale: must be between 1 and 64 (got 0)"),
        (
            ["synth", "PHOTOS", "out", "--preset", "bicubic", "--scale", "0"],
            1,
            "error: --scale: must be between 1 and 64",
        ),
        (["synth", "PHOTOS", "out", "--order", "0"], 1, "error: --order: must be between 1 and 16 (got 0)"),
        (["synth", "PHOTOS", "out", "--tile", "3"], 1, "error: --tile: must be 0 or at least the scale, 4 (got 3)"),
        (["synth", "PHOTOS", "out", "--tile", "x"], 2, "'x' is not a valid integer"),
        (["synth", "PHOTOS", "out", "--preset", "esrgan"], 1, "unknown preset 'esrgan'; known: real-esrgan"),
        (["synth", "PHOTOS", "out", "--recipe", "no.yaml"], 1, "no.yaml: cannot be read"),
        (["synth", "PHOTOS", "out", "--recipe", "a", "--order", "2"], 2, "each name a recipe: give one of them"),
        (["synth", "PHOTOS", "out", "--format", "lmdb"], 1, "--format: unknown (got 'lmdb'); known: parquet"),
        (["synth", "PHOTOS"], 2, "give one or several SOURCES, and then the TARGET"),
        (["preview", "PHOTOS", "-o", "sheet.gif"], 2, "must end in .png or .jpg"),
        (["preview", "PHOTOS", "-o", "sheet.png", "--draws", "0"], 2, "--draws: must lie in 1..50 (got 0)"),
        (["preview", "none", "-o", "sheet.png"], 1, "no such folder or file"),
        (["recipe", "show", "esrgan"], 1, "unknown preset 'esrgan'"),
        (["recipe", "validate", "no.yaml"], 1, "no.yaml: cannot be read"),
    ],
)
def test_mistakes_get_a_sentence_and_leave_nothing_behind(arguments, status, message, photos, tmp_path):
    done = degradekit(*(photos if word == "PHOTOS" else word for word in arguments), cwd=tmp_path)
    assert done.returncode == status
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_recipes_from_the_shelf_to_a_dataset(photos, tmp_path):
    listed = degradekit("recipe", "list").stdout
    names = [line.split()[0] for line in listed.splitlines()]
    assert names == ["real-esrgan", "classical", "bicubic", "bsrgan", "bsrgan-plus"]
    for name in names:
        (tmp_path / f"{name}.yaml").write_text(degradekit("recipe", "show", name, "--scale", 2).stdout)
    checked = degradekit("recipe", "validate", *(f"{name}.yaml" for name in names), cwd=tmp_path)
    assert checked.returncode == 0
    assert checked.stdout.splitlines() == [f"{name}.yaml: ok" for name in names]
    done = degradekit(
        *("synth", photos, "shards", "--recipe", "classical.yaml", "--tile", 96, "--workers", 0), cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    scaled = degradekit(
        *("synth", photos, "x3", "--recipe", "classical.yaml", "--scale", 3, "--tile", 96, "--workers", 0), cwd=tmp_path
    )
    assert scaled.returncode == 0, scaled.stderr


def test_a_recipe_with_a_typo_names_the_file_the_field_and_the_known_ones(photos, tmp_path):
    (tmp_path / "mine.yaml").write_text("op: high_order\nstages:\n- compress: {op: jpeg, qualty: [1, 2]}\n")
    for command in (["recipe", "validate", "mine.yaml"], ["synth", photos, "out", "--recipe", "mine.yaml"]):
        done = degradekit(*command, cwd=tmp_path)
        assert done.returncode == 1
        assert (
            "mine.yaml: stages[0].compress.qualty: unknown field; known: name, quality, subsampling; "
            "did you mean 'quality'?" in done.stderr
        )


def test_files_in_the_way_are_named(photos, tmp_path):
    (tmp_path / "file").write_text("x")
    done = degradekit("synth", photos, "file/shards", "--tile", 96, cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "file" in done.stderr
    (tmp_path / "d.png").mkdir()
    done = degradekit("preview", photos, "-o", "d.png", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "error: d.png: Is a directory\n")


def test_a_recipe_whose_ranges_depend_on_its_scale_cannot_be_rescaled(photos, tmp_path):
    (tmp_path / "b.yaml").write_text(degradekit("recipe", "show", "bsrgan").stdout)
    done = degradekit("synth", photos, "out", "--recipe", "b.yaml", "--scale", 2, cwd=tmp_path)
    assert done.returncode == 1
    assert "--scale: only a high_order recipe can be rescaled" in done.stderr
    assert not (tmp_path / "out").exists()


def test_preview_leaves_out_photos_that_cannot_be_used(photos, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_text("no image")
    Image.new("RGB", (3, 3)).save(tmp_path / "photos" / "b.png")
    (tmp_path / "photos" / "c.png").write_bytes((photos / "chelsea.png").read_bytes())
    done = degradekit("preview", "photos", "-o", "sheet.png", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "left out: photos/a.png: not an image",
        "left out: photos/b.png: smaller than the scale, 4",
    ]


def test_schema_is_json():
    import json

    assert "high_order" in json.loads(degradekit("recipe", "schema").stdout)["$defs"]


def test_preview_writes_a_sheet_with_every_draw(photos, tmp_path):
    from degradekit import HighOrder
    from degradekit.dataset.sources import scan
    from degradekit.preview import draw_sheet, draws_rows, first_photos, steps_rows

    done = degradekit("preview", photos, "-o", "out/sheet.png", "--draws", 2, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "out" / "sheet.png") as sheet:
        sheet.load()
    assert done.stdout == f"out/sheet.png: {sheet.width} x {sheet.height}\n"
    shown, unusable = first_photos(scan(photos), 2, 4)
    assert not unusable
    two, three = (draw_sheet(draws_rows(shown, HighOrder(), draws=draws, seed=0)) for draws in (2, 3))
    assert two.tobytes() == sheet.tobytes()
    assert three.width > two.width
    steps = degradekit("preview", photos, "--steps", "-o", "steps.jpg", cwd=tmp_path)
    assert steps.returncode == 0, steps.stderr
    expected = draw_sheet(steps_rows(shown[0], HighOrder(), seed=0))
    with Image.open(tmp_path / "steps.jpg") as written:
        assert written.size == expected.size


def test_ctrl_c_stops_with_a_line_that_says_how_to_resume(photos, tmp_path):
    import signal
    import time

    (tmp_path / "photos").mkdir()
    for number in range(12):
        (tmp_path / "photos" / f"{number}.png").write_bytes((photos / "astronaut.png").read_bytes())
    arguments = ["synth", "photos", "shards", "--tile", "96", "--variants", "60", "--shard-size", "1", "--workers", "1"]
    command = [sys.executable, "-m", "degradekit_cli", *arguments]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    manifests = tmp_path / "shards" / "meta" / "shards"
    for _ in range(6000):  # until the first of twelve shards is there
        if manifests.exists() and any(manifests.iterdir()):
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.strip().endswith("stopped; run the same command again to resume from the last finished shard")
    assert "Traceback" not in errors
    assert not list((tmp_path / "shards").rglob("*.tmp"))
    assert 1 <= len(list(manifests.iterdir())) < 12
    assert degradekit(*arguments, cwd=tmp_path).returncode == 0
