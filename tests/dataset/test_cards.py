"""What the owner of a dataset puts on its card, and what becomes of it."""

import gc
import re
import shutil
from pathlib import Path

import pytest
from huggingface_hub import DatasetCard
from small_datasets import BICUBIC, IN_PROCESS, KEEPING, contents, degradekit, digest_of

from degradekit import DatasetError
from degradekit.dataset import Options, Pairs, describe, export, filter_pairs, finalize, redegrade, synthesize, verify
from degradekit.dataset.card_parts import BEGIN, END, CardParts
from degradekit.dataset.card_samples import is_of_samples
from degradekit.dataset.opening import Dataset
from degradekit.dataset.pictures import decode

TEXT = "Photos of *cats*; naïve, 猫.\n\n## Citation\n\n```bibtex\n@misc{me}\n```"


def card_of(target: Path) -> DatasetCard:
    return DatasetCard((target / "README.md").read_text("utf-8"))


def is_well(target: Path) -> bool:
    return verify(target, sample=0, engine=IN_PROCESS).problems == ()


@pytest.fixture
def described(small_pairs, tmp_path) -> Path:
    target = Path(shutil.copytree(small_pairs, tmp_path / "described"))
    describe(target, license="cc-by-4.0", language="no", name="Cats: a #1 <set>", text=TEXT)
    return target


def test_the_hubs_own_parser_reads_the_card(described):
    head = card_of(described).data.to_dict()
    assert (head["license"], head["language"], head["pretty_name"]) == ("cc-by-4.0", ["no"], "Cats: a #1 <set>")
    assert (head["task_categories"], head["size_categories"]) == (["image-to-image"], ["n<1K"])
    assert "super-resolution" in head["tags"]
    assert [each["split"] for each in head["configs"][0]["data_files"]] == ["train", "validation"]
    body = card_of(described).text
    assert f"\n{BEGIN}\n\n{TEXT}\n\n{END}\n" in body
    assert "# Cats\\: a \\#1 \\<set\\>\n" in body


def test_what_the_owner_adds_changes_no_digest_and_no_row(described, small_pairs):
    assert digest_of(described) == digest_of(small_pairs)
    before, after = contents(small_pairs), contents(described)
    assert {name for name in after if after[name] != before.get(name)} == {"README.md", "meta/samples.png"}
    assert is_well(described)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # it leaves them to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_code_on_the_card_of_tar_shards_runs(described, tmp_path, monkeypatch):
    pytest.importorskip("webdataset", reason="webdataset is not installed, so its reader cannot be tried")
    export(described, tmp_path / "tars", "webdataset", engine=IN_PROCESS)
    monkeypatch.chdir(tmp_path / "tars")
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", card_of(tmp_path / "tars").text, re.DOTALL):
        exec(block, names)
    assert all(names["has_strong_jpeg"](pair) for pair in names["chosen"])
    assert names["pair"]["lr.png"].size == (8, 8)
    names.clear()
    gc.collect()


@pytest.mark.slow
def test_datasets_opens_a_folder_with_samples_and_streams_and_filters_it_as_the_card_shows(described, tmp_path):
    import datasets

    opened = datasets.load_dataset(str(described), cache_dir=str(tmp_path / "cache"))
    assert {split: len(rows) for split, rows in opened.items()} == {"train": 2, "validation": 2}
    blocks = re.findall(r"```python\n(.*?)```", card_of(described).text, re.DOTALL)
    names: dict[str, object] = {}
    for block in blocks:
        exec(block.replace("OWNER/NAME", str(described)), names)
    assert len(blocks) == 3
    assert names["row"]["lr"].size == (8, 8)
    assert all(names["has_strong_jpeg"](row["degradation"]) for row in names["chosen"])


def test_the_samples_are_small_deterministic_and_of_rows_of_the_dataset(described, small_pairs, tmp_path):
    again = Path(shutil.copytree(small_pairs, tmp_path / "again"))
    describe(again)
    data = (described / "meta" / "samples.png").read_bytes()
    assert data == (again / "meta" / "samples.png").read_bytes()
    assert len(data) < 2**20
    picture = decode(data)
    assert picture.shape == (6 * (32 + 4 + 32), 6 * (4 * 32 + 3 * 4), 3)  # four tiles of 32 pixels, six times as large
    shown = picture[: 6 * 32 : 6, : 6 * 32 : 6].tobytes()
    assert shown in {pair.hr.tobytes() for pair in Pairs(described)}


def test_samples_that_are_not_of_the_dataset_are_named_and_made_anew(described):
    samples = described / "meta" / "samples.png"
    whole = samples.read_bytes()
    for spoil in (samples.unlink, lambda: samples.write_bytes(b"no picture"), lambda: samples.write_bytes(b"")):
        spoil()
        problems = verify(described, sample=0, engine=IN_PROCESS).problems
        assert problems == ("meta/samples.png: does not show the samples of this dataset",)
        finalize(described)
        assert samples.read_bytes() == whole


def test_the_owners_part_survives_a_repeated_build_and_finalize(put, tmp_path):
    put(tmp_path / "photos" / "a.png")
    target = tmp_path / "shards"

    def build():
        synthesize(tmp_path / "photos", target, BICUBIC, Options(tile=32, step=32), engine=IN_PROCESS)

    build()
    describe(target, license="mit", text=TEXT)
    whole = contents(target)
    for again in (build, lambda: finalize(target), lambda: describe(target)):
        again()
        assert contents(target) == whole
    next((target / "data").iterdir()).unlink()
    build()
    assert contents(target) == whole


@pytest.mark.parametrize("format", KEEPING)
def test_the_owners_part_goes_into_exports(format, described, tmp_path):
    export(described, tmp_path / "exported", format, engine=IN_PROCESS)
    head, own = card_of(tmp_path / "exported").data.to_dict(), card_of(described).data.to_dict()
    for name in ("license", "language", "pretty_name", "tags"):
        assert head[name] == own[name]
    assert ("configs" in head) == (format == "parquet")
    assert TEXT in card_of(tmp_path / "exported").text
    assert is_well(tmp_path / "exported")
    assert is_of_samples(Dataset.open(tmp_path / "exported"))


def test_a_dataset_that_cannot_be_read_again_has_a_card_without_samples(described, tmp_path):
    export(described, tmp_path / "usm", "folder", training_target="sharpened", engine=IN_PROCESS)
    for _ in range(2):
        assert TEXT in card_of(tmp_path / "usm").text
        assert "samples.png" not in card_of(tmp_path / "usm").text
        assert not (tmp_path / "usm" / "meta" / "samples.png").exists()
        describe(tmp_path / "usm", license="mit")


def test_a_redegraded_dataset_has_the_owners_part_with_a_name_and_samples_of_its_own(small_pairs, tmp_path):
    source = Path(shutil.copytree(small_pairs, tmp_path / "source"))
    describe(source, license="cc0-1.0", text=TEXT)
    redegrade(source, tmp_path / "again", seed=9, engine=IN_PROCESS)
    card = card_of(tmp_path / "again")
    assert card.data.license == "cc0-1.0"
    assert TEXT in card.text
    assert (source / "meta" / "samples.png").read_bytes() != (tmp_path / "again" / "meta" / "samples.png").read_bytes()
    assert is_well(tmp_path / "again")


def test_a_filtered_dataset_has_the_owners_part_with_samples_of_its_own(described, tmp_path):
    filter_pairs(described, tmp_path / "some", "variant = 1", engine=IN_PROCESS)
    card = card_of(tmp_path / "some")
    assert (card.data.license, TEXT in card.text) == (card_of(described).data.license, True)
    assert is_well(tmp_path / "some")


def test_what_is_written_on_the_card_by_hand_is_kept(small_pairs, tmp_path):
    """In any layout of the head, and with the line ends of another system, as editors and the Hub leave them."""
    target = Path(shutil.copytree(small_pairs, tmp_path / "copy"))
    file = target / "README.md"
    text = file.read_text()
    assert text.count(BEGIN) == text.count(END) == 1
    text = text.replace("---\n", "---\nlicense:   'mit'\ntags:\n  - cats\nviewer: false\n", 1)
    text = re.sub(r"^tags: \[.*\n", "", text, flags=re.MULTILINE).replace(END, f"\nMy cats.\n\n{END}")
    file.write_bytes(text.replace("\n", "\r\n").encode())
    assert is_well(target)
    finalize(target)
    head = card_of(target).data.to_dict()
    assert (head["license"], head["tags"], head["viewer"]) == ("mit", ["cats"], False)
    assert f"{BEGIN}\n\nMy cats.\n\n{END}" in file.read_text()
    describe(target, license="other", license_name="my-terms-1.0", license_link="LICENSE")
    assert card_of(target).data.to_dict()["license_name"] == "my-terms-1.0"
    describe(target, license="cc0-1.0")
    head = card_of(target).data.to_dict()
    assert (head["license"], "license_name" in head, head["tags"]) == ("cc0-1.0", False, ["cats"])


def test_fields_that_the_dataset_decides_cannot_be_changed_by_hand(described):
    file = described / "README.md"
    file.write_text(file.read_text().replace("n<1K", "n>1B"))
    assert not is_well(described)
    finalize(described)
    assert card_of(described).data.size_categories == ["n<1K"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("---\n", "---\na: b: c\n", "its head: line 2, column 5"),
        (END, "", "must have each of the lines <!--"),
        (END, f"{END}\n{BEGIN}", "must have each of the lines <!--"),
    ],
)
def test_a_card_that_cannot_be_taken_apart_is_never_overwritten(old, new, problem, described):
    """The owner's text would be lost."""
    file = described / "README.md"
    file.write_text(file.read_text().replace(old, new, 1))
    before = file.read_bytes()
    verification = verify(described, sample=0, engine=IN_PROCESS)
    assert verification.problems[0].startswith(f"README.md: cannot be read: {problem}")
    assert verification.damaged == ("README.md",)
    for use in (finalize, describe, lambda target: export(target, f"{target}-2", "folder", engine=IN_PROCESS)):
        with pytest.raises(DatasetError, match=re.escape("its README.md cannot be read: ") + ".*; mend it by hand"):
            use(described)
    assert file.read_bytes() == before
    file.unlink()
    finalize(described)
    assert is_well(described)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"license": "cc0"}, "license: must be one of .*did you mean 'cc0-1.0'"),
        ({"license": "CC-BY-4.0"}, "did you mean 'cc-by-4.0'"),
        ({"license": "mit\nviewer: true"}, r"\(got 'mit\\nviewer: true'\)"),
        ({"license": "other"}, "license_name: must be given .*\n?.*license_link: must be given"),
        ({"license": "mit", "license_name": "mine"}, "license_name: belongs to the license 'other' only"),
        ({"license": "other", "license_name": "My Terms", "license_link": "ftp:x"}, "(?s)_name: .*_link: "),
        ({"language": "English"}, "language: must be a code of ISO 639"),
        ({"name": "a\nb"}, "name: must be printable text on one line"),
        ({"name": " "}, "name: must be printable text on one line"),
        ({"text": "---\nlicense: mit\n---\nhello"}, "text: must be Markdown without a YAML head"),
        ({"text": f"a\n{END}\nb"}, "text: line 2 is one of the two"),
        ({"text": "a\n\n```python\nb"}, "text: line 3 begins a block of code that does not end"),
        ({"text": "````\n```"}, "text: line 1 begins a block of code that does not end"),
        ({"text": "a <!-- b"}, "text: has a comment `<!--` that does not end"),
        ({"text": "a\x1b[2Jb"}, "text: line 1 has the control character"),
        ({"text": "a" * 2**21}, "text: must have at most 1,048,576 bytes"),
    ],
)  # fmt: skip
def test_what_would_spoil_the_card_is_refused(options, message, small_pairs, tmp_path):
    target = Path(shutil.copytree(small_pairs, tmp_path / "copy"))
    before = contents(target)
    with pytest.raises(DatasetError, match=message):
        describe(target, **options)
    assert contents(target) == before


def test_an_unfinished_dataset_has_no_card_to_complete(described):
    (described / "README.md").unlink()
    with pytest.raises(DatasetError, match="not finished"):
        describe(described, license="mit")


def test_a_dataset_in_a_bucket(small_pairs, memory):
    import fsspec

    fsspec.filesystem("memory").put(f"{small_pairs}/", memory.removeprefix("memory:/") + "/shards/", recursive=True)
    target = f"{memory}/shards"
    describe(target, license="mit", text=TEXT)
    assert is_well(target)
    finalize(target)
    assert "license: mit" in fsspec.open(f"{target}/README.md", "rt").open().read()


def test_the_command_prints_what_is_missing_and_how_to_upload(small_pairs, tmp_path):
    target = Path(shutil.copytree(small_pairs, tmp_path / "copy"))
    (tmp_path / "about.md").write_text(TEXT, "utf-8")
    done = degradekit("card", target)
    assert done.stdout == (
        f"{target}/README.md: written, with samples in meta/samples.png\n"
        f"upload with: hf upload OWNER/NAME {target} . --repo-type dataset\n"
    )
    assert "names no license" in done.stderr
    done = degradekit("card", target, "--license", "cc0-1.0", "--text", tmp_path / "about.md")
    assert (done.exit_code, done.stderr) == (0, "")
    assert TEXT in card_of(target).text
    for file in (tmp_path / "none.md", tmp_path):
        assert degradekit("card", target, "--text", file).stderr.startswith("error: --text: cannot be read: ")
    assert "did you mean 'mit'" in degradekit("card", target, "--license", "mitt").stderr


def test_the_owners_text_may_quote_the_lines_around_it():
    text = f"Between `{BEGIN}` and `{END}` stands this."
    assert CardParts.of(f"# T\nsee {BEGIN} below\n{BEGIN}\n{text}\n{END}\nrest")[1:] == (
        f"# T\nsee {BEGIN} below",
        text,
        "rest",
    )


def test_parts_of_cards_that_differ_in_layout_alone_are_equal():
    one = CardParts.of(f"---\na: [1, 2]\nb: x\n---\n\n# T\n\n{BEGIN}\n\nmine\n\n{END}\n\nrest\n")
    other = CardParts.of(f"\ufeff---\r\nb: 'x'\r\na:\r\n- 1\r\n- 2\r\n--- \r\n# T\r\n{BEGIN}\r\nmine\r\n{END}\r\nrest")
    assert one == other == ({"a": [1, 2], "b": "x"}, "# T", "mine", "rest")
