"""Uses of hostile datasets: each refuses in words what it cannot use, and touches nothing else."""

import base64
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hostile_parts import SECRET, Make
from small_datasets import IN_PROCESS
from terminal import HANG_SECONDS

from degradekit import DatasetError
from degradekit.dataset import Pairs, export, finalize, inspect, inspection_page, inspection_text, redegrade, verify

ALL = ("verify", "inspect", "export", "redegrade", "Pairs", "finalize")
"""The last one writes report and card anew."""
ROWS = ALL[:-1]
"""Those that read rows."""
READERS = ROWS[:-1]
"""Those that read rows of every format."""


def use(name: str, dataset: Path) -> str:
    """Use a dataset; return what the use has to say against it."""
    out = dataset.parent / f"out {name}"
    if name == "verify":
        return "\n".join(verify(dataset, sample=0, engine=IN_PROCESS).problems)
    if name == "inspect":
        inspection = inspect(dataset, most=20)
        page = inspection_page.html(inspection)
        assert base64.b64encode(SECRET).decode()[:20] not in page
        assert "\x1b" not in inspection_text.text(inspection) + page
    elif name == "export":
        export(dataset, out, "folder", engine=IN_PROCESS)
    elif name == "redegrade":
        redegrade(dataset, out, seed=1, engine=IN_PROCESS)
    elif name == "finalize":
        finalize(dataset)
    else:
        for split in ("train", "validation"):
            list(Pairs(dataset, split))
    return ""


@contextmanager
def ending_in_time() -> Iterator[None]:
    """Fail where a block hangs, as at a pipe, or at shards without end."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def hang(*_: object) -> None:
        pytest.fail("hangs")

    before = signal.signal(signal.SIGALRM, hang)
    signal.alarm(HANG_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def refuse(make: Make, base: Path, tmp_path: Path, uses: tuple[str, ...], rule: str) -> None:
    """Let every use have a dataset: these refuse it by the rule, the others use it or refuse it in words."""
    (tmp_path / "secret").write_bytes(SECRET)
    (tmp_path / "secret.png").write_bytes(SECRET)
    home = tmp_path / "a" / "b"
    home.mkdir(parents=True)
    make(base, home / "dataset")
    for each in ALL:
        try:
            with ending_in_time():
                problem = use(each, home / "dataset")
        except DatasetError as refusal:
            problem = str(refusal)
            assert problem.isprintable(), problem
        if each in uses:
            assert problem, each
            assert re.search(rule, problem), (each, problem)
    assert {path.name for path in tmp_path.iterdir()} == {"a", "secret", "secret.png"}
    assert {path.name for path in (tmp_path / "a").iterdir()} == {"b"}
    assert {path.name.split()[0] for path in home.iterdir()} <= {"dataset", "moved", "out"}
    assert (tmp_path / "secret").read_bytes() == SECRET
