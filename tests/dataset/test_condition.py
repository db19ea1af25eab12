"""Conditions on pairs, in SQL: which rows they match, and what is refused."""

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest

from degradekit import DatasetError
from degradekit.dataset.condition import FUNCTIONS, Condition
from degradekit.limits import MAX_LINE_BYTES

SCHEMA = pa.schema(
    {
        "key": pa.string(),
        "split": pa.string(),
        "shard": pa.string(),
        "row": pa.int64(),
        "tile_y": pa.int64(),
        "variant": pa.int64(),
        "scale": pa.int64(),
        "steps": pa.string(),
        "jpeg_1_quality": pa.int64(),
        "noise_1_kind": pa.string(),
        "noise_2_sigma": pa.float64(),
        "color_cast_1_gains": pa.list_(pa.float64()),
        "interlace_1_top_first": pa.bool_(),
        "resize_1_filter-width": pa.float64(),
    }
)
ROWS = [
    {"key": "a.png", "split": "train", "row": 0, "scale": 4, "steps": "kernel jpeg", "jpeg_1_quality": 30,
     "noise_1_kind": "gaussian", "color_cast_1_gains": [0.5, 1, 2.0], "resize_1_filter-width": 1},
    {"key": "b.png", "split": "train", "row": 1, "scale": 4, "steps": "jpeg sinc", "jpeg_1_quality": 50,
     "noise_2_sigma": 3},
    {"key": "c.png", "split": "test", "row": 2, "scale": 4, "steps": "kernel", "interlace_1_top_first": True},
]  # fmt: skip


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ("jpeg_1_quality < 40", [0]),
        ("JPEG_1_QUALITY < 40", [0]),
        ("jpeg_1_quality < '40'", [0]),
        ("not jpeg_1_quality < 40", [1]),
        ("jpeg_1_quality < 60 and noise_2_sigma is null", [0]),
        ("jpeg_1_quality is null\nor noise_2_sigma between 2.5 and 3", [1, 2]),
        ("noise_1_kind = 'gaussian'", [0]),
        ("\"noise_1_kind\" in ('gaussian', 'poisson')", [0]),
        ("steps like '%jpeg'", [0]),
        ("steps glob 'kernel*' and split = 'train'", [0]),
        ("color_cast_1_gains ->> 0 < 1", [0]),
        ("json_array_length(color_cast_1_gains) = 3", [0]),
        ("interlace_1_top_first", [2]),
        ('"resize_1_filter-width" = 1.0', [0]),
        ("key > 'a.png' and scale = 4 and row < 2 and shard is null and tile_y is null and variant is null", [1]),
        ("key = 'a;b' or key = '--' or key = ')' or row = 2", [2]),
        ("case when row = 1 then 0 else 1 end and row >= 0", [0, 2]),
        ("coalesce(jpeg_1_quality, 100) > 40", [1, 2]),
        ("row -'1'- 1 = 0", [2]),
    ],
)
def test_a_condition_matches_the_rows_for_which_it_is_true(where, rows):
    condition = Condition(where, SCHEMA)
    assert condition.matching(ROWS) == rows
    assert [index for index, row in enumerate(ROWS) if condition.matching([row])] == rows  # each by itself


@pytest.mark.parametrize(
    ("where", "rule"),
    [
        ("jpeg_1_qualty < 40", "unknown column 'jpeg_1_qualty'; .*; did you mean 'jpeg_1_quality'"),
        ('noise_1_kind = "gaussian"', "has no column 'gaussian'; put text in single quotes, 'so'"),
        ("jpeg_1_quality <", r"must be what follows WHERE in SQL \(something is missing at its end\)"),
        ("", r"must be what follows WHERE in SQL \(something is missing at its end\)"),
        ("(row <) and row > 2", r"must be what follows WHERE in SQL \(near"),
        ("key = 'a\n", "must be what follows WHERE in SQL"),
        ("row = ?", "must be what follows WHERE in SQL"),
        ("min(row) = 0", "must be what follows WHERE in SQL .*misuse of aggregate"),
        ("row in pairs", "must be what follows WHERE in SQL"),
        ("row < 5 limit 1", "must be what follows WHERE in SQL"),
        ("row = 1) limit (1", "must close each parenthesis that it opens"),
        ("row = 1) or (1 = 1", "must close each parenthesis that it opens"),
        ("(row = 1", "must close each parenthesis that it opens"),
        ("row = 1 /*", "must be one condition, without comments"),
        ("row = 1 -- so", "must be one condition, without comments"),
        ("row = 1; drop table pairs", "must be one condition, without comments"),
        ("1 = 1", "must name a column"),
        ("1 in pairs", "without a query inside"),
        ("row in (select 1)", "without a query inside"),
        ("row in (values (1))", "without a query inside"),
        ("exists (select 1 from sqlite_master) and row", "without a query inside"),
        ("rowid = 1 and row", "without a query inside"),
        ("[#] = 1", "has no column '#'"),
        ("random() > 0 and row", "may call abs, .*, not random"),
        ("load_extension('x') and row", "may call abs, .*, not load_extension"),
        ("current_time > row", "may call abs, .*, not current_time"),
        ("count(*) > row", "may call abs, .*, not count"),
        ("printf('%1000000d', row)", "may call abs, .*, not printf"),
        ("row = 1\x00", "must be of printable characters"),
        ("key = '\x1b[2J'", "must be of printable characters"),
        ("key = '\ud800'", "must be of printable characters"),
        ("row = 1" + " or row = 1" * 1000, "must have at most 10000 characters"),
        (7, "must be text"),
    ],
)
def test_what_is_no_condition_on_a_row_is_refused(where, rule):
    with pytest.raises(DatasetError, match=f"^where: .*{rule}") as refusal:
        Condition(where, SCHEMA).matching(ROWS)
    assert str(refusal.value).isprintable()


def test_a_condition_that_a_value_breaks_is_refused_in_words():
    with pytest.raises(DatasetError, match=r"^where: must be what follows WHERE in SQL .*malformed JSON"):
        Condition("json_extract(key, '$[0]') = 1", SCHEMA).matching(ROWS)


def test_lists_of_the_longest_records_are_looked_at_and_longer_text_is_refused_in_words():
    accents = "\u00e9" * (MAX_LINE_BYTES // 2)
    assert Condition("color_cast_1_gains is null", SCHEMA).matching([{"color_cast_1_gains": [accents]}, {}]) == [1]
    with pytest.raises(DatasetError, match=r"^where: must look at text of at most 4\.2 MB, which a row exceeds"):
        Condition("key is null", SCHEMA).matching([{"key": "a" * (4 * MAX_LINE_BYTES + 1)}])


def test_a_condition_is_used_from_any_thread():
    condition = Condition("row = 1", SCHEMA)
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(condition.matching, ROWS).result() == [1]


def test_columns_that_sql_cannot_distinguish_are_refused():
    with pytest.raises(DatasetError, match=r"^where: must be what follows WHERE in SQL .*duplicate column"):
        Condition("fog_1_depth > 1", pa.schema({"fog_1_depth": pa.int64(), "fog_1_Depth": pa.int64()}))


@pytest.mark.parametrize("function", [name for name in FUNCTIONS if name.isidentifier()])
def test_the_functions_that_may_be_called_are_there(function):
    arguments = {
        "glob": "'a*', key",
        "like": "'a%', key",
        "json_extract": "'[1]', '$[0]'",
        "json_array_length": "'[1]'",
    }
    two = ("coalesce", "ifnull", "instr", "max", "min", "nullif", "substr")
    values = arguments.get(function, "row, 2" if function in two else "row")
    Condition(f"{function}({values}) is null or row = 0", SCHEMA).matching(ROWS)
