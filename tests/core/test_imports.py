"""What an import may bring along, each in a process of its own."""

import subprocess
import sys

import pytest

HEAVY = ["torch", "datasets", "pyarrow", "numba", "cv2", "scipy", "click", "PIL"]


def loaded_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_the_facade_brings_nothing_heavy():
    loaded = loaded_after("from degradekit import HighOrder\nHighOrder(scale=2).sample((64, 64), seed=0).to_json()")
    assert not loaded & set(HEAVY)
    assert "numpy" in loaded


def test_the_command_lines_help_brings_click_alone():
    loaded = loaded_after(
        "from degradekit_cli.main import main\nfor a in (['--help'], ['synth', '--help'], ['recipe', '--help']):\n"
        "    try: main(a)\n    except SystemExit: pass"
    )
    assert "click" in loaded
    assert not loaded & {*HEAVY, "numpy", "pydantic", "yaml"} - {"click"}


def test_applying_needs_neither_torch_nor_datasets():
    loaded = loaded_after(
        "import numpy as np\nfrom degradekit import HighOrder\nHighOrder()(np.zeros((64, 64, 3), np.uint8), seed=0)"
    )
    assert not loaded & {"torch", "datasets", "pyarrow", "click"}


def test_building_a_dataset_needs_neither_torch_nor_datasets(tmp_path):
    code = f"""
import numpy as np
from PIL import Image
from degradekit import HighOrder
from degradekit.dataset import Options, synthesize
Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(r"{tmp_path}/a.png")
synthesize(r"{tmp_path}/a.png", r"{tmp_path}/shards", HighOrder(), Options(tile=64), workers=0)
"""
    assert not loaded_after(code) & {"torch", "datasets", "click"}


@pytest.mark.parametrize("package", ["degradekit", "degradekit.dataset", "degradekit.operators", "degradekit_models"])
def test_importing_prints_and_warns_nothing(package):
    command = [sys.executable, "-W", "error", "-c", f"import {package}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_all_that_the_facade_names_is_there():
    import degradekit

    for name in degradekit.__all__:
        assert hasattr(degradekit, name)


def test_the_version_is_the_distributions():
    from importlib.metadata import version

    import degradekit

    assert degradekit.__version__ == version("degradekit")
