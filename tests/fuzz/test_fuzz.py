"""Damaged and hostile things by the hundred, and each night by the thousand: used, or refused in words.

A failure names kind, seed and index of each case; `tests/fuzz/fuzz_process.py` repeats one.
"""

import datetime
import os
from collections.abc import Iterator

import pytest
from fuzz_client import FuzzClient
from kinds import KINDS

NIGHTLY = {
    "pictures": 14_000, "records": 12_000, "recipes": 10_000, "datasets": 6_000, "weights": 5_000, "configs": 3_000,
}  # fmt: skip
CASES_PER_TEST = 500
FEW = {"pictures": 80, "records": 50, "recipes": 40, "datasets": 24, "weights": 20, "configs": 30}


@pytest.fixture(scope="session")
def fuzz_client(tmp_path_factory) -> Iterator[FuzzClient]:
    client = FuzzClient(tmp_path_factory.mktemp("fuzz"))
    yield client
    client.close()


def check(client: FuzzClient, kind: str, seed: str, first: int, count: int) -> None:
    if kind in ("weights", "configs"):
        pytest.importorskip("torch")
    failures, taken = client.failures(kind, seed, first, count)
    assert not failures, "\n".join([f"{len(failures)} uses of {count} cases are wrong:", *failures])
    assert taken >= count / 20, "nearly all of it is refused, so that little is tested"


def test_the_suites_add_up_to_50_000_cases():
    assert NIGHTLY.keys() == FEW.keys() == KINDS.keys()
    assert sum(NIGHTLY.values()) == 50_000


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_thing_is_used_or_refused_in_words(kind, fuzz_client):
    check(fuzz_client, kind, "0", 0, FEW[kind])


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("kind", "first"), [(kind, first) for kind, count in NIGHTLY.items() for first in range(0, count, CASES_PER_TEST)]
)
def test_damaged_things_by_the_thousand(kind, first, fuzz_client):
    seed = os.environ.get("FUZZ_SEED", datetime.datetime.now(datetime.UTC).date().isoformat())
    check(fuzz_client, kind, seed, first, CASES_PER_TEST)
