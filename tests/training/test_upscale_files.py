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
        self.seen = []

    def start(self, count):
        self.seen.append(count)

    def enlarged(self, job):
        self.seen.append(job.target.name)

    def failed(self, job, error):
        self.seen.append(str(error))


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
