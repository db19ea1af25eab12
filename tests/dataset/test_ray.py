"""Ray as the engine: a local one, and a cluster that loses a node."""

import contextlib
import importlib.util
import os
import subprocess
import sys
import time

import pytest
from small_datasets import OPTIONS, RECIPE, Recorder, contents, temporaries
from terminal import HANG_SECONDS

from degradekit import DatasetError
from degradekit.dataset import RayEngine, synthesize

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs the extra `ray`"),
    pytest.mark.skipif(sys.platform != "linux", reason="needs a second loopback address for the cluster"),
]
ADDRESS = "127.0.0.2"  # Ray takes 127.0.0.1 for the machine's outer address
ENVIRONMENT = {
    "RAY_AUTH_MODE": "disabled",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_memory_monitor_refresh_ms": "0",  # other programs may fill the memory or the disk of the machine
    "RAY_local_fs_capacity_threshold": "1",
    "RAY_gcs_server_request_timeout_seconds": str(HANG_SECONDS),
    "RAY_worker_register_timeout_seconds": str(HANG_SECONDS),
}
TRIES = 20
"""How often Ray is started at most: it gives its processes 30 s, whatever else the machine has to do."""
START = f"""
def start(make):
    for _ in range({TRIES} - 1):
        try:
            return make()
        except Exception as error:
            if "timed out" not in str(error):
                raise
            ray.shutdown()
    return make()
"""
ARGUMENTS = ["--tile", "96", "--step", "20", "--variants", "3", "--seed", "5", "--shard-size", "1"]


@pytest.fixture
def cluster(monkeypatch):
    """Two nodes of one processor each, in a process of their own so that no thread of theirs stays in the tests'."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    code = f"""
import sys
import ray
from ray.cluster_utils import Cluster
{START}
node = {{"num_cpus": 1, "node_ip_address": "{ADDRESS}"}}
cluster = start(lambda: Cluster(initialize_head=True, head_node_args=node | {{"include_dashboard": False}}))
other = start(lambda: cluster.add_node(**node))
print("ADDRESS", cluster.address, flush=True)
sys.stdin.readline()
cluster.remove_node(other, allow_graceful=False)
print("KILLED", flush=True)
sys.stdin.readline()
cluster.shutdown()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    yield process
    with contextlib.suppress(BrokenPipeError):
        process.communicate("\n\n", timeout=HANG_SECONDS)


def wait_for(process, word):
    for line in process.stdout:
        if line.startswith(word):
            return line.split()[-1]
    raise AssertionError(f"the cluster ended before it said {word}")


def test_a_ray_of_this_machine_gives_the_same_bytes(photos, shards, tmp_path, monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    recorder = Recorder()
    for tries_left in reversed(range(TRIES)):
        try:
            synthesize(photos, tmp_path / "shards", RECIPE, OPTIONS, engine=RayEngine(workers=2), progress=recorder)
            break
        except DatasetError as error:
            if not tries_left or "Ray cannot be started" not in str(error):
                raise
    assert contents(tmp_path / "shards") == contents(shards)
    assert sum(recorder.done) == 5


def test_a_build_that_fails_in_the_callers_own_ray_leaves_none_of_its_tasks_running(photos, tmp_path, monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    code = f"""
import time
from pathlib import Path
import ray
from degradekit import HighOrder
from degradekit.dataset import Options, Progress, RayEngine, synthesize

class Fails(Progress):
    def advance(self, photos):
        raise RuntimeError("enough")

photos, target = {str(photos)!r}, Path({str(tmp_path / "shards")!r})
{START}
start(lambda: ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False))
try:
    options = Options(tile=96, step=4, variants=9, shard_size=1)
    synthesize(photos, target, HighOrder(), options, engine=RayEngine(), progress=Fails())
except RuntimeError:
    before = sorted(target.rglob("*"))
while ray.available_resources().get("CPU") != 2:  # which Ray knows a little later
    time.sleep(0.1)
print(sorted(target.rglob("*")) == before)
ray.shutdown()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "True\n", done.stderr
    assert not temporaries(tmp_path)


def test_a_cluster_that_loses_a_node_midway_gives_the_same_bytes(cluster, photos, tmp_path):
    address = wait_for(cluster, "ADDRESS")
    command = [sys.executable, "-m", "degradekit_cli", "synth", str(photos)]
    local = [*command, str(tmp_path / "local"), *ARGUMENTS, "--workers", "0"]
    subprocess.run(local, check=True, capture_output=True)
    ray = [*command, str(tmp_path / "ray"), *ARGUMENTS, "--engine", "ray", "--address", address]
    build = subprocess.Popen(
        ray, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | ENVIRONMENT
    )
    while build.poll() is None and not list(tmp_path.glob("ray/meta/shards/*.json")):
        time.sleep(0.01)
    assert build.poll() is None, build.communicate()
    cluster.stdin.write("\n")
    cluster.stdin.flush()
    wait_for(cluster, "KILLED")
    output, errors = build.communicate(timeout=HANG_SECONDS)
    assert build.returncode == 0, errors
    assert "5 photos" in output
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("127.0.0.2:1", r"address: cannot connect to a Ray cluster: timed out \(got '127.0.0.2:1'\)"),
        (None, "engine: Ray cannot be started on this machine: timed out"),
    ],
)
def test_a_ray_that_does_not_answer_gets_a_sentence(address, words, photos, tmp_path, monkeypatch):
    def late(**_):
        raise Exception("timed out")  # as Ray does

    monkeypatch.setattr(importlib.import_module("ray"), "init", late)
    with pytest.raises(DatasetError, match=f"^{words}$"):
        synthesize(photos, tmp_path / "shards", RECIPE, OPTIONS, engine=RayEngine(address=address))
    assert not (tmp_path / "shards").exists()
