"""Operators that a script, a notebook or a package brings along."""

import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest
from small_datasets import IN_PROCESS, OPTIONS, refused

import degradekit
from degradekit import JPEG, Chain, DatasetError, RecipeError, RecordError, Resize
from degradekit.dataset import LocalEngine, redegrade, synthesize, verify
from degradekit.dataset.probe import fingerprint, recipe_probe
from degradekit.mistakes import validated
from degradekit.operators.base import Operator
from degradekit.step import Step
from degradekit.types import Image


@validated(RecordError)
class DimStep(Step):
    op: ClassVar[str] = "dim"

    factor: float

    def __call__(self, image: Image) -> Image:
        return (image * self.factor).astype(image.dtype)

    def __str__(self) -> str:
        return f"dim by {self.factor}"


@validated(RecipeError)
class Dim(Operator):
    op: ClassVar[str] = "dim"
    step_types: ClassVar[tuple[type[Step], ...]] = (DimStep,)

    factor: float = 0.5

    def draw(self, rng, context):
        return (DimStep(self.factor),)


SCRIPT = """
from typing import ClassVar
import sys
import degradekit
from degradekit import Chain, RecipeError, RecordError, Resize
from degradekit.dataset import LocalEngine, Options, synthesize, verify
from degradekit.mistakes import validated
from degradekit.operators.base import Operator
from degradekit.step import Step

@validated(RecordError)
class DimStep(Step):
    op: ClassVar[str] = "dim"
    factor: float
    def __call__(self, image):
        return (image * self.factor).astype(image.dtype)
    def __str__(self):
        return "dim"

@degradekit.register
@validated(RecipeError)
class Dim(Operator):
    op: ClassVar[str] = "dim"
    step_types: ClassVar[tuple[type[Step], ...]] = (DimStep,)
    factor: float = 0.5
    def draw(self, rng, context):
        return (DimStep(self.factor),)

if __name__ == "__main__":
    recipe = Chain((Dim(), Resize(to="lr")), scale=4)
    engine = LocalEngine(workers=2)
    outcome = synthesize(sys.argv[1], sys.argv[2], recipe, Options(tile=96, shard_size=1), engine=engine)
    checked = verify(sys.argv[2], sample=1, engine=engine)
    print(outcome.report.photos, checked.derived == checked.pairs > 0, checked.problems)
"""


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setattr("degradekit.catalogue._registered", {})
    return degradekit.register(Dim)


def test_an_operator_that_is_not_registered_is_refused_before_the_first_photo(photos, tmp_path):
    recipe = Chain((Dim(), Resize(to="lr")), scale=4)
    message = r"recipe: its records cannot be read back: .*unknown operator 'dim'.*degradekit\.register"
    refused(message, photos, tmp_path / "shards", recipe, OPTIONS)
    assert not (tmp_path / "shards").exists()


def test_a_field_that_no_plan_can_hold_is_refused_by_its_name(photos, tmp_path, monkeypatch):
    @validated(RecipeError)
    class FromFile(Dim):
        file: Path = Path("curve.csv")

    monkeypatch.setattr("degradekit.catalogue._registered", {})
    degradekit.register(FromFile)
    recipe = Chain((FromFile(), Resize(to="lr")), scale=4)
    with pytest.raises(RecipeError, match=r"^children\[0\]\.file: must be a number, text, a list or a mapping"):
        synthesize(photos, tmp_path / "shards", recipe, OPTIONS, engine=IN_PROCESS)
    assert not (tmp_path / "shards").exists()


def test_a_script_that_registers_its_operator_builds_and_verifies_in_processes(photos, tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, str(tmp_path / "script.py"), str(photos), str(tmp_path / "shards")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "5 True ()\n"), done.stderr


def test_processes_that_cannot_load_an_operator_say_so_before_the_first_photo(photos, tmp_path):
    """As in a notebook, whose classes no other process can import."""
    command = [sys.executable, "-c", SCRIPT, str(photos), str(tmp_path / "shards")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "recipe: worker processes cannot load one of its operators" in last
    assert "or build with workers=0" in last
    assert not (tmp_path / "shards").exists()


@pytest.mark.usefixtures("registered")
def test_processes_that_load_an_operator_but_do_not_know_it_say_so(photos, tmp_path):
    """This module registers it in a fixture, and so in no process but this one."""
    recipe = Chain((Dim(), Resize(to="lr")), scale=4)
    with pytest.raises(DatasetError, match=r"recipe: a worker does not know one of its operators \(.*'dim'"):
        synthesize(photos, tmp_path / "shards", recipe, OPTIONS, engine=LocalEngine(workers=1))
    assert not (tmp_path / "shards").exists()


@pytest.mark.usefixtures("registered")
def test_a_dataset_is_readable_where_its_operators_are_not_known(photos, tmp_path, monkeypatch):
    recipe = Chain((Dim(), Resize(to="lr")), scale=4)
    synthesize(photos, tmp_path / "shards", recipe, OPTIONS, engine=IN_PROCESS)
    monkeypatch.setattr("degradekit.catalogue._registered", {})
    verification = verify(tmp_path / "shards", sample=1, engine=IN_PROCESS)
    assert (verification.problems, verification.derived) == ((), 0)
    assert "no LR was made again: " in verification.note
    assert "unknown operator 'dim'" in verification.note
    with pytest.raises(RecipeError, match="unknown operator 'dim'"):
        redegrade(tmp_path / "shards", tmp_path / "again", engine=IN_PROCESS)


@pytest.mark.usefixtures("registered")
def test_the_probe_sees_the_operators_of_the_recipe_and_no_others(monkeypatch):
    dimmed, plain = Chain((Dim(), Resize(to="lr")), scale=4), Chain((JPEG(), Resize(to="lr")), scale=4)
    before = recipe_probe(dimmed), recipe_probe(plain)
    monkeypatch.setattr(DimStep, "__call__", lambda _, image: (image * 0.499).astype(image.dtype))
    assert recipe_probe(dimmed) != before[0]
    assert recipe_probe(plain) == before[1]


@pytest.mark.usefixtures("registered")
def test_the_fingerprint_names_the_package_of_an_operator(monkeypatch):
    monkeypatch.setattr(Dim, "__module__", "pydantic.operators")
    packages = fingerprint(Chain((Dim(factor=0.25), Resize(to="lr")), scale=4)).packages  # of which none is cached
    assert packages.keys() >= {"degradekit", "numpy", "pydantic"}
    assert "pydantic" not in fingerprint(Chain((Resize(to="lr"),), scale=4)).packages
