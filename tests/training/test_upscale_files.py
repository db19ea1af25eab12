"""Enlarging picture files, one or a folder of them."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from click.testing import CliRunner
from degradekit_models.generator import RRDBNet
from degradekit_models.upscale import UpscaleError
from degradekit_models.upscale_files import Progress, enlarge_files, plan_jobs
from degradekit_models.weights import save_generator
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


class Recorder(Progress):
    """Notes what it is called with."""

    def __init__(self) -> None:
        self.seen, self.notes = [], []

    def start(self, count):
        self.seen.append(count)

    def enlarged(self, job):
        self.seen.append(job.target.name)

    def failed(self, job, error):
        self.seen.append(str(error))

    def note(self, text):
        self.notes.append(text)


def test_a_file_that_fails_is_reported_and_does_not_stop_the_others(pictures, model, tmp_path):
    progress = Recorder()
    result = enlarge_files(model, pictures, tmp_path / "out", device="cpu", progress=progress)
    assert result == (3, 1, 4)
    bad = f"{pictures / 'bad.png'}: cannot be read (not an image)"
    assert progress.seen == [3, "a.png", bad, "b.png"]
    with Image.open(tmp_path / "out" / "deep" / "b.png") as enlarged:
        assert enlarged.size == (80, 64)


def test_the_exit_status_tells_whether_some_or_all_have_failed(pictures, model, tmp_path):
    some = upscale(model, pictures, tmp_path / "out")
    assert some.exit_code == 3
    assert "2 of 3 pictures enlarged x4" in some.output
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
    assert (stopped.exit_code, stopped.output) == (130, "stopped after 0 of 3 pictures\n")


@pytest.fixture
def same_stems(tmp_path):
    """Two pictures that differ in the extension only, and another one."""
    (tmp_path / "in").mkdir()
    for name in ("a.png", "a.jpg", "b.jpg"):
        Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "in" / name)
    return tmp_path / "in"


def test_every_picture_of_a_folder_gets_a_name_of_its_own(same_stems, tmp_path):
    jobs = plan_jobs(same_stems, tmp_path / "v1.5")
    assert [job.target.name for job in jobs] == ["a.jpg.png", "a.png.png", "b.png"]


def test_results_inside_the_source_are_not_enlarged_again(same_stems):
    target = same_stems / "large"
    jobs = plan_jobs(same_stems, target)
    target.mkdir()
    (target / "b.png").write_bytes((same_stems / "b.jpg").read_bytes())
    assert plan_jobs(same_stems, target) == jobs
    assert plan_jobs(same_stems / "b.jpg", target) == [(same_stems / "b.jpg", target / "b.png")]


def test_what_is_read_is_never_overwritten(same_stems):
    (same_stems / "a.jpg").unlink()
    png = same_stems / "a.png"
    for source, target in ((same_stems, same_stems), (png, png), (png, same_stems)):
        with pytest.raises(UpscaleError, match="target: must not be where the sources are"):
            plan_jobs(source, target)


@pytest.mark.parametrize(
    ("names", "targets"),
    [
        (["a.jpg", "a.png", "a.jpg.png"], ["a.jpg.png", "a.jpg.png.png", "a.png.png"]),
        (["a.png", "A.jpg"], ["A.jpg.png", "a.png.png"]),
        (["a.png", "a/b.png", "a/b.webp"], ["a.png", "a/b.png.png", "a/b.webp.png"]),
        (["a.jpg", "a.png", "a.jpg.png", "a.jpg.png.png"], None),
    ],
)
def test_no_two_pictures_are_written_to_one_file(names, targets, tmp_path):
    for name in names:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8)).save(tmp_path / "in" / name)
    jobs = plan_jobs(tmp_path / "in", tmp_path / "out")
    written = [job.target.relative_to(tmp_path / "out").as_posix() for job in jobs]
    assert len({name.casefold() for name in written}) == len(names)
    assert targets is None or sorted(written) == targets


def test_names_that_differ_in_capitals_alone_are_refused_before_anything_is_written(model, tmp_path):
    for name in ("a.png", "A.png"):
        (tmp_path / "in" / name).parent.mkdir(exist_ok=True)
        Image.new("L", (8, 8)).save(tmp_path / "in" / name)
    if len(list((tmp_path / "in").iterdir())) == 1:
        pytest.skip("this disk does not distinguish capitals")
    done = upscale(model, tmp_path / "in", tmp_path / "out")
    assert done.exit_code == 1
    assert "source: two pictures would be written to" in done.output
    assert "; rename one (got" in done.output
    assert not (tmp_path / "out").exists()


def test_what_is_read_is_not_overwritten_through_a_link(same_stems, tmp_path):
    link, hard = tmp_path / "link.png", tmp_path / "hard.png"
    link.symlink_to(same_stems / "a.png")
    hard.hardlink_to(same_stems / "a.png")
    for target in (link, hard):
        with pytest.raises(UpscaleError, match="target: must not be where the sources are"):
            plan_jobs(same_stems / "a.png", target)
    circle = tmp_path / "circle.png"
    circle.symlink_to("circle.png")
    with pytest.raises(UpscaleError, match="source: no such file or folder"):
        plan_jobs(circle, tmp_path / "out.png")
    assert plan_jobs(same_stems / "b.jpg", circle) == [(same_stems / "b.jpg", circle)]


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
        "left out 1: GIF files, which are taken only where they are named (film.gif)",
        "left out 1: hidden files",
        f"{folder / 'a.webp'}: has several frames, of which the first is taken",
        f"{folder / 'b.png'}: has an ICC profile that cannot be applied and is ignored",
    ]
    assert progress.seen == [2, "a.png", "b.png"]


def test_a_picture_that_vanishes_or_is_none_costs_only_itself(pictures, model, tmp_path):
    (pictures / "bad.png").unlink()
    progress = Recorder()
    progress.enlarged = lambda _: (pictures / "deep" / "b.jpg").unlink()
    result = enlarge_files(model, pictures, tmp_path / "out", device="cpu", progress=progress)
    assert result == (2, 1, 4)
    assert progress.seen[1:] == [f"{pictures / 'deep' / 'b.jpg'}: cannot be read (No such file or directory)"]


def test_too_many_pixels_are_refused_and_an_option_takes_them(pictures, model, tmp_path):
    refused = upscale(model, pictures / "a.png", tmp_path / "o.png", "--max-pixels", 319)
    assert refused.exit_code == 1
    assert "cannot be read (too many pixels: more than 319" in refused.output
    assert upscale(model, pictures / "a.png", tmp_path / "o.png", "--max-pixels", 320).exit_code == 0


@pytest.mark.parametrize(("width", "name"), [(4200, "out.webp"), (16_500, "out.jpg")])
def test_what_a_format_cannot_hold_is_refused_before_the_network_works(width, name, model, tmp_path, monkeypatch):
    Image.new("L", (width, 2)).save(tmp_path / "wide.png")
    monkeypatch.setattr("degradekit_models.upscale_files.enlarge", None)
    done = upscale(model, tmp_path / "wide.png", tmp_path / name)
    assert done.exit_code == 1
    assert f"pixels a side; write a .png (got {4 * width})" in done.output
