"""`degradekit preview`, as a person types it."""

import pytest
from click.testing import CliRunner
from PIL import Image
from terminal import degradekit_in_process as degradekit

from degradekit import HighOrder
from degradekit.dataset.sources import scan
from degradekit.presets import preset
from degradekit.preview import draws_rows, steps_rows
from degradekit.sheets import draw_sheet, first_photos
from degradekit_cli.main import main


def test_a_sheet_is_written_with_every_draw(photos, tmp_path):
    done = degradekit("preview", photos, "-o", "out/sheet.png", "--variants", 2, cwd=tmp_path)
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


def test_photos_that_cannot_be_used_are_left_out(photos, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_text("no image")
    Image.new("RGB", (3, 3)).save(tmp_path / "photos" / "b.png")
    (tmp_path / "photos" / "c.png").write_bytes((photos / "chelsea.png").read_bytes())
    (tmp_path / "photos" / "film.gif").write_bytes(b"GIF89a")
    done = degradekit("preview", "photos", "-o", "sheet.png", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "left out 1: GIF files, which are taken only where they are named themselves or by a list (film.gif)",
        "skipped: photos/a.png: not an image",
        "skipped: photos/b.png: smaller than the scale, 4",
    ]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["PHOTOS", "-o", "sheet.gif"], 2, "must end in .png or .jpg"),
        (["PHOTOS", "-o", "sheet.png", "--variants", "0"], 2, "--variants: must be between 1 and 50 (got 0)"),
        (["none", "-o", "sheet.png"], 1, "no such folder or file"),
    ],
)
def test_a_mistake_is_explained_and_leaves_no_file(arguments, status, message, photos, tmp_path):
    done = degradekit("preview", *(photos if word == "PHOTOS" else word for word in arguments), cwd=tmp_path)
    assert done.returncode == status
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_way_of_the_sheet_is_reported(photos, tmp_path):
    (tmp_path / "d.png").mkdir()
    done = degradekit("preview", photos, "-o", "d.png", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "error: d.png: cannot be written (it is not a regular file)\n")


def test_the_limit_of_pixels_is_that_of_a_build(tmp_path):
    """100 million pixels are below it; their middle is what is shown."""
    Image.new("1", (10_000, 10_000)).save(tmp_path / "large.png")
    (photo,), unusable = first_photos(scan(tmp_path / "large.png"), 1, 4)
    assert (photo.hr.shape, unusable) == ((320, 320, 3), [])
    arguments = ["preview", str(tmp_path / "large.png"), "-o", str(tmp_path / "no.png"), "--max-pixels", "99999999"]
    done = CliRunner().invoke(main, arguments)
    assert (done.exit_code, (tmp_path / "no.png").exists()) == (1, False)
    assert "large.png: too many pixels: 10000 x 10000, more than 99,999,999" in done.output


@pytest.mark.parametrize("output", ["photos/a.png", "link.png", "other/../photos/a.png"])
def test_a_sheet_is_not_written_over_a_photo(output, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("photos", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").write_bytes((photos / "chelsea.png").read_bytes())
    (tmp_path / "link.png").symlink_to("photos/a.png")
    for source in ("photos", "photos/*", "photos/a.png"):
        done = CliRunner().invoke(main, ["preview", source, "-o", output])
        assert done.exit_code == 2
        assert f"--output: must not be one of the photos (got '{output}')" in done.stderr
    assert (tmp_path / "photos" / "a.png").read_bytes() == (photos / "chelsea.png").read_bytes()
    assert not scan("photos").holds(tmp_path / "other" / "a.png")


def test_several_sources_take_turns(photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder, name in (("one", "astronaut"), ("one", "chelsea"), ("two", "chelsea")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / f"{name}.png").write_bytes((photos / f"{name}.png").read_bytes())
    done = CliRunner().invoke(main, ["preview", "one", "two", "-o", "sheet.png", "--photos", "2", "--variants", "1"])
    assert done.exit_code == 0, done.output
    shown = [first_photos(scan(folder), 1, 4)[0][0] for folder in ("one", "two")]
    expected = draw_sheet(draws_rows(shown, HighOrder(), draws=1, seed=0))
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.convert("RGB").tobytes() == expected.tobytes()


@pytest.mark.parametrize(("draws", "cells"), [(4, [5]), (12, [5, 5, 3]), (30, [6, 6, 6, 6, 6, 1])])
def test_a_wall_of_many_draws_wraps(draws, cells, photos):
    (photo,), _ = first_photos(scan(photos), 1, 4)
    rows = draws_rows([photo], preset("bicubic", 4), draws=draws, seed=0)
    assert [len(row.cells) for row in rows] == cells


def test_a_part_of_a_photo_is_called_its_middle(photos):
    (photo,), _ = first_photos(scan(photos), 1, 4, side=100)
    assert photo.cell.lines == ("astronaut.png", "the middle 100 x 100 of 120 x 120")
    assert first_photos(scan(photos), 1, 4)[0][0].cell.lines[1] == "120 x 120"
