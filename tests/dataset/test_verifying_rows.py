"""`verify` notices rows that are not those that were written."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from small_datasets import IN_PROCESS, forge_digests, forge_rows
from small_datasets import rows as all_rows

from degradekit import Degradation
from degradekit.dataset import verify
from degradekit.dataset.pictures import decode, encode

SHARD = "train-00001-of-00003"
DATA = f"data/{SHARD}.parquet"


def rewrite(target: Path, change: Callable[[list[dict]], object], forge: bool = False) -> None:
    """Change a shard's rows, and its manifest with them as a forger would: size and hash, with `forge` all of it."""
    forge_rows(target, SHARD, change)
    if forge:
        forge_digests(target, SHARD)


def test_an_lr_that_another_replaced(copy):
    rewrite(copy, lambda rows: rows[1].update(lr=rows[0]["lr"]))
    row = pq.read_table(copy / DATA).to_pylist()[1]
    problems = verify(copy, sample=0, engine=IN_PROCESS).problems
    assert problems == (f"{DATA}: the rows of {row['key']!r} are not those that were written",)
    derived = set(verify(copy, sample=1.0, engine=IN_PROCESS).problems) - set(problems)
    assert len(derived) == 1
    assert f"{DATA}: {row['key']}@" in min(derived)
    assert min(derived).endswith("pixels of the LR differ")


def test_only_making_the_lr_again_finds_a_forger_who_fixes_all_hashes(copy):
    def brighten(stored_rows: list[dict]) -> None:
        pixels = decode(stored_rows[1]["lr"]["bytes"]).copy()
        pixels[3, 4] ^= 1
        stored_rows[1]["lr"]["bytes"] = encode(pixels, "png")

    rewrite(copy, brighten, forge=True)
    assert verify(copy, sample=0, engine=IN_PROCESS).problems == ()
    (problem,) = verify(copy, sample=1.0, engine=IN_PROCESS).problems
    assert problem.endswith(", variant 1: 1 pixel of the LR differs")


@pytest.mark.parametrize("encoding", ["png", "uncompressed png"])
def test_an_hr_that_cannot_be_decoded_is_one_problem_with_the_variants_that_share_it(encoding, copy, capfd):
    hr = pq.read_table(copy / DATA)["hr"][0]["bytes"].as_py()
    damaged = bytearray(encode(decode(hr), encoding))
    damaged[len(damaged) // 2] ^= 1

    def damage(rows: list[dict]) -> None:
        for row in rows:
            if row["hr"]["bytes"] == hr:
                row["hr"]["bytes"] = bytes(damaged)

    rewrite(copy, damage)
    verification = verify(copy, sample=0, engine=IN_PROCESS)
    (problem,) = verification.problems
    key = re.escape(pq.read_table(copy / DATA)["key"][0].as_py())
    assert re.fullmatch(
        rf"{DATA}: {key}@.*, variants 0, 1 and 2: the HR cannot be decoded: its data is damaged", problem
    )
    assert verification.pairs == len(all_rows(copy))
    assert verification.damaged == (DATA,)
    assert capfd.readouterr() == ("", ""), "a library has written a line of its own"


def _other_seed(record: str) -> str:
    data = json.loads(record)
    step = next(step for step in data["steps"] if "seed" in step)
    step["seed"] += 1
    return Degradation.from_json(json.dumps(data)).to_json()


def _other_size(record: str) -> str:
    return json.dumps(json.loads(record) | {"size": [92, 96]}, separators=(",", ":"))


@pytest.mark.parametrize(
    ("change", "problem_start"),
    [
        (_other_size, r"the HR must have the size of its record, 96 x 92 \(got 96 x 96\)"),
        (lambda record: record[:-1], r"the record: must be JSON"),
        (lambda record: record.replace('"scale":4', '"scale":true'), r"the record: scale: must be an integer"),
        (lambda record: record.replace('"scale":4', '"scale":2'), r"the record must have the row's scale, 4 \(got 2\)"),
    ],
)
def test_a_record_that_contradicts_its_row_is_named_without_making_the_lr_again(change, problem_start, copy):
    rewrite(copy, lambda rows: rows[0].update(degradation=change(rows[0]["degradation"])))
    (problem,) = verify(copy, sample=0, engine=IN_PROCESS).problems
    assert re.match(rf"{DATA}: .*, variant 0: {problem_start}", problem)


def test_only_making_the_lr_again_finds_a_record_of_other_draws_if_all_hashes_are_forged(copy):
    index = next(n for n, row in enumerate(pq.read_table(copy / DATA).to_pylist()) if '"seed"' in row["degradation"])
    rewrite(copy, lambda rows: rows[index].update(degradation=_other_seed(rows[index]["degradation"])))
    assert len(verify(copy, sample=0, engine=IN_PROCESS).problems) == 1
    rewrite(copy, lambda _: None, forge=True)
    assert verify(copy, sample=0, engine=IN_PROCESS).problems == ()
    (problem,) = verify(copy, sample=1.0, engine=IN_PROCESS).problems
    assert re.match(rf"{DATA}: .*, variant \d: \d+ pixels? of the LR differs?", problem)


@pytest.mark.parametrize("change", ["last row gone", "first photo gone", "key", "variant", "tile"])
def test_rows_that_are_gone_or_tell_of_something_else(change, copy):
    def apply(stored_rows: list[dict]) -> None:
        if change == "last row gone":
            stored_rows.pop()
        elif change == "first photo gone":
            stored_rows[:] = [row for row in stored_rows if row["key"] != stored_rows[0]["key"]]
        elif change == "tile":
            stored_rows[0]["tile"]["x"] += 1
        else:
            stored_rows[0].update({"key": "photos/other.png"} if change == "key" else {"variant": 7})

    rewrite(copy, apply)
    problems = verify(copy, sample=0, engine=IN_PROCESS).problems
    if change == "variant":
        (problem,) = problems
        assert problem.endswith(", variant 7: the plan has 3 variants of each tile")
    else:
        assert f"{DATA}: the rows of " in problems[-1]
    if change == "first photo gone":
        assert problems[0].endswith("are missing")
