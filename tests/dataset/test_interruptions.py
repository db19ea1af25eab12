"""Builds that are interrupted resume and end the same."""

import shutil
import subprocess
import sys
import time

import pytest
from small_datasets import IN_PROCESS, OPTIONS, RECIPE, contents, degradekit, refused, temporaries
from terminal import start, wait_for_group

from degradekit.dataset import synthesize
from degradekit.dataset.shard import BuildShard
from degradekit.dataset.sources.paths import PathSource
from degradekit.storage import Folder


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_workers_end_with_a_parent_that_is_killed(photos, tmp_path):
    arguments = [photos, tmp_path / "shards", "--tile", 96, "--step", 2, "--variants", 9, "--shard-size", 1]
    command = [sys.executable, "-m", "degradekit_cli", "synth", *arguments, "--workers", 2]
    process = start(command, stdout=subprocess.DEVNULL)
    while not list(tmp_path.glob("shards/data/*.tmp")):
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    wait_for_group(process)


def test_ctrl_c_keeps_finished_shards_and_says_how_to_go_on(photos, shards, tmp_path, monkeypatch):
    """Here between two photos of the second shard; test_synth_command sends the signal to a process."""
    target, add, done = tmp_path / "shards", BuildShard._add, []

    def press(build: BuildShard, source: PathSource, writer, on_progress) -> None:
        add(build, source, writer, on_progress)
        done.append(source)
        if len(done) == 3:
            raise KeyboardInterrupt

    arguments = ["synth", photos, target, "--order", 2, "--tile", 96, "--step", 80, "--variants", 3, "--seed", 5]
    arguments += ["--shard-size", 2, "--workers", 0]
    with monkeypatch.context() as patched:
        patched.setattr(BuildShard, "_add", press)
        stopped = degradekit(*arguments)
    assert stopped.exit_code == 130
    assert stopped.stderr.endswith(
        "2 of 5 photos stay in finished shards; the work on 1 other photo, of unfinished shards, is lost\n"
        "stopped; run the same command again to resume from the last finished shard\n"
    )
    assert not temporaries(target)
    assert contents(target).keys() == {
        "data/train-00000-of-00003.parquet",
        "meta/shards/train-00000-of-00003.json",
        "meta/plan.json",
        "meta/photos.parquet",
    }
    assert degradekit(*arguments).exit_code == 0
    assert contents(target) == contents(shards)


def test_an_interrupted_build_goes_on_and_ends_the_same(shards, photos, tmp_path):
    target = tmp_path / "shards"
    shutil.copytree(shards, target)
    whole = contents(target)
    (target / "README.md").unlink()
    (target / "meta" / "report.json").unlink()
    (target / "meta" / "shards" / "train-00001-of-00003.json").unlink()
    (target / "data" / "train-00001-of-00003.parquet").write_bytes(b"half")
    (target / "data" / "train-00002-of-00003.parquet.0123abcd.tmp").write_bytes(b"leftover")
    outcome = synthesize(photos, target, RECIPE, OPTIONS, engine=IN_PROCESS)
    assert contents(target) == whole
    assert 0 < outcome.built_pairs < sum(outcome.report.pairs.values())
    assert synthesize(photos, target, RECIPE, OPTIONS, engine=IN_PROCESS).built_pairs == 0


def test_a_second_build_into_the_same_target_is_refused_while_the_first_runs(photos, shards, tmp_path):
    shutil.copytree(shards, tmp_path / "shards")
    with Folder.of(tmp_path / "shards").locked() as alone:
        assert alone
        refused("another build is running there", photos, tmp_path / "shards", RECIPE, OPTIONS)
    assert synthesize(photos, tmp_path / "shards", RECIPE, OPTIONS, engine=IN_PROCESS).built_pairs == 0


@pytest.mark.parametrize("damage", ["data", "short", "manifest"])
def test_shards_that_are_not_as_their_manifest_says_are_built_again(damage, photos, shards, tmp_path):
    target = tmp_path / "shards"
    shutil.copytree(shards, target)
    whole = contents(target)
    file = target / "data" / "train-00001-of-00003.parquet"
    if damage == "data":
        file.unlink()
    elif damage == "short":
        file.write_bytes(file.read_bytes()[:-10])
    else:
        (target / "meta" / "shards" / "train-00001-of-00003.json").write_text("{")
    assert synthesize(photos, target, RECIPE, OPTIONS, engine=IN_PROCESS).built_pairs > 0
    assert contents(target) == whole


@pytest.mark.slow
def test_a_script_without_a_guard_is_refused_with_the_cure(photos, tmp_path):
    """Each worker imports it again, and would start workers of its own."""
    script = tmp_path / "script.py"
    script.write_text(
        "from degradekit import HighOrder\nfrom degradekit.dataset import LocalEngine, synthesize\n"
        f"synthesize({str(photos)!r}, {str(tmp_path / 'shards')!r}, HighOrder(), engine=LocalEngine(workers=2))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("Traceback") == 1
    assert "each process imports the script again" in done.stderr.splitlines()[-1]
    assert '`if __name__ == "__main__":`, or with workers=0' in done.stderr.splitlines()[-1]
    assert not (tmp_path / "shards").exists()
