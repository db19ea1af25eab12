"""What was drawn, as a table: a row for each pair, a column for each step and field."""

import json
import shutil
from collections import Counter

import examples
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hostile_datasets import first_record, forge
from small_datasets import IN_PROCESS, KEEPING, degradekit, rows_of

from degradekit import DatasetError, Degradation
from degradekit.dataset import export, parameters, save_parameters
from degradekit.dataset.pair_rows import converted, schema_of
from degradekit.parameters import parameter_columns
from degradekit.presets import preset


@pytest.fixture(scope="module")
def table(small_tiles) -> pa.Table:
    return parameters(small_tiles)


def test_each_pair_has_the_fields_of_its_record(table, small_tiles):
    """`jpeg_2_quality` is the quality of the second JPEG step of the record, null where there is none."""
    rows = rows_of(small_tiles)
    assert table.num_rows == len(rows)
    for pair, row in zip(table.to_pylist(), rows, strict=True):
        steps = [step.to_dict() for step in Degradation.from_json(row.degradation).steps]
        jpegs = [step["quality"] for step in steps if step["op"] == "jpeg"]
        noises = [step for step in steps if step["op"].startswith("noise.")]
        assert [pair["jpeg_1_quality"], pair["jpeg_2_quality"]] == jpegs
        assert [pair["noise_1_kind"], pair["noise_2_kind"]] == [step["op"].removeprefix("noise.") for step in noises]
        assert [pair["noise_1_sigma"], pair["noise_2_sigma"]] == [step.get("sigma") for step in noises]
        assert pair["steps"].split() == [step["op"].partition(".")[0] for step in steps]
        assert (pair["key"], pair["variant"], pair["scale"]) == (row.key, row.variant, row.scale)
        assert (pair["tile_y"], pair["tile_width"], pair["tile_factor"]) == (row.tile.y, row.tile.width, 1.0)
    assert [name for name in table.column_names if "seed" in name] == []


def test_a_row_names_its_shard_and_where_it_stands_there(table):
    first, last = table.slice(0, 1).to_pylist()[0], table.slice(table.num_rows - 1, 1).to_pylist()[0]
    assert (first["split"], first["shard"], first["row"]) == ("train", "train-00000-of-00002", 0)
    assert last["shard"] == "train-00001-of-00002"
    assert last["row"] + 1 == table.filter(pc.field("shard") == last["shard"]).num_rows


def test_columns_are_typed_and_in_the_order_of_names(table):
    kinds = {name: str(kind) for name, kind in zip(table.column_names, table.schema.types, strict=True)}
    assert kinds["jpeg_1_quality"] == "int64"
    assert kinds["noise_1_sigma"] == "double"
    assert kinds["kernel_1_family"] == "string"
    names = list(schema_of([parameter_columns([{"op": "jpeg", "quality": 50}] * 10)]).names)
    assert names[-10:] == [f"jpeg_{index}_quality" for index in range(1, 11)]
    assert names[:5] == ["key", "split", "shard", "row", "tile_y"]


@pytest.mark.parametrize("name", examples.LEAVES)
def test_every_operator_has_a_column_for_each_field(name):
    """What is drawn comes back from the column of its field, whatever the operator."""
    steps = json.loads(examples.LEAVES[name].sample((64, 64), seed=1).to_json())["steps"]
    columns = parameter_columns(steps)
    schema = schema_of([columns])
    seen = Counter()
    for step in steps:
        operator = step["op"].partition(".")[0]
        seen[operator] += 1
        for field in step.keys() - {"op", "seed"}:
            column = f"{operator}_{seen[operator]}_{field}"
            values = converted([columns[column]], schema.field(column).type)
            assert pa.array(values, schema.field(column).type).to_pylist() == [step[field]]


def test_steps_are_in_the_order_in_which_a_shuffled_draw_has_them():
    orders = {
        parameter_columns(preset("bsrgan").sample((64, 64), seed=seed).to_dict()["steps"])["steps"] for seed in range(9)
    }
    assert len(orders) > 5
    assert all(sorted(order.split()).count("kernel") == 2 for order in orders)


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1, 2], "int64", [1, 2]),
        ([1, 2.5], "double", [1.0, 2.5]),
        ([2.5, None], "double", [2.5, None]),
        (["a", "b"], "string", ["a", "b"]),
        ([True, False], "bool", [True, False]),
        ([True, 3], "string", ["true", "3"]),
        (["gray", [[1.0, 0.5]]], "string", ["gray", "[[1.0, 0.5]]"]),
        ([[1, 2], [0.5]], "list<item: double>", [[1.0, 2.0], [0.5]]),
        ([{"a": 1}, "b"], "string", ['{"a": 1}', "b"]),
        ([10**400, 1], "string", [str(10**400), "1"]),
        ([[1, "a"], [2]], "string", ['[1, "a"]', "[2]"]),
        ([["a"], [2]], "string", ['["a"]', "[2]"]),
        ([["a"], ["b", None]], "list<item: string>", [["a"], ["b", None]]),
        ([[{"a": 1}]], "string", ['[{"a": 1}]']),
        ([[[[[[1]]]]]], "string", ["[[[[[1]]]]]"]),
        ([[], [3]], "list<item: int64>", [[], [3]]),
    ],
)  # fmt: skip
def test_values_of_a_column_have_one_type(values, kind, expected, small_tiles, monkeypatch):
    from degradekit.dataset import parameters_table

    rows = [{"x_1_y": value} if value is not None else {} for value in values]
    monkeypatch.setattr(parameters_table, "pair_rows", lambda *_: iter(rows))
    column = parameters(small_tiles)["x_1_y"]
    assert str(column.type) == kind
    assert column.to_pylist() == expected


def test_columns_are_in_the_order_of_names_of_any_number_of_digits(small_tiles, monkeypatch):
    from degradekit.dataset import parameters_table

    digits = "9" * 5000  # more than Python turns into an integer
    names = ["x_1_y", "x_2_y", "x_10_y", f"x_{digits}_y"]
    monkeypatch.setattr(parameters_table, "pair_rows", lambda *_: iter([dict.fromkeys(reversed(names), 1)]))
    assert parameters(small_tiles).column_names[-4:] == names


@pytest.mark.parametrize("extension", ["parquet", "csv"])
def test_pandas_reads_the_files(extension, table, small_tiles, tmp_path, monkeypatch):
    monkeypatch.setattr("degradekit.dataset.parameters_table._BATCH_CELLS", 50 * table.num_columns)  # several batches
    file = tmp_path / f"table.{extension}"
    assert save_parameters(small_tiles, file) == table.shape
    read = pd.read_parquet(file) if extension == "parquet" else pd.read_csv(file, engine="pyarrow")
    assert pa.Table.from_pandas(read, table.schema, preserve_index=False).equals(table)


@pytest.mark.parametrize("name", KEEPING)
def test_every_format_has_the_same_table(name, exported, shards):
    assert parameters(exported[name]).equals(parameters(shards))


def test_a_split_is_taken_alone(small_pairs):
    assert parameters(small_pairs, "validation").column("split").to_pylist() == ["validation"] * 2
    assert parameters(small_pairs).num_rows == 4
    with pytest.raises(DatasetError, match=r"^split: unknown name 'valid'; known: .*; did you mean 'validation'\?"):
        parameters(small_pairs, "valid")


def test_operators_need_not_be_installed(small_pairs, tmp_path):
    edit = first_record(lambda data: data["steps"].append({"op": "fog.thick", "depth": 2.5}))
    foreign = parameters(forge(small_pairs, tmp_path / "foreign", rows=edit))
    assert foreign["fog_1_depth"].to_pylist()[:2] == [2.5, None]
    assert foreign["fog_1_kind"].to_pylist()[:2] == ["thick", None]
    assert foreign["steps"].to_pylist()[0].endswith(" fog")
    result = degradekit("inspect", tmp_path / "foreign", "--table", tmp_path / "table.csv")
    assert result.exit_code == 0, result.output
    assert "fog_1_depth" in (tmp_path / "table.csv").read_text()


@pytest.mark.parametrize(
    ("steps", "rule"),
    [
        ("none", "the record: steps: must be a list"),
        ([7], r"the record: steps\[0\]: must be a mapping with the text 'op'"),
        ([{"op": None}], r"the record: steps\[0\]: must be a mapping with the text 'op'"),
        ([{"op": "fog", **{f"field_{index}": index for index in range(100)}}], "at most 60 different fields"),
    ],
)  # fmt: skip
def test_records_that_are_none_are_refused_in_words(steps, rule, small_pairs, tmp_path, monkeypatch):
    monkeypatch.setattr("degradekit.dataset.pair_rows.MAX_COLUMNS", 60)
    forge(small_pairs, tmp_path / "hostile", rows=first_record(lambda data: data.update(steps=steps)))
    with pytest.raises(DatasetError, match=rule):
        parameters(tmp_path / "hostile")


def test_a_dataset_in_a_bucket_is_read(small_pairs, memory):
    export(small_pairs, f"{memory}/shards", "parquet", engine=IN_PROCESS)
    assert parameters(f"{memory}/shards").equals(parameters(small_pairs))


def test_inspect_writes_the_table(small_tiles, table, tmp_path):
    result = degradekit("inspect", small_tiles, "--table", tmp_path / "table.parquet")
    assert result.output.startswith(
        f"{tmp_path / 'table.parquet'}: {table.num_rows} rows, {table.num_columns} columns, "
    )
    assert pq.read_table(tmp_path / "table.parquet").equals(table)
    result = degradekit("inspect", small_tiles, "--table", tmp_path / "table.xlsx")
    assert "--table: must end in .csv or .parquet" in result.output


@pytest.mark.parametrize("option", ["--table", "--html", "--json"])
def test_a_url_is_no_folder_on_this_machine(option, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = degradekit("inspect", "shards", option, "s3://bucket/file.csv")
    assert "must be a path on this machine (got 's3://bucket/file.csv')" in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_shard_is_reported_once(small_tiles, tmp_path):
    shutil.copytree(small_tiles, tmp_path / "shards")
    for shard in (tmp_path / "shards" / "data").iterdir():
        shard.write_bytes(shard.read_bytes()[:1000])
    with pytest.raises(DatasetError) as refused:
        parameters(tmp_path / "shards")
    assert str(refused.value).count("shards: ") == str(refused.value).count("verify the dataset") == 1
