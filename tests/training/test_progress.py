"""Progress that a run shows."""

import contextlib
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import warnings
from dataclasses import replace
from typing import ClassVar

import pytest

torch = pytest.importorskip("torch")

from checkpoints import checkpoint, ignore_line
from degradekit_models.config import Config
from degradekit_models.loading import Batches, load_patches
from degradekit_models.patches import Patches
from degradekit_models.progress import Progress
from degradekit_models.train import fit


def test_the_first_iteration_has_a_line_of_its_own(net, tmp_path):
    lines = []
    fit(replace(net, iterations=3, log_every=100, val_images=0), tmp_path, lines.append)
    assert [line.split()[0] for line in lines] == ["x4", "1/3", "3/3"]
    assert re.search(r"  l1 0\.\d+  \d+\.\d [GM]B  \S+ s/it  \S+ it/s  \S+ pairs/s  0:00:\d\d left$", lines[1])
    rows = (tmp_path / "log.csv").read_text().splitlines()
    assert [row.split(",")[:2] for row in rows[1:]] == [["3", "l1"]]  # the mean of all three


def test_a_run_reports_what_it_prepares_and_each_iteration(net, tmp_path):
    class Recorded(Progress):
        calls: ClassVar[list[str]] = []

        def prepare(self, task: str) -> None:
            self.calls.append(task)

        def start(self, iteration: int, iterations: int) -> None:
            self.calls.append(f"{iteration} of {iterations}")

        def advance(self, describe) -> None:
            self.calls.append(describe().split("  ")[0][:5])

    fit(replace(net, iterations=1, val_images=0), tmp_path, ignore_line)
    fit(replace(net, iterations=3, val_images=0), tmp_path, ignore_line, Recorded())
    *prepared, start, first, second = Recorded.calls
    assert prepared[0] == "reading the datasets"
    assert prepared[-1] == "reading the pairs to validate on"
    assert (start, first, second) == ("1 of 3", "l1 0.", "l1 0.")


def test_more_readers_than_processors_are_started_without_a_warning(training_shards, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    patches = Patches((training_shards,), 32, seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(list(load_patches(patches, Batches(0, 1, 2), workers=2, pin=False))) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs terminals of POSIX")
def test_a_terminal_shows_a_bar_whole_lines_and_that_a_request_to_stop_was_received(net, tmp_path):
    import pty
    import termios

    config: Config = replace(net, iterations=100_000, val_images=0, log_every=7)
    (tmp_path / "c.yaml").write_text(config.to_yaml())
    command = [sys.executable, "-m", "degradekit_cli", "train", "net", "--config", str(tmp_path / "c.yaml")]
    terminal, inner = pty.openpty()
    termios.tcsetwinsize(inner, (24, 100))
    with subprocess.Popen([*command, "--output", str(tmp_path / "run")], stdout=inner, stderr=inner) as process:
        os.close(inner)
        shown, asked = b"", False
        with contextlib.suppress(OSError):  # at the end
            while part := os.read(terminal, 4096):
                shown += part
                if not asked and b"\r7/100000" in shown:
                    process.send_signal(signal.SIGINT)
                    asked = True
    os.close(terminal)
    reached = checkpoint(tmp_path / "run")["iteration"]
    assert process.returncode == 130
    texts = shown.decode().replace("\r", "\n").split("\n")
    assert any(re.search(r"\| \d+/100000 \[.*(it/s|s/it), l1 0\.\d+  \d+\.\d [GM]B\]", text) for text in texts)
    assert len([text for text in texts if text.endswith(" left")]) == 1 + reached // 7
    assert any(text.startswith("stopping after this iteration") for text in texts)
    assert f"stopped after iteration {reached}, which is saved; the same command resumes the run" in texts


def test_workers_end_where_a_line_cannot_be_written(net, tmp_path):
    def write(line):
        if line.startswith("1/"):
            raise OSError("the terminal is closed")

    before = set(multiprocessing.active_children())
    with pytest.raises(OSError, match="the terminal is closed") as kept:
        fit(replace(net, workers=1), tmp_path / "run", write)
    assert set(multiprocessing.active_children()) <= before, f"{kept} keeps the workers"
