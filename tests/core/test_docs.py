"""Every code block of the documentation runs, in order, in a folder with photos in it."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from pages import DOCUMENTS, ROOT, blocks
from PIL import Image

from degradekit import catalogue

TRAINERS = re.compile(r"^(from|import) (accelerate|basicsr|lightning|torchvision)\b", re.MULTILINE)
"""tests/trainers runs the blocks that import these."""
FAST = ("README.md", "CONTRIBUTING.md", "docs/library.md")
"""The pages whose code runs among the fast tests."""
NEEDS_TORCH = re.compile(r"^(from|import) (torch|degradekit_models)\b|^degradekit (train|upscale)\b", re.MULTILINE)


def documented(document: str) -> list[tuple[str, str]]:
    """Return language and code of the blocks that run here."""
    return [block for block in blocks(document, "python", "sh") if not TRAINERS.search(block[1])]


def needs_torch(document: str) -> bool:
    return any(NEEDS_TORCH.search(code) for _, code in documented(document))


def is_slow(document: str) -> bool:
    """Return whether a page runs code that takes long."""
    return bool(documented(document)) and document not in FAST


RUN = [pytest.param(document, marks=pytest.mark.slow) if is_slow(document) else document for document in DOCUMENTS]


@pytest.fixture
def folder(tmp_path, photo, monkeypatch) -> Path:
    (tmp_path / "DIV2K" / "DIV2K_train_HR").mkdir(parents=True)
    Image.fromarray(photo("astronaut.png")[:320, 64:384]).save(tmp_path / "photo.png")
    Image.fromarray(photo("chelsea.png")).save(tmp_path / "DIV2K" / "DIV2K_train_HR" / "0001.png")
    (tmp_path / "photos" / "valid").mkdir(parents=True)
    Image.fromarray(photo("coffee.png")[:, :320]).save(tmp_path / "photos" / "0001.png")
    Image.fromarray(photo("chelsea.png")).save(tmp_path / "photos" / "valid" / "0002.png")
    (tmp_path / "real").mkdir()
    Image.fromarray(photo("coffee.png")[100:300, 200:400]).save(tmp_path / "real" / "0001.jpg", quality=60)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    return tmp_path


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("document", RUN)
def test_code_blocks_run(document, monkeypatch):
    if needs_torch(document):
        pytest.importorskip("torch")
    monkeypatch.setattr(catalogue, "_registered", {})  # an example registers an operator
    module = ModuleType("documentation")
    monkeypatch.setitem(sys.modules, module.__name__, module)  # a dataclass looks its module up while it is made
    for language, code in documented(document):
        if language == "python":
            exec(compile(code, document, "exec"), module.__dict__)
            continue
        for line in code.splitlines():
            run_command(line)


def run_command(line: str) -> None:
    words = shlex.split(line, comments=True)
    if words[:1] == ["degradekit"]:
        command = [sys.executable, "-m", "degradekit_cli", *words[1:]]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
        assert done.returncode == 0, f"{line}\n{done.stderr}"


def test_code_blocks_are_seen():
    """A page may have none; that those of this page are seen shows that the others are not overlooked."""
    assert {language for language, _ in documented("docs/recipes.md")} == {"python", "sh"}


def test_the_tests_that_promises_name_exist():
    text = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
    named = re.findall(r"\btests/[\w/.]+|\btest_\w+\.py", text)
    assert len(named) > 20
    for path in named:
        assert (ROOT / path).exists(), path


def test_the_library_page_has_one_line_for_each_operator_below_its_family():
    text = (ROOT / "docs" / "library.md").read_text(encoding="utf-8").partition("## Operators")[2]
    parts = re.split(r"^\*\*(.+)\*\*$", text, flags=re.MULTILINE)[1:]
    tables = zip(parts[::2], parts[1::2], strict=True)
    listed = {family: re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) for family, table in tables}
    classes = {name: [target.partition(":")[2] for target in ops.values()] for name, ops in catalogue.FAMILIES.items()}
    assert listed == classes


@pytest.mark.slow
@pytest.mark.parametrize(
    "checker",
    [
        ["mypy", "--strict", "--config-file=", "--disable-error-code=import-untyped", "--untyped-calls-exclude=torch"],
        ["basedpyright", "--pythonpath", sys.executable],
    ],
    ids=["mypy", "pyright"],
)
def test_the_code_passes_a_users_type_checker(checker, tmp_path):
    """As the files of somebody who has installed the package; strictly by mypy, by pyright as it comes."""
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "standard"}')
    for document in DOCUMENTS:
        code = "\n".join(code for language, code in documented(document) if language == "python")
        (tmp_path / (document.replace("/", "_").removesuffix(".md") + ".py")).write_text(code)
    (tmp_path / "wrong.py").write_text("from degradekit import JPEG\n\nJPEG(quality='high')\n")
    (tmp_path / "subclass.py").write_text("from degradekit import JPEG\n\n\nclass Mine(JPEG):\n    step_types = ()\n")
    done = subprocess.run(
        [sys.executable, "-m", *checker, *sorted(path.name for path in tmp_path.glob("*.py"))],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    errors = [line for line in done.stdout.splitlines() if "error:" in line]
    assert len(errors) == 1, done.stdout + done.stderr  # the one on purpose, by which the checkers show that they look
    assert "wrong.py" in errors[0]


def test_the_refusals_shown_in_the_docs_are_the_real_ones():
    from degradekit import RecipeError, recipes

    text = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        recipes.loads("{op: jpeg, quality: [95, 30], subsamplng: {'4:2:0': 1}}")
    for line in str(caught.value).splitlines():
        assert f"# {line}\n" in text


def test_the_differences_shown_in_the_docs_are_the_real_ones():
    from degradekit import recipes
    from degradekit.presets import preset

    text = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    mine = recipes.loads(re.search(r'Path\("mine.yaml"\).write_text\("""(.*?)"""', text, re.DOTALL)[1])
    shown = "\n".join(recipes.differences(preset("real-esrgan"), mine))
    assert f"$ degradekit recipe diff real-esrgan mine.yaml\n{shown}\n```" in text


def test_the_keys_beside_extends_in_the_docs_are_real_ones():
    from degradekit import recipes

    text = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    recipe = recipes.loads(re.search(r"^```yaml\n(extends: .*?)```", text, re.DOTALL | re.MULTILINE)[1])
    assert (recipe.scale, recipe.stages[0].noise, recipe.stages[1].compress.quality) == (2, None, (60, 90))
