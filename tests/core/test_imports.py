"""What an import may bring along, each in a process of its own."""

import importlib
import subprocess
import sys

import pytest

HEAVY = ["torch", "datasets", "pyarrow", "numba", "cv2", "scipy", "click", "PIL", "av", "pillow_jxl", "jinja2"]


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
    assert not loaded & {*HEAVY, "degradekit", "json", "numpy", "pydantic", "yaml"} - {"click"}


@pytest.mark.parametrize("package", ["degradekit", "degradekit_cli"])
def test_a_package_runs_as_the_command(package, tmp_path):
    command = [sys.executable, "-m", package, "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.startswith("degradekit ")


def test_what_the_command_line_repeats_so_as_not_to_load_the_library_is_the_same():
    from degradekit import limits, signals
    from degradekit_cli import options, stopping

    assert options.MAX_PIXELS == limits.MAX_PIXELS
    assert stopping.STOP_SIGNALS == signals.STOP_SIGNALS


def test_a_command_that_was_stopped_says_so_without_an_import():
    """It may have been stopped while it imported NumPy, which cannot be imported again."""
    loaded = loaded_after("from degradekit_cli.commands import Stopped\nStopped('stopped').show()")
    assert not loaded & {"numpy", "degradekit"}


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
from degradekit.dataset import LocalEngine, Options, synthesize
Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(r"{tmp_path}/a.png")
synthesize(r"{tmp_path}/a.png", r"{tmp_path}/shards", HighOrder(), Options(tile=64), engine=LocalEngine(workers=0))
"""
    assert not loaded_after(code) & {"torch", "datasets", "click", "pandas", "ray"}


def test_reading_pairs_loads_no_builder():
    script = "import sys, degradekit.dataset.pairs; print(*(name for name in sys.modules if 'degradekit' in name))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "degradekit.dataset.pairs" in loaded
    for part in ("building", "run", "shard", "engines", "sources", "probe"):
        assert f"degradekit.dataset.{part}" not in loaded
    assert not loaded_after("import degradekit.dataset.pairs") & {"ray", "click", "torch", "datasets", "numba"}


def test_all_that_the_dataset_package_names_is_there():
    from degradekit import dataset

    for name in dataset.__all__:
        assert getattr(dataset, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        dataset.nothing  # noqa: B018


@pytest.mark.parametrize("package", ["degradekit", "degradekit.dataset", "degradekit_models"])
def test_tab_completion_knows_all_public_names(package):
    module = importlib.import_module(package)
    assert set(module.__all__) <= set(dir(module))


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
