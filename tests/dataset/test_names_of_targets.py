"""Targets with names that a library could take for something else than a folder."""

import os
from pathlib import Path

import pytest
from small_datasets import BICUBIC, IN_PROCESS, KEEPING, TILE, contents

from degradekit.dataset import Pairs, export, inspect, synthesize, verify

NAMES = [
    "~/a",
    "~root",
    "file:a",
    "s3:/bucket/a",
    "hdfs:a",
    "a?b=c#d",
    "%41",
    "{a}",
    "a\nb\t",
    "-a",
    "é\U0001f600 ",
    "*",
]


@pytest.mark.parametrize("name", [*NAMES, os.fsdecode(b"undecodable-\xff")], ids=ascii)
def test_a_name_is_a_folder_and_nothing_else(name, tmp_path, put, monkeypatch):
    """Arrow takes some texts for URLs or for a home, and others not at all."""
    put(tmp_path / "photos" / "a.png")
    synthesize(tmp_path / "photos", tmp_path / "plain", BICUBIC, TILE, engine=IN_PROCESS)
    for part in ("data", "meta"):
        (tmp_path / "home" / "a" / part).mkdir(parents=True)
    (tmp_path / "current").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "current")
    try:
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).mkdir()
    except OSError:
        pytest.skip("this file system has no such names")
    synthesize(tmp_path / "photos", name, BICUBIC, TILE, engine=IN_PROCESS)
    assert contents(Path(name)) == contents(tmp_path / "plain")
    assert not contents(tmp_path / "home")
    assert not verify(name, sample=1, engine=IN_PROCESS).problems
    assert [pair.key for pair in Pairs(name)] == ["photos/a.png"]
    assert inspect(name).report.photos == 1
    for other in KEEPING[1:]:
        export(name, f"{name}-{other}", other, engine=IN_PROCESS)
        assert not verify(f"{name}-{other}", sample=1, engine=IN_PROCESS).problems
