"""Own pairs in two columns of a Hugging Face dataset."""

import pickle
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

torch = pytest.importorskip("torch")

import datasets
from degradekit_models.loading import Batches, load_patches
from degradekit_models.own_pairs import OwnPairs
from degradekit_models.patches import Patches
from own_pairs import pixel_pair, write_pairs

from degradekit import DegradekitError
from degradekit.rng import stream

PICTURE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")


def cells(folder: Path, side: str, kind: pa.DataType, indices: range) -> pa.Array:
    files = [folder / side / f"{index}.png" for index in indices]
    values = [file.read_bytes() if file.exists() else None for file in files]
    return pa.array([{"bytes": value, "path": None} for value in values] if kind == PICTURE else values, kind)


def stored(tmp_path: Path, kind: pa.DataType = PICTURE, names=("hr", "lr"), splits=("train",), missing="") -> str:
    """Write a dataset with two pairs in each split, as `datasets` writes it, or as plain bytes."""
    folder = write_pairs(tmp_path / "pairs", 2 * len(splits))
    (folder / (missing or "LR/none.png")).unlink(missing_ok=True)
    for number, split in enumerate(splits):
        indices = range(2 * number, 2 * number + 2)
        table = pa.table({"caption": ["a", "b"]} | {
            name: cells(folder, side, kind, indices) for name, side in zip(names, ("HR", "LR"), strict=True)
        })  # fmt: skip
        if kind == PICTURE:
            features = datasets.Features(
                {name: datasets.Image() for name in names} | {"caption": datasets.Value("string")}
            )
            table = table.replace_schema_metadata(features.arrow_schema.metadata)
        (tmp_path / "set" / "data").mkdir(parents=True, exist_ok=True)
        pq.write_table(table, tmp_path / "set" / "data" / f"{split}-00000-of-00001.parquet")
    return f"datasets:{tmp_path / 'set'}"


@pytest.mark.parametrize("kind", [PICTURE, pa.binary()])
def test_columns_are_read_as_folders_are(kind, tmp_path):
    pairs = OwnPairs(f"{stored(tmp_path, kind)}:hr,lr")
    assert [pairs.pair(index, stream(0)).lr.tobytes() for index in (0, 1)] == [
        pixel_pair(i)[1].tobytes() for i in (0, 1)
    ]
    assert pairs.digest == OwnPairs(str(tmp_path / "pairs")).digest
    assert pickle.loads(pickle.dumps(pairs)).pair(0, stream(0)).lr.tobytes() == pixel_pair(0)[1].tobytes()


def test_columns_are_known_by_names_that_say_their_side(tmp_path):
    assert len(OwnPairs(stored(tmp_path, names=("gt", "image_LQ")))) == 2


def test_the_split_train_is_taken_unless_another_is_named(tmp_path):
    text = stored(tmp_path, splits=("train", "validation", "extra"))
    first = {name: OwnPairs(text + name).pair(0, stream(0)).lr.shape[1] for name in ("", "?split=validation")}
    assert first == {"": 24, "?split=validation": 26}
    assert len(OwnPairs(f"{text}:hr,lr?split=validation+extra")) == 4


def test_a_parquet_file_is_a_dataset_too(tmp_path):
    assert len(OwnPairs(f"{stored(tmp_path)}/data/train-00000-of-00001.parquet:hr,lr")) == 2


@pytest.mark.parametrize("kind", [PICTURE, pa.binary()])
def test_rows_without_two_pictures_are_left_out_and_named(kind, tmp_path):
    text = stored(tmp_path, kind, missing="LR/0.png")
    pairs = OwnPairs(text)
    assert pairs.notes == [f"{text}: left out 1: rows without two pictures (row 0)"]
    assert len(pairs) == 1
    assert pairs.pair(0, stream(0)).lr.tobytes() == pixel_pair(1)[1].tobytes()


def test_worker_processes_read_the_same_rows(tmp_path):
    patches = Patches([], 32, seed=0, pairs=[stored(tmp_path)])
    alone, shared = (next(load_patches(patches, Batches(0, 1, 4), workers, pin=False)) for workers in (0, 1))
    assert torch.equal(alone["lr"], shared["lr"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}:hr?split=extra", r"must name two columns of pictures, .*; it has the columns of pictures hr, lr \(got"),
        ("{}:hr,caption?split=extra", r"must name two columns of pictures"),
        ("{}?split=test", r"the dataset .* has no split 'test'; it has extra, other$"),
        ("{}", r"has no split train; name one of extra, other, as in '...\?split=extra' \(got 'datasets:"),
        ("{}/nowhere", r"cannot load the dataset"),
    ],
)
def test_what_is_no_pair_of_columns_is_refused(text, message, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(DegradekitError, match=f"^pairs: {message}"):
        OwnPairs(text.format(stored(tmp_path, splits=("extra", "other"))))
