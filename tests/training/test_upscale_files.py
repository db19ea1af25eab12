"""Enlarging picture files, one or a folder of them."""

import re

import pytest

torch = pytest.importorskip("torch")

from click.testing import CliRunner
from degradekit_models.generator import RRDBNet
from degradekit_models.upscale_files import Progress, enlarge_files
from degradekit_models.upscale_memory import largest_part
from degradekit_models.weights import load_generator, save_generator
from PIL import Image

from degradekit_cli.main import main


@pytest.fixture
def pictures(photo, tmp_path):
    """Two pictures and a file that is not one."""
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.png", "deep/b.jpg"):
        Image.fromarray(photo("coffee.png")[:16, :20]).save(folder / name)
    (folder / "bad.png").write_text("not a picture")
    return folder


@pytest.fixture
def model(tmp_path):
    torch.manual_seed(0)
    save_generator(RRDBNet(4, features=4, blocks=1), tmp_path / "g.safetensors")
    return tmp_path / "g.safetensors"


def upscale(*arguments: object):
    return CliRunner().invoke(main, ["upscale", *map(str, arguments), "--device", "cpu"])


def size_of(path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


class Recorder(Progress):
    """Notes what it is called with."""

    def __init__(self) -> None:
        self.seen, self.notes = [], []

    def start(self, count, network):
        self.seen.append(count)
        self.network = network

    def enlarged(self, job):
        self.seen.append(job.target.name)

    def failed(self, job, error):
        self.seen.append(str(error))

    def note(self, text):
        self.notes.append(text)


def test_a_file_that_fails_is_reported_and_does_not_stop_the_others(pictures, model, tmp_path):
    progress = Recorder()
    result = enlarge_files(model, pictures, tmp_path / "out", device="cpu", progress=progress)
    assert result[:5] == (3, 1, 0, 4, 2 * 64 * 80)
    assert progress.network == "RRDBNet x4, 4 features, 1 block, float32 on cpu"
    bad = f"{pictures / 'bad.png'}: cannot be read (not an image)"
    assert progress.seen == [3, "a.png", bad, "b.png"]
    with Image.open(tmp_path / "out" / "deep" / "b.png") as enlarged:
        assert enlarged.size == (80, 64)


def test_the_exit_status_tells_whether_some_or_all_have_failed(pictures, model, tmp_path):
    some = upscale(model, pictures, tmp_path / "out")
    assert some.exit_code == 3
    assert re.search(r"\n2 of 3 pictures enlarged x4 in [\d.]+ s, [\d.e-]+ megapixels/s\n$", some.output)
    assert "bad.png: cannot be read" in some.output
    none = upscale(model, pictures / "bad.png", tmp_path / "one.png")
    assert none.exit_code == 1
    one = upscale(model, pictures / "a.png", tmp_path / "one.webp")
    assert one.exit_code == 0, one.output


def test_what_cannot_be_enlarged_is_refused_in_words(pictures, model, tmp_path):
    for arguments, message in (
        ((tmp_path / "none.pth", pictures, tmp_path / "o"), "weights: cannot be read"),
        ((model, tmp_path / "none", tmp_path / "o"), "source: no such file or folder"),
        ((model, pictures / "a.png", tmp_path / "o.gif"), "target: must end in .png, .jpg, .jpeg, .webp"),
    ):
        wrong = upscale(*arguments)
        assert wrong.exit_code == 1
        assert f"error: {message}" in wrong.output


def test_an_interrupted_command_reports_how_far_it_came(pictures, model, tmp_path, monkeypatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("degradekit_models.upscale_files.write_picture", interrupt)
    stopped = upscale(model, pictures, tmp_path / "out")
    assert stopped.exit_code == 130
    assert stopped.output.endswith("\nstopped after 0 of 3 pictures; the same command with --skip-existing resumes\n")


def test_what_is_left_out_or_remarkable_is_reported(model, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    still = Image.new("RGB", (8, 8), "red")
    still.save(folder / "a.webp", save_all=True, append_images=[Image.new("RGB", (8, 8))])
    still.save(folder / "b.png", icc_profile=b"no profile")
    still.save(folder / "._b.png")
    still.save(folder / "film.gif")
    progress = Recorder()
    enlarge_files(model, folder, tmp_path / "out", device="cpu", progress=progress)
    assert progress.notes == [
        "left out 1: GIF files, which are taken only where they are named themselves or by a list (film.gif)",
        "left out 1: hidden files",
        "noted 1: pictures with an ICC profile that cannot be applied and is ignored (b.png)",
        "noted 1: pictures with several frames, of which the first is taken (a.webp)",
    ]
    assert progress.seen == [2, "a.png", "b.png"]


def test_a_picture_that_vanishes_or_is_none_costs_only_itself(pictures, model, tmp_path):
    (pictures / "bad.png").unlink()
    progress = Recorder()
    progress.enlarged = lambda _: (pictures / "deep" / "b.jpg").unlink()
    result = enlarge_files(model, pictures, tmp_path / "out", device="cpu", progress=progress)
    assert result[:4] == (2, 1, 0, 4)
    assert progress.seen[1:] == [f"{pictures / 'deep' / 'b.jpg'}: cannot be read (No such file or directory)"]


def test_too_many_pixels_are_refused_and_an_option_takes_them(pictures, model, tmp_path):
    refused = upscale(model, pictures / "a.png", tmp_path / "o.png", "--max-pixels", 319)
    assert refused.exit_code == 1
    assert "cannot be read (too many pixels: 20 x 16, more than 319" in refused.output
    assert upscale(model, pictures / "a.png", tmp_path / "o.png", "--max-pixels", 320).exit_code == 0


@pytest.mark.parametrize(("width", "name"), [(4200, "out.webp"), (16_500, "out.jpg")])
def test_what_a_format_cannot_hold_is_refused_before_the_network_works(width, name, model, tmp_path, monkeypatch):
    Image.new("L", (width, 2)).save(tmp_path / "wide.png")
    monkeypatch.setattr("degradekit_models.upscale_files.enlarge", None)
    done = upscale(model, tmp_path / "wide.png", tmp_path / name)
    assert done.exit_code == 1
    assert f"pixels a side; write a .png (got {4 * width})" in done.output


def test_a_target_that_cannot_be_written_is_refused_before_the_network_works(pictures, model, tmp_path, monkeypatch):
    monkeypatch.setattr("degradekit_models.upscale_files.enlarge", None)
    done = upscale(model, pictures / "a.png", model / "o.png")
    assert done.exit_code == 1
    assert f"error: {model / 'o.png'}: cannot be written (" in done.output
    monkeypatch.undo()
    assert upscale(model, pictures / "a.png", tmp_path / "new" / "o.png").exit_code == 0
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["o.png"]


def test_a_command_that_is_interrupted_before_its_work_says_no_more(pictures, model, tmp_path, monkeypatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("degradekit_models.upscale_files.load_generator", interrupt)
    stopped = upscale(model, pictures, tmp_path / "out")
    assert (stopped.exit_code, stopped.output) == (130, "stopped\n")


def test_an_interrupted_folder_is_resumed(pictures, model, tmp_path):
    (pictures / "bad.png").unlink()
    first = upscale(model, pictures / "a.png", tmp_path / "out" / "a.png")
    assert first.exit_code == 0
    before = (tmp_path / "out" / "a.png").stat().st_mtime_ns
    second = upscale(model, pictures, tmp_path / "out", "--skip-existing")
    assert second.exit_code == 0
    assert "\n1 of 2 pictures enlarged x4, 1 existed in " in second.output
    assert (tmp_path / "out" / "a.png").stat().st_mtime_ns == before
    third = upscale(model, pictures, tmp_path / "out", "--skip-existing")
    assert third.output.endswith("\n0 of 2 pictures enlarged x4, 2 existed\n")
    assert third.exit_code == 0


def test_only_whole_pictures_of_the_right_size_are_skipped(pictures, model, tmp_path):
    target = tmp_path / "out" / "a.png"
    (pictures / "bad.png").unlink()
    upscale(model, pictures / "a.png", target, "--outscale", 2)
    assert size_of(target) == (40, 32)
    progress = Recorder()
    progress.skipped = lambda job: progress.seen.append(f"{job.name} existed")
    enlarge_files(model, pictures, tmp_path / "out", device="cpu", skip_existing=True, progress=progress)
    assert progress.seen == [2, "a.png", "b.png"]
    target.write_bytes(target.read_bytes()[:20])
    enlarge_files(model, pictures, tmp_path / "out", device="cpu", skip_existing=True, progress=progress)
    assert progress.seen[3:] == [2, "a.png", "deep/b.jpg existed"]


def test_turned_pictures_are_skipped_too(model, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in ("a.jpg", "b.webp", "c.tif"):
        (tmp_path / "in").mkdir(exist_ok=True)
        Image.new("RGB", (20, 16)).save(tmp_path / "in" / name, exif=exif)
    for existed in (0, 3):
        result = enlarge_files(model, tmp_path / "in", tmp_path / "out", device="cpu", skip_existing=True)
        assert (result.skipped, result.failed) == (existed, 0)
    assert size_of(tmp_path / "out" / "a.png") == (64, 80)


@pytest.mark.parametrize(("scale", "size"), [(2, (40, 32)), (0.5, (10, 8)), (5.1, (102, 82)), (4, (80, 64))])
def test_other_scales_are_reached_by_resizing(scale, size, pictures, model, tmp_path):
    done = upscale(model, pictures / "a.png", tmp_path / "o.png", "--outscale", scale)
    assert done.exit_code == 0, done.output
    assert f"1 of 1 picture enlarged x{scale}" in done.output
    assert size_of(tmp_path / "o.png") == size


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--outscale", 0), "--outscale: must be above 0 and at most 64 (got 0.0)"),
        (("--outscale", "nan"), "--outscale: must be above 0 and at most 64 (got nan)"),
        (("--outscale", 65), "--outscale: must be above 0 and at most 64 (got 65.0)"),
        (("--quality", 0, "--ext", "jpg"), "--quality: must be between 1 and 100 (got 0)"),
        (("--quality", 90), "--quality: must be left out for PNG, which loses nothing (got 90)"),
        (("--ext", "gif"), "--ext: must be one of png, jpg, jpeg, webp, tif, tiff (got 'gif')"),
    ],
)
def test_wrong_options_are_refused_before_the_model_is_read(options, message, pictures, tmp_path):
    refused = upscale(tmp_path / "no model", pictures, tmp_path / "out", *options)
    assert (refused.exit_code, refused.output) == (1, f"error: {message}\n")


def test_what_a_format_does_not_hold_is_noted(model, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        Image.new("RGBA", (8, 8), (255, 0, 0, 128)).save(folder / name)
    done = upscale(model, folder, tmp_path / "out", "--ext", "jpg", "--quality", 80)
    assert "noted 2: pictures with alpha, composited over white for JPEG (a.png, b.png)\n" in done.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.jpg", "b.jpg"]


def test_too_little_memory_is_explained_before_the_network_works(pictures, model, tmp_path, monkeypatch):
    monkeypatch.setattr("degradekit_models.upscale_files.enlarge", None)
    monkeypatch.setattr("degradekit_models.upscale_memory.available_bytes", lambda: 10_000)
    done = upscale(model, pictures / "a.png", tmp_path / "o.png")
    picture = f"{pictures / 'a.png'}: enlarged to 80 x 64, it needs about 46.1 kB of memory, and 10.0 kB are free"
    assert f"error: {picture}; enlarge parts of it\n" in done.output
    monkeypatch.setattr("degradekit_models.upscale_memory.available_bytes", lambda: 100_000)
    done = upscale(model, pictures / "a.png", tmp_path / "o.png")
    tile = "a.png: tile: needs about 122.9 kB of memory, and 69.3 kB are free; use a smaller one (got 512)\n"
    assert tile in done.output


def test_a_picture_is_cut_into_parts_where_memory_is_short(photo, model, tmp_path, monkeypatch):
    """Parts with their margins: 16 numbers for each pixel of three tensors, beside the tiles and the result."""
    levels = photo("coffee.png")[:120, :160]
    Image.fromarray(levels).save(tmp_path / "photo.png")
    needed = 3 * 16 * 120 * 160 + 24 * 16 * 38**2 + 2 * 16 * levels.nbytes
    for free, part in ((needed, 0), (needed - 48, 138 - 2 * 20), (None, 0)):
        monkeypatch.setattr("degradekit_models.upscale_memory.available_bytes", lambda free=free: free)
        assert largest_part(load_generator(model), levels, (480, 640), 8, 20) == part
    monkeypatch.setattr("degradekit_models.upscale_memory.available_bytes", lambda: needed - 48)
    progress = Recorder()
    enlarge_files(
        model, tmp_path / "photo.png", tmp_path / "o.png", tile=8, overlap=20, device="cpu", progress=progress
    )
    reason = "pictures enlarged in parts, as there is too little memory for the features of the whole"
    assert progress.notes == [f"noted 1: {reason} (photo.png)"]
    assert size_of(tmp_path / "o.png") == (640, 480)


def test_a_long_wait_is_announced_once(pictures, model, tmp_path, monkeypatch):
    monkeypatch.setattr("degradekit_models.upscale_files._LONG_SECONDS", 0)
    progress = Recorder()
    enlarge_files(model, pictures, tmp_path / "out", tile=8, device="cpu", progress=progress)
    (line,) = progress.notes
    assert re.match(r"this picture takes about 0 minutes on the CPU; a GPU, or", line)
