"""Which files are pairs, in folders as benchmark and training sets are published."""

from pathlib import Path

import pytest

pytest.importorskip("torch")

from degradekit_models.config import ConfigError
from degradekit_models.pairing import PicturePair, WantedPairs, pairs_in

from degradekit.picture_folders import LeftOut

VAL = WantedPairs("val", ("validation", "test"), 4)
TRAIN = WantedPairs("pairs", ("train",), None)


def folder_with(root: Path, *files: str) -> Path:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    return root


def paired(root: Path, wanted: WantedPairs = VAL, left_out: LeftOut | None = None) -> list[tuple[str, str | None]]:
    pairs = pairs_in(root, wanted, LeftOut() if left_out is None else left_out)
    return [(str(hr.relative_to(root)), lr and str(lr.relative_to(root))) for hr, lr in pairs]


@pytest.mark.parametrize(
    ("hr", "lr"),
    [
        ("HR/a.png", "LR/a.png"),
        ("hr/a.png", "lr/a.jpg"),
        ("GT/a.png", "LQ/a.png"),
        ("HR/sub/a.png", "LR/sub/a.png"),
        ("HR/a_HR.png", "LR/a_LR.png"),
        ("HR/a_HR_x4.png", "LR/a_LRBI_x4.png"),
        ("gt/a_GT.png", "lq/a_LQ.png"),
        ("HR/baby.png", "LR_bicubic/X4/babyx4.png"),
        ("HR/X4/a.png", "LR/X4/a.png"),
        ("GTmod12/baby.png", "LRbicx4/baby.png"),
        ("X4/GT/baby.png", "X4/LR/baby.png"),
        ("DIV2K_valid_HR/0801.png", "DIV2K_valid_LR_bicubic/X4/0801x4.png"),
        ("DIV2K_valid_HR/0801.png", "DIV2K_valid_LR_mild/0801x4m.png"),
        ("image_SRF_4/img_001_SRF_4_HR.png", "image_SRF_4/img_001_SRF_4_LR.png"),
        ("Test/4/Canon_001_HR.png", "Test/4/Canon_001_LR4.png"),
        ("test_HR/sony_1_x1.png", "test_LR/sony_1_x4.png"),
        ("Set14_HR/x4.png", "Set14_LR/x4.png"),
        ("validation/HR/a.png", "validation/LR/a.png"),
    ],
)
def test_published_layouts_are_known(hr, lr, tmp_path):
    assert paired(folder_with(tmp_path, hr, lr)) == [(hr, lr)]


def test_the_scale_chooses_among_folders_and_files(tmp_path):
    edsr = folder_with(tmp_path / "Set5", *(f"LR_bicubic/X{scale}/babyx{scale}.png" for scale in (2, 3, 4)))
    folder_with(edsr, "HR/baby.png")
    basicsr = folder_with(
        tmp_path / "Set14", *(f"{name}{scale}/a.png" for name in ("GTmod", "LRbicx") for scale in "24")
    )
    folder_with(basicsr, "GTmod12/a.png", "original/a.png")
    flat = folder_with(tmp_path / "flat", "HR/a.png", "LR/ax2.png", "LR/ax4.png")
    srf = folder_with(tmp_path / "srf", *(f"image_SRF_{n}/a_SRF_{n}_{side}.png" for n in "24" for side in ("HR", "LR")))
    assert paired(edsr) == [("HR/baby.png", "LR_bicubic/X4/babyx4.png")]
    assert paired(basicsr) == [("GTmod4/a.png", "LRbicx4/a.png")]
    assert paired(flat) == [("HR/a.png", "LR/ax4.png")]
    assert paired(srf) == [("image_SRF_4/a_SRF_4_HR.png", "image_SRF_4/a_SRF_4_LR.png")]
    for folder in (edsr, basicsr, flat, srf):
        with pytest.raises(ConfigError, match=r"^pairs: (has several|must pair each HR with one LR; .* are ambiguous)"):
            paired(folder, TRAIN)


def test_the_split_chooses_among_folders(tmp_path):
    splits = ("train", "valid")
    folder_with(tmp_path, *(f"DIV2K_{split}_HR/1.png" for split in splits))
    folder_with(tmp_path, *(f"DIV2K_{split}_LR_bicubic/X4/1x4.png" for split in splits))
    assert paired(tmp_path) == [("DIV2K_valid_HR/1.png", "DIV2K_valid_LR_bicubic/X4/1x4.png")]
    assert paired(tmp_path, TRAIN) == [("DIV2K_train_HR/1.png", "DIV2K_train_LR_bicubic/X4/1x4.png")]


def test_pictures_without_a_partner_are_counted_and_named(tmp_path):
    folder_with(
        tmp_path, "HR/a.png", "HR/b.png", "LR/a.png", "LR/c.png", "HR/notes.txt", "HR_USM/a.png", "meta_info.txt"
    )
    left_out = LeftOut()
    assert paired(tmp_path, VAL, left_out) == [("HR/a.png", "LR/a.png")]
    assert left_out.named() == {
        "HRs without an LR of the same name (b.png)": 1,
        "LRs without an HR of the same name (c.png)": 1,
        "folders of sharpened HRs (HR_USM/)": 1,
        "not images by their names (notes.txt)": 1,
    }
    marked = folder_with(tmp_path / "srf", "a_HR.png", "a_LR.png", "a_bicubic.png")
    assert paired(marked, VAL, left_out) == [("a_HR.png", "a_LR.png")]
    assert left_out["neither HRs nor LRs by their names"] == 1


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], r"must hold pairs, as HR/ and LR/ with pictures of the same names do \(got '.*'\)$"),
        (["HR/a.png", "LR/b.png"], "must hold HRs and LRs whose names are the same, or differ in marks"),
        (["LR/a.png"], "must have a folder of HRs beside LR/ "),
        (
            ["HR_USM/a.png", "LR/a.png"],
            "must have .* beside LR/; HR_USM/ holds sharpened ones: to take them, name both",
        ),
        (
            ["HR/a.png", "LR_unknown/a.png", "LR_bicubic/a.png"],
            "has several folders of LRs: LR_bicubic, LR_unknown; name",
        ),
        (["HR/a.png", "GT/a.png", "LR/a.png"], "has several folders of HRs: GT, HR; name one, or name both folders"),
        (["HR/a.png", "LR/a.png", "HR/a.jpg"], r"must pair each HR with one LR; a.jpg and a.png have the same name"),
        (
            ["HR/a.png", "LR/ax4w1.png", "LR/a_LR.png", "LR/ax4.png"],
            "must .* one LR; a.png, a_LR.png, ax4.png are ambiguous",
        ),
        (["Canon/HR/a.png", "Nikon/HR/a.png"], "has several folders: Canon, Nikon; name one"),
        (["a_LR.png"], "must hold an HR for its LRs, as NAME_HR.png is for NAME_LR.png"),
    ],
)
def test_what_is_ambiguous_or_missing_is_refused(files, message, tmp_path):
    with pytest.raises(ConfigError, match=f"^pairs: {message}"):
        paired(folder_with(tmp_path, *files), TRAIN)


def test_a_folder_of_hrs_alone_has_no_lrs(tmp_path):
    assert paired(folder_with(tmp_path / "a", "HR/a.png")) == [("HR/a.png", None)]
    assert paired(folder_with(tmp_path / "b", "baby.png", "bird.png")) == [("baby.png", None), ("bird.png", None)]
    with pytest.raises(ConfigError, match="val: must hold HRs, and its name says that it holds LRs"):
        paired(folder_with(tmp_path / "LR", "a.png"))


def test_a_pair_is_two_files(tmp_path):
    (pair,) = pairs_in(folder_with(tmp_path, "HR/a.png", "LR/a.png"), VAL, LeftOut())
    assert pair == PicturePair(tmp_path / "HR" / "a.png", tmp_path / "LR" / "a.png")
