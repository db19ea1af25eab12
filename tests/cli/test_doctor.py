"""`degradekit doctor`, in installations with faults."""

import json
import os
import re
import shutil
import sys
from importlib import metadata
from types import SimpleNamespace

import pytest
from terminal import degradekit_in_process

from degradekit import extras
from degradekit.functional import machine_code as numbas
from degradekit_cli.checkup import caches, machine, packages
from degradekit_cli.checkup.findings import Finding, run


def only(check) -> Finding:
    (finding,) = run("it", check)
    return finding


def without(monkeypatch, *names: str, error: str = "No module named 'it'") -> None:
    """Let the imports of modules fail, as where a package or a library of the system is missing."""
    actual = packages.import_module

    def import_module(name: str):
        if name in names:
            raise ImportError(error)
        return actual(name)

    monkeypatch.setattr(packages, "import_module", import_module)


def with_packages(monkeypatch, **installed: str) -> None:
    """Let only these packages be installed, with underscores for hyphens."""

    def version(name: str) -> str:
        if (known := installed.get(name.replace("-", "_"))) is None:
            raise metadata.PackageNotFoundError(name)
        return known

    monkeypatch.setattr(packages, "version", version)
    monkeypatch.setattr(extras, "version", version)


@pytest.fixture
def healthy(monkeypatch):
    """Findings of three kinds, in place of this machine's."""

    def install(*states: str) -> None:
        made = {
            str(index): lambda state=state: [Finding("it", state, "text", "cure")] for index, state in enumerate(states)
        }
        monkeypatch.setattr("degradekit_cli.checkup.checks._CHECKS", made)

    return install


@pytest.mark.parametrize(("states", "status"), [((), 0), (("ok", "note"), 0), (("ok", "problem", "ok"), 1)])
def test_the_exit_status_is_that_of_the_worst_finding(states, status, healthy, tmp_path):
    healthy(*states)
    done = degradekit_in_process("doctor", "--json", "report.json", cwd=tmp_path)
    assert done.returncode == status
    assert [line.split()[0] for line in done.stdout.splitlines() if "cure" not in line] == [*states]
    report = json.loads((tmp_path / "report.json").read_text())
    expected = [{"subject": "it", "state": state, "text": "text", "advice": "cure"} for state in states]
    assert report["findings"] == expected
    assert report["degradekit"] == metadata.version("degradekit")


def test_every_subject_of_this_machine_is_looked_at_and_none_is_a_problem():
    done = degradekit_in_process("doctor")
    for subject in ("Python", "libraries", "OpenCV", "codecs", "machine code", "memory", "disk", "torch", "extras"):
        assert f" {subject} " in done.stdout
    assert done.returncode == 0, done.stdout


def test_a_check_that_fails_is_a_problem_and_ends_no_other():
    def broken():
        yield Finding("it", "ok", "so far")
        raise SystemError("a broken package")

    assert [finding.state for finding in run("it", broken)] == ["ok", "problem"]
    assert "SystemError: a broken package" in list(run("it", broken))[1].text


def test_the_version_is_a_line_of_its_own_and_those_of_the_packages_follow():
    first, second, *others = degradekit_in_process("--version").stdout.splitlines()
    assert first == f"degradekit {metadata.version('degradekit')}"
    assert second.startswith(f"Python {sys.version.split()[0]} on ")
    assert all(re.fullmatch(r"([\w-]+ [\w.+]+(, |,?$))+", line) for line in others)
    versions = " ".join(others).split(", ")
    assert f"numpy {metadata.version('numpy')}" in versions
    assert f"numba {metadata.version('numba')}" in versions
    assert not any(each.startswith("pytest ") for each in versions)


def test_a_python_of_32_bits_is_a_problem(monkeypatch):
    monkeypatch.setattr(sys, "maxsize", 2**31 - 1)
    assert only(packages.python).state == "problem"


def test_a_missing_library_is_named_with_its_cure(monkeypatch):
    monkeypatch.setattr(packages, "requires", lambda _: ["numpy>=2", "scipy>=1.13", "opencv-python"])
    without(monkeypatch, "scipy", error="libgfortran.so.5: cannot open shared object file")
    ok, problem = run("libraries", packages.libraries)
    assert ok.text == f"numpy {metadata.version('numpy')}"
    assert problem.text == "scipy cannot be imported: libgfortran.so.5: cannot open shared object file"
    assert problem.advice == "pip install --force-reinstall scipy"


def test_a_library_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr(packages, "requires", lambda _: ["degradekit-gone>=1"])
    (_, problem) = run("libraries", packages.libraries)
    assert problem.text == "degradekit-gone is not installed"


def test_a_command_that_lacks_a_package_points_to_the_doctor(monkeypatch):
    monkeypatch.setitem(sys.modules, "degradekit.presets", None)
    done = degradekit_in_process("recipe", "list")
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert done.stderr.endswith("; `degradekit doctor` looks at this installation and has the cure\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("installed", "error", "text", "advice"),
    [
        (
            {"opencv_python": "5.0"},
            "libGL.so.1: cannot open shared object file: No such file or directory",
            "opencv-python 5.0 needs libGL.so.1, which this system does not have",
            "pip uninstall -y opencv-python && pip install opencv-python-headless",
        ),
        ({}, "No module named 'cv2'", "is not installed", "pip install opencv-python"),
        (
            {"opencv_python": "5.0"},
            "numpy.core.multiarray failed to import",
            "opencv-python 5.0 cannot be imported: numpy.core.multiarray failed to import",
            "pip install --force-reinstall opencv-python",
        ),
    ],
)
def test_an_opencv_that_cannot_be_imported_is_explained(installed, error, text, advice, monkeypatch):
    with_packages(monkeypatch, **installed)
    without(monkeypatch, "cv2", error=error)
    finding = only(packages.opencv)
    assert (finding.state, finding.text) == ("problem", text)
    assert advice in finding.advice


def test_two_builds_of_opencv_are_a_problem_and_the_headless_one_is_none(monkeypatch):
    with_packages(monkeypatch, opencv_python_headless="5.0")
    assert only(packages.opencv) == Finding("OpenCV", "ok", "opencv-python-headless 5.0")
    with_packages(monkeypatch, opencv_python="5.0", opencv_python_headless="4.11")
    finding = only(packages.opencv)
    assert finding.state == "problem"
    assert finding.advice.startswith("pip uninstall -y opencv-python opencv-python-headless && pip install ")


def test_a_pillow_without_codecs_is_a_problem(monkeypatch):
    from PIL import Image

    Image.init()
    monkeypatch.setattr(
        Image, "SAVE", {name: save for name, save in Image.SAVE.items() if name not in ("AVIF", "WEBP")}
    )
    of_pillow, of_opencv = packages.codecs()
    assert (of_pillow.state, of_pillow.text) == ("problem", "Pillow has no WebP, AVIF")
    assert of_opencv.state == "ok"


def test_an_opencv_without_codecs_is_a_problem(monkeypatch):
    import cv2

    encode = cv2.imencode
    monkeypatch.setattr(cv2, "imencode", lambda ending, pixels: encode(ending.replace("webp", "gone"), pixels))
    of_pillow, of_opencv = packages.codecs()
    assert of_pillow.state == "ok"
    assert (of_opencv.state, of_opencv.text) == ("problem", "OpenCV has no WebP")
    monkeypatch.setattr(cv2, "imdecode", lambda *_: None)
    assert [finding.text for finding in packages.codecs()][1] == "OpenCV has no PNG, PNG of 16 bits, WebP"


def test_extras_are_listed_with_what_is_missing_and_the_command(monkeypatch):
    asked = ["numpy>=2", 'av>=18; extra == "video"', "torch>=2.4; extra == 'train'", 'mypy; extra == "dev"']
    monkeypatch.setattr(packages, "requires", lambda _: asked)
    with_packages(monkeypatch, torch="2.13")
    finding = only(packages.extras)
    assert (finding.state, finding.text) == ("ok", "installed: train; not installed: video (av)")
    assert finding.advice == "where you need one: pip install 'degradekit[video]'"


def test_machine_code_without_a_folder_is_a_problem_and_a_cold_folder_a_note(monkeypatch):
    monkeypatch.setattr("degradekit.functional.compiled.is_cached", lambda _: False)
    assert only(caches.machine_code).state == "note"
    monkeypatch.setattr(caches, "_compiled_functions", lambda: [SimpleNamespace(_cache=numbas._Nowhere())])
    finding = only(caches.machine_code)
    assert (finding.state, finding.advice) == ("problem", "set NUMBA_CACHE_DIR to a folder that is writable")


def test_a_match_cache_that_cannot_be_written_is_a_note(monkeypatch, tmp_path):
    monkeypatch.setattr("degradekit.functional.own_folders.own_folder", lambda *_: None)
    assert only(caches.simulations).state == "note"
    monkeypatch.setattr("degradekit.functional.own_folders.own_folder", lambda *_: tmp_path)
    (tmp_path / "a.npz").write_bytes(bytes(1500))
    assert only(caches.simulations).text == f"1 simulation, 1.5 kB in {tmp_path}"


def test_processors_that_a_container_withholds_are_counted(monkeypatch):
    monkeypatch.setattr("degradekit.processors.processors", lambda: 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert only(machine.processors).text.startswith("2 of 64, by the affinity or the control group")


@pytest.mark.parametrize(("free", "state"), [(None, "ok"), (10**9, "note"), (8 * 10**9, "ok")])
def test_little_memory_is_a_note(free, state, monkeypatch, tmp_path):
    monkeypatch.setattr("degradekit.memory.available_bytes", lambda: free)
    monkeypatch.setattr(machine, "_SHARED_MEMORY", tmp_path / "none")
    assert only(machine.memory).state == state


@pytest.mark.parametrize(("free", "states"), [(10**7, {"problem"}), (10**9, {"note"}), (10**10, {"ok"})])
def test_full_disks_are_noticed(free, states, monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    monkeypatch.setattr(machine, "_SHARED_MEMORY", tmp_path)
    assert {finding.state for finding in run("disk", machine.disk)} == states
    shared = [finding for finding in run("memory", machine.memory) if "--shm-size" in finding.advice]
    assert len(shared) == (free < 10**8)


def test_a_system_without_a_folder_for_temporary_files_is_a_problem(monkeypatch):
    def none() -> str:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", none)
    finding, _ = run("disk", machine.disk)
    assert (finding.state, finding.advice) == ("problem", "set TMPDIR to a folder that is")


def fake_torch(monkeypatch, cuda: bool = False, build: str | None = None, mps: bool = False) -> None:
    card = SimpleNamespace(name="RTX", total_memory=24 * 10**9)
    torch = SimpleNamespace(
        __version__="2.13",
        version=SimpleNamespace(cuda=build),
        cuda=SimpleNamespace(
            is_available=lambda: cuda, device_count=lambda: 1, get_device_properties=lambda _: card
        ),
        backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps)),
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setattr(machine, "find_spec", lambda _: object())


def test_what_torch_computes_on_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "_NVIDIA_DRIVER", tmp_path / "version")
    fake_torch(monkeypatch)
    assert only(machine.torch).text.startswith("2.13 computes on the CPU")
    fake_torch(monkeypatch, mps=True)
    assert only(machine.torch).text == "2.13 computes on Apple's GPU (MPS)"
    fake_torch(monkeypatch, cuda=True, build="12.8")
    assert only(machine.torch).text == "2.13 computes on RTX with 24 GB (CUDA 12.8)"


def test_a_gpu_that_torch_cannot_use_is_a_problem(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "_NVIDIA_DRIVER", tmp_path)
    fake_torch(monkeypatch)
    finding = only(machine.torch)
    assert (finding.state, finding.text) == (
        "problem",
        "this machine has an NVIDIA GPU, and torch 2.13 is a build for CPUs",
    )
    fake_torch(monkeypatch, build="12.8")
    assert only(machine.torch).text == "this machine has an NVIDIA GPU, and torch 2.13 cannot use it"


def test_torch_is_not_imported_where_it_is_not_installed(monkeypatch):
    monkeypatch.setattr(machine, "find_spec", lambda _: None)
    monkeypatch.setitem(sys.modules, "torch", None)  # an import would fail
    assert only(machine.torch).advice == "where you need it: pip install 'degradekit[train]'"
