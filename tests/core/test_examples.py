"""The example scripts and the notebook of the documentation run as they are, on photos."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pages import ROOT
from PIL import Image

EXAMPLES = ROOT / "docs" / "examples"
NOTEBOOK = EXAMPLES / "first_steps.ipynb"


@pytest.fixture
def workplace(photo, tmp_path, monkeypatch) -> Path:
    (tmp_path / "photos").mkdir()
    for name in ("astronaut.png", "chelsea.png"):
        Image.fromarray(photo(name)[:260, :280]).save(tmp_path / "photos" / name)
    Image.fromarray(photo("astronaut.png")[:300, 60:380]).save(tmp_path / "photo.png")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(script: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, EXAMPLES / script, *arguments], capture_output=True, text=True, env=os.environ, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.usefixtures("workplace")
def test_the_script_that_builds_and_reads_a_dataset():
    out = run("build_and_read.py", "photos", "shards")
    assert out.endswith("problems: none\n")
    assert "license: cc0-1.0\n" in Path("shards/README.md").read_text()


@pytest.mark.slow
@pytest.mark.usefixtures("workplace")
def test_the_script_that_degrades_while_a_network_trains():
    pytest.importorskip("torch")
    lines = run("on_the_fly.py", "photos").splitlines()
    assert [line.split(",")[0] for line in lines] == ["step 5", "step 10", "step 15", "step 20"]


@pytest.mark.slow
@pytest.mark.usefixtures("workplace")
def test_the_script_that_compares_two_recipes():
    out = run("compare_recipes.py", "photo.png", "comparison.png")
    assert "bsrgan, draw 0\n" in out
    with Image.open("comparison.png") as picture:
        assert picture.size == (5 * 256, 2 * 256)


@pytest.mark.slow
@pytest.mark.usefixtures("workplace")
def test_the_cells_of_the_notebook_run_in_order_and_show_what_they_end_with():
    names: dict[str, object] = {}
    shown = []
    for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            *body, last = "".join(cell["source"]).rsplit("\n", 1)
            exec(compile("".join(body), NOTEBOOK.name, "exec"), names)
            shown.append(eval(compile(last, NOTEBOOK.name, "eval"), names))
    for each in shown:
        assert hasattr(each, "_repr_html_") or isinstance(each, Image.Image)


def test_the_notebook_is_small_and_has_no_outputs():
    assert NOTEBOOK.stat().st_size < 20_000
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    assert [cell["outputs"] for cell in cells if cell["cell_type"] == "code" and cell["outputs"]] == []
