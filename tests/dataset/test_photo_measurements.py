"""Tables of measured photos, and builds from the photos that are chosen from one."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from small_datasets import IN_PROCESS, Recorder, built, degradekit, rows

from degradekit import DatasetError
from degradekit.dataset import LocalEngine, Selection, measure
from degradekit.dataset.crop_corners import crop_corners
from degradekit.dataset.jpeg_headers import header_quality, header_tables
from degradekit.dataset.measurements import NUMBERS
from degradekit.statistics import STATISTICS, measure_crop


@pytest.fixture(scope="module")
def collection(photo, tmp_path_factory) -> Path:
    """Photos with headers of known quality, one that is too small, one that is damaged, one of an odd name."""
    folder = tmp_path_factory.mktemp("measured") / "collection"
    folder.mkdir()
    pixels = photo("coffee.png")[:170, :260]
    for quality in (30, 95):
        Image.fromarray(pixels).save(folder / f"{quality}.jpg", quality=quality)
    Image.fromarray(pixels).save(folder / 'a "b", c.png')
    Image.fromarray(pixels[:20, :90]).save(folder / "small.png")
    (folder / "damaged.jpg").write_bytes(b"no picture")
    return folder


@pytest.fixture(scope="module")
def measured(collection):
    return measure(collection, engine=IN_PROCESS)


def test_crops_begin_at_blocks_lie_in_the_photo_and_do_not_overlap():
    rng = np.random.default_rng(0)
    for height, width, side, most in rng.integers((60, 60, 64, 1), (900, 900, 200, 13), (300, 4)).tolist():
        starts = crop_corners((height, width), side, most)
        assert bool(starts) == (min(height, width) >= side)
        assert len(starts) <= most
        covered = np.zeros((height, width), np.uint8)
        for top, left in starts:
            assert top % 8 == left % 8 == 0
            part = covered[top : top + side, left : left + side]
            assert part.shape == (side, side)
            part += 1
        assert covered.max(initial=0) <= 1


def test_crops_are_spread_over_a_photo():
    assert crop_corners((480, 640), 160, 4) == [(40, 80), (40, 400), (280, 80), (280, 400)]
    assert crop_corners((160, 1000), 160, 3) == [(0, 80), (0, 416), (0, 752)]


@pytest.mark.parametrize("quality", [1, 50, 75, 92, 100])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_header_shows_the_quality_that_the_file_was_written_with(quality, mode):
    file = io.BytesIO()
    Image.new(mode, (20, 30)).save(file, "JPEG", quality=quality, progressive=quality == 50)
    assert header_quality(file.getvalue()) == quality


def test_headers_without_the_tables_of_the_standard_show_no_quality():
    odd, png = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (20, 30)).save(odd, "JPEG", qtables="web_high")
    Image.new("RGB", (20, 30)).save(png, "PNG")
    assert header_tables(odd.getvalue()) is not None
    for data in (odd.getvalue(), png.getvalue(), odd.getvalue()[:50], b""):
        assert header_quality(data) is None


def test_each_photo_is_a_row_and_unusable_ones_have_reasons(measured):
    assert [row.photo for row in measured.rows] == [
        "collection/30.jpg",
        "collection/95.jpg",
        'collection/a "b", c.png',
        "collection/damaged.jpg",
        "collection/small.png",
    ]
    assert {row.photo: row.unusable for row in measured.unusable} == {
        "collection/damaged.jpg": "not an image",
        "collection/small.png": "90 x 20 is smaller than 64 x 64",
    }
    assert measured.column("header_quality")[:2].tolist() == [30, 95]
    assert measured.column("header_residual")[:2].tolist() == [0, 0]
    assert np.isnan(measured.column("header_quality")[2])
    assert measured.column("blockiness")[0] > measured.column("blockiness")[1] > measured.column("blockiness")[2]


def test_statistics_are_medians_over_crops_but_the_jpeg_quality_is_of_the_surest(photo, tmp_path):
    pixels = photo("coffee.png")[100:260, :480]
    Image.fromarray(pixels).save(tmp_path / "wide.png")
    (row,) = measure(tmp_path / "wide.png", engine=IN_PROCESS).rows
    values = dict(zip(NUMBERS, row.numbers.tolist(), strict=True))
    table = np.array([measure_crop(np.ascontiguousarray(pixels[:, left : left + 160])) for left in (0, 160, 320)])
    names = [each.name for each in STATISTICS]
    expected = dict(zip(names, np.median(table, axis=0), strict=True))
    surest = dict(zip(names, table[table[:, names.index("jpeg_score")].argmax()], strict=True))
    expected |= {name: surest[name] for name in ("jpeg_quality", "jpeg_score")}
    assert {name: values[name] for name in names} == pytest.approx(expected, rel=1e-5, abs=1e-12)
    assert (values["width"], values["height"]) == (480, 160)


def test_tables_open_in_pandas_with_names_as_they_are(measured, tmp_path):
    for name in ("table.csv", "table.parquet"):
        measured.save(tmp_path / name)
    assert "nan" not in (tmp_path / "table.csv").read_text("utf-8").lower()
    tables = [pd.read_csv(tmp_path / "table.csv"), pd.read_parquet(tmp_path / "table.parquet")]
    for table in tables:
        assert list(table.columns) == ["photo", "format", *NUMBERS, "unusable"]
        assert len(set(table.columns)) == len(table.columns)
        assert table.photo.tolist() == [row.photo for row in measured.rows]
        assert table.header_quality.isna().tolist() == [False, False, True, True, True]
        usable = table[table.unusable.isna()]
        for column in NUMBERS:
            np.testing.assert_array_equal(usable[column].to_numpy(float), measured.column(column))
    with pytest.raises(DatasetError, match=r"output: must end in \.csv or \.parquet \(got 'table\.xlsx'\)"):
        measured.save(Path("table.xlsx"))


@pytest.mark.slow
def test_two_processes_write_the_bytes_that_one_writes(collection, measured, tmp_path):
    progress = Recorder()
    measure(collection, engine=LocalEngine(workers=2), progress=progress).save(tmp_path / "two.csv")
    measured.save(tmp_path / "one.csv")
    assert (tmp_path / "two.csv").read_bytes() == (tmp_path / "one.csv").read_bytes()
    assert progress.started == [5]
    assert sum(progress.done) == 5


def test_the_command_writes_a_table_names_what_it_skips_and_sums_up(collection, tmp_path):
    result = degradekit("measure", collection, "-o", tmp_path / "table.csv", "--workers", 0)
    assert result.exit_code == 3
    assert "skipped: collection/small.png: 90 x 20 is smaller than 64 x 64\n" in result.output
    assert "3 photos measured, 2 skipped\n" in result.output
    assert "quality, 2 JPEGs       30" in result.output
    assert "most blocky: collection/30.jpg (" in result.output
    assert len(pd.read_csv(tmp_path / "table.csv")) == 5


def test_the_command_never_writes_over_a_photo(collection):
    result = degradekit("measure", collection, "-o", collection / "30.jpg", "--workers", 0)
    assert result.exit_code == 1
    assert "error: --output: must end in .csv or .parquet" in result.output


def test_where_no_photo_can_be_measured_the_reasons_are_in_the_message(collection):
    with pytest.raises(DatasetError, match=r"not one photo could be measured\n  collection/small\.png: 90 x 20 is"):
        measure(collection / "small.png", engine=IN_PROCESS)


def test_a_build_takes_the_photos_that_are_chosen_from_the_table(collection, measured, tmp_path):
    measured.save(tmp_path / "table.csv")
    table = pd.read_csv(tmp_path / "table.csv")
    table[table.blockiness < 1.2].to_csv(tmp_path / "chosen.csv", index=False)
    report = built(Selection(collection, photos_from=tmp_path / "chosen.csv"), tmp_path / "shards")
    keys = {row["key"] for row in rows(tmp_path / "shards")}
    assert keys == {row.photo for row in measured.usable} - {"collection/30.jpg"}
    assert report.left_out == {"not named by `photos_from`": 3}
    assert not report.skipped


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name\nx.png\n", "must be a CSV file in UTF-8 with a column `photo`"),
        ("photo,a\nx.png,1\n", r"photos that are not in the sources, 1 of 1, such as 'x\.png'"),
        ('photo\n"x.png\n', "must be a CSV file in UTF-8 with a column `photo`"),
        ("photo\n", "must name at least one photo"),
        ("", "must be a CSV file in UTF-8 with a column `photo`"),
        ("a,photo\n1\n", "must be a CSV file in UTF-8 with a column `photo`"),
    ],
)
def test_a_table_that_does_not_name_photos_of_the_sources_is_refused(text, message, collection, tmp_path):
    (tmp_path / "chosen.csv").write_text(text)
    with pytest.raises(DatasetError, match=f"photos_from: .*{message}"):
        built(Selection(collection, photos_from=tmp_path / "chosen.csv"), tmp_path / "shards")
