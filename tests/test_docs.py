"""Every code block of the documentation runs, in order, in a folder with photos in it."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

ROOT = Path(__file__).parent.parent
DOCUMENTS = ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def folder(tmp_path, photo, monkeypatch) -> Path:
    (tmp_path / "DIV2K" / "DIV2K_train_HR").mkdir(parents=True)
    Image.fromarray(photo("astronaut.png")).save(tmp_path / "photo.png")
    Image.fromarray(photo("chelsea.png")).save(tmp_path / "DIV2K" / "DIV2K_train_HR" / "0001.png")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    return tmp_path


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("document", DOCUMENTS)
def test_code_blocks_run(document, monkeypatch):
    if document == "docs/training.md":
        pytest.importorskip("torch")
    text = (ROOT / document).read_text(encoding="utf-8")
    module = ModuleType("documentation")
    monkeypatch.setitem(sys.modules, module.__name__, module)  # a dataclass looks its module up while it is made
    ran = 0
    for language, code in BLOCK.findall(text):
        if language == "python":
            exec(compile(code, document, "exec"), module.__dict__)
            ran += 1
            continue
        for line in code.splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] == ["degradekit"]:
                command = [sys.executable, "-m", "degradekit_cli", *words[1:]]
                done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
                assert done.returncode == 0, f"{line}\n{done.stderr}"
                ran += 1
    assert ran or document in ("docs/model.md", "docs/benchmarks.md")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("http"):
            assert (ROOT / document).parent.joinpath(target).exists(), target


def test_the_refusals_shown_in_the_docs_are_the_real_ones():
    from degradekit import Recipe, RecipeError

    text = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        Recipe.loads("{op: jpeg, quality: [95, 30], subsamplng: {'4:2:0': 1}}")
    for line in str(caught.value).splitlines():
        assert f"# {line}\n" in text
