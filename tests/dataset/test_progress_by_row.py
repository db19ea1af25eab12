"""Progress moves by row, and work stops at the next row."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from small_datasets import IN_PROCESS, OPTIONS, RECIPE, Recorder, degradekit

from degradekit.dataset import export, redegrade, synthesize, verify
from degradekit.dataset.engines import processes
from degradekit.dataset.engines.processes import ProcessWorkers
from degradekit.dataset.progress import OnProgress, TaskProgress
from degradekit.dataset.tiles import Grid

WORK = {
    "synthesize": lambda folders, **how: synthesize(folders["photos"], folders["new"], RECIPE, OPTIONS, **how),
    "redegrade": lambda folders, **how: redegrade(folders["shards"], folders["new"], RECIPE, variants=2, **how),
    "export": lambda folders, **how: export(folders["shards"], folders["new"], "webdataset", **how),
    "verify": lambda folders, **how: verify(folders["shards"], sample=0, **how),
}


@pytest.mark.parametrize("work", WORK)
def test_progress_comes_in_parts_of_photos_that_add_up_to_all_of_them(work, photos, shards, tmp_path):
    recorder, folders = Recorder(), {"photos": photos, "shards": shards, "new": tmp_path / "new"}
    WORK[work](folders, engine=IN_PROCESS, progress=recorder)
    assert recorder.started == [sum(recorder.done)] == [5]
    assert len(recorder.done) > 10
    assert min(recorder.done) > 0


def test_tiles_that_are_left_out_count_as_done(photos, tmp_path):
    recorder, options = Recorder(), replace(OPTIONS, min_detail=400)
    synthesize(photos, tmp_path / "shards", RECIPE, options, engine=IN_PROCESS, progress=recorder)
    assert sum(recorder.done) == 5
    assert len(recorder.done) > 10


def test_advances_add_up_exactly():
    done: list[float] = []
    progress = TaskProgress(done.append)
    for part in range(1, 3 * 49 + 1):
        progress.reach(part / 49)
    progress.reach(1)
    assert sum(done) == 3
    assert min(done) > 0


@pytest.mark.parametrize("size", [(50, 70), (96, 96), (97, 200), (401, 300)])
@pytest.mark.parametrize("grid", [Grid(96, 80, 4), Grid(96, 80, 4, keep_small=True), Grid(0, 80, 4)])
def test_tiles_are_counted_before_they_are_cut(size, grid):
    assert grid.count(size) == len(list(grid.tiles(size)))


@dataclass(frozen=True)
class Endless:
    """A task that never ends, and marks that it is within a piece of work, and that it was stopped between two."""

    mark: Path
    piece_seconds: float
    photos: int = 10**9

    def run(self, on_progress: OnProgress) -> None:
        try:
            for piece in range(self.photos):
                on_progress(piece)
                self.mark.with_suffix(".begun").touch()
                time.sleep(self.piece_seconds)
        finally:
            self.mark.touch()


def stop_when_begun(task: Endless, *others: Endless) -> None:
    """Run tasks in processes of their own, and stop them once one of them is within a piece of work."""

    def stop(_: float) -> None:
        if task.mark.with_suffix(".begun").exists():
            raise KeyboardInterrupt

    with ProcessWorkers(1 + len(others)) as workers:
        running = [each.process for each in workers._processes]
        with pytest.raises(KeyboardInterrupt):
            list(workers.run([task, *others], None, stop))
    assert not any(process.is_alive() for process in running)


def test_a_process_stops_at_its_next_row(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "_STOP_SECONDS", 3600.0)  # on a busy machine the next row may be late
    stop_when_begun(Endless(tmp_path / "quick", 0.01))
    assert (tmp_path / "quick").exists()


def test_a_process_whose_next_row_is_far_stops_by_force(tmp_path):
    """Were it not for the force, this would take an hour; the other process reports progress meanwhile."""
    stop_when_begun(Endless(tmp_path / "slow", 3600.0), Endless(tmp_path / "quick", 0.01))
    assert not (tmp_path / "slow").exists()


def test_a_check_that_is_stopped_says_how_far_it_was(shards, monkeypatch):
    monkeypatch.setattr("degradekit.dataset.checking._Rows.photo", lambda *_: _press())
    stopped = degradekit("verify", shards, "--workers", 0)
    assert stopped.exit_code == 130
    assert stopped.stderr == (
        "0 of 5 photos were checked, with 0 problems in the shards that were read whole\nstopped\n"
    )


def _press() -> None:
    raise KeyboardInterrupt
