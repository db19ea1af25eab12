"""Packages and folders that operators need: missed before the first photo, however rarely they are drawn."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from examples.blur import KERNELS
from examples.noise import POOL
from small_datasets import IN_PROCESS
from small_datasets import degradekit as command

from degradekit import JPEGXL, VP9, Chain, KernelFolder, Maybe, NoisePool, Resize, recipes
from degradekit.dataset import Options, probe, synthesize, verify
from degradekit.operators import kernel_files, noise_pool
from degradekit.operators.base import Operator

JXL = "jpegxl: needs the package pillow-jxl-plugin; install it with: pip install 'degradekit[jxl]'"
AV = "vp9: needs the package av; install it with: pip install 'degradekit[video]'"


@pytest.fixture
def folder(tmp_path):
    kernel_files.kernels_of.cache_clear()
    noise_pool._read_patches.cache_clear()
    return tmp_path / "folder"


def without(monkeypatch, module: str, operator: Operator) -> Operator:
    monkeypatch.setitem(sys.modules, module, None)
    return operator


def removed(folder: Path, source: Path, make: type) -> Operator:
    operator = make(str(shutil.copytree(source, folder)))
    shutil.rmtree(folder)
    return operator


def changed(folder: Path, source: Path, make: type) -> Operator:
    operator = make(str(shutil.copytree(source, folder)))
    shutil.copy(KERNELS / "coma.png", folder / "one more.png")
    return operator


def rough(folder: Path) -> Operator:
    shutil.copytree(POOL, folder)
    return NoisePool(str(folder), max_variance=0.001)


def wide(folder: Path) -> Operator:
    folder.mkdir()
    np.save(folder / "wide.npy", np.ones((9, 9)))
    return KernelFolder(str(folder), factor=(1.0, 8.0))


NEEDS = {
    "pillow_jxl": (lambda monkeypatch, _: without(monkeypatch, "pillow_jxl", JPEGXL()), JXL),
    "av": (lambda monkeypatch, _: without(monkeypatch, "av", VP9()), AV),
    "no kernels": (lambda _, folder: removed(folder, KERNELS, KernelFolder), "kernel_folder: folder: must be a folder"),
    "no photos": (lambda _, folder: removed(folder, POOL, NoisePool), "noise_pool: folder: must be a folder"),
    "other kernels": (lambda _, folder: changed(folder, KERNELS, KernelFolder), "kernel_folder: folder: must have the"),
    "other photos": (lambda _, folder: changed(folder, POOL, NoisePool), "noise_pool: folder: must have the photos"),
    "rough photos": (lambda _, folder: rough(folder), "noise_pool: folder: must have a part of 256 x 256"),
    "wide kernels": (lambda _, folder: wide(folder), "kernel_folder: folder: a kernel must have at most 63 pixels"),
}


@pytest.mark.parametrize("name", NEEDS)
def test_what_an_operator_needs_is_missed_in_one_sentence_before_anything_is_written(
    name, photos, shards, tmp_path, folder, monkeypatch
):
    """`recipe validate` refuses what `synth` would."""
    make, message = NEEDS[name]
    rarely = Chain((Maybe(make(monkeypatch, folder), 1e-9), Resize(to="lr")), scale=4)
    recipe, target = tmp_path / "mine.yaml", tmp_path / "new"
    recipes.dump(rarely, recipe)
    for arguments in (
        ("recipe", "validate", recipe),
        ("synth", photos, target, "--recipe", recipe),
        ("redegrade", shards, target, "--recipe", recipe),
    ):
        done = command(*arguments)
        assert (done.exit_code, done.stdout) == (1, ""), done.output
        prefix = f"error: {recipe}: " if arguments[0] == "recipe" else "error: "
        assert done.stderr.startswith(prefix + message) or done.stderr.startswith("error: " + message), done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert not target.exists()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda _: JPEGXL(), JXL),
        (lambda folder: KernelFolder(str(shutil.copytree(KERNELS, folder))), "kernel_folder: folder: must be a folder"),
        (lambda folder: NoisePool(str(shutil.copytree(POOL, folder))), "noise_pool: folder: must be a folder"),
    ],
    ids=["package", "kernels", "photos"],
)
def test_verify_checks_the_rows_of_a_dataset_whose_operators_miss_something(
    make, message, photos, tmp_path, folder, monkeypatch
):
    recipe = Chain((make(folder), Resize(to="lr")), scale=4)
    synthesize(photos, tmp_path / "built", recipe, Options(tile=64), engine=IN_PROCESS)
    shutil.rmtree(folder, ignore_errors=True)
    monkeypatch.setitem(sys.modules, "pillow_jxl", None)
    probe._fingerprint.cache_clear()
    kernel_files.kernels_of.cache_clear()
    noise_pool._read_patches.cache_clear()
    verification = verify(tmp_path / "built", engine=IN_PROCESS)
    assert verification.note.startswith(f"no LR was made again: {message}")
    assert verification.problems == ()
