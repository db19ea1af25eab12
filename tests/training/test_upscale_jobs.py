"""Which files are enlarged, and what they are written to."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from degradekit_models.upscale import UpscaleError
from degradekit_models.upscale_jobs import plan_jobs
from PIL import Image

from degradekit.picture_folders import LeftOut


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
    left_out = LeftOut()
    assert plan_jobs(same_stems, target, left_out) == jobs
    assert left_out.named() == {"pictures in the target (large/b.png)": 1}
    assert plan_jobs(same_stems / "b.jpg", target) == [(same_stems / "b.jpg", target / "b.png", "b.jpg")]


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


def test_names_that_differ_in_capitals_alone_are_refused(tmp_path):
    for name in ("a.png", "A.png"):
        (tmp_path / "in" / name).parent.mkdir(exist_ok=True)
        Image.new("L", (8, 8)).save(tmp_path / "in" / name)
    if len(list((tmp_path / "in").iterdir())) == 1:
        pytest.skip("this disk does not distinguish capitals")
    with pytest.raises(UpscaleError, match=r"^source: two pictures would be written to .*; rename one \(got"):
        plan_jobs(tmp_path / "in", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_spellings_of_one_name_are_one_name(tmp_path):
    """macOS takes both spellings of an umlaut for the same file."""
    (tmp_path / "in").mkdir()
    for name in ("\u00e9.png", "e\u0301.jpg"):
        Image.new("L", (8, 8)).save(tmp_path / "in" / name)
    names = {job.target.name for job in plan_jobs(tmp_path / "in", tmp_path / "out", format="webp")}
    assert names == {"\u00e9.png.webp", "e\u0301.jpg.webp"}


@pytest.mark.parametrize("format", ["png", "jpg", "jpeg", "webp", "tif", "tiff"])
def test_a_format_names_the_files_in_a_folder(same_stems, format, tmp_path):
    jobs = plan_jobs(same_stems, tmp_path / "out", format=format)
    assert [job.target.name for job in jobs] == [f"a.jpg.{format}", f"a.png.{format}", f"b.{format}"]
    assert plan_jobs(same_stems / "b.jpg", tmp_path, format=format)[0].target == tmp_path / f"b.{format}"
    named = tmp_path / f"b.{format.upper()}"
    assert plan_jobs(same_stems / "b.jpg", named, format=format)[0].target == named


def test_formats_that_are_unknown_or_contradict_the_target_are_refused(same_stems, tmp_path):
    with pytest.raises(UpscaleError, match=r"^format: must be one of png, jpg, jpeg, webp, tif, tiff \(got 'gif'\)$"):
        plan_jobs(same_stems, tmp_path / "out", format="gif")
    with pytest.raises(UpscaleError, match=r"^format: must be left out, or be that of 'b.png' \(got 'jpg'\)$"):
        plan_jobs(same_stems / "b.jpg", tmp_path / "b.png", format="jpg")


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
    assert plan_jobs(same_stems / "b.jpg", circle) == [(same_stems / "b.jpg", circle, "b.jpg")]
