"""Compiled functions work where numba's cache of machine code does not."""

import importlib
import os

import numba
import pytest
from numba.core import caching

from degradekit.dataset import probe
from degradekit.functional import machine_code
from degradekit.functional.compiled import cache_folder, compiled, is_cached

pytestmark = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="numba is switched off")


def double(x):
    return 2 * x


def test_machine_code_is_kept_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    function = compiled(double)
    assert function(3) == 6
    assert list(cache_folder(function).glob("*double*.nbi"))
    again = compiled(double)
    assert again(3) == 6
    assert sum(again.stats.cache_hits.values()) == 1


def test_it_is_known_whether_the_next_call_compiles(tmp_path, monkeypatch):
    """Also where a checkout has written the source anew, with the same content and another time."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(tmp_path)
    source = tmp_path / "one_function.py"
    source.write_text("def double(x):\n    return 2 * x\n")
    module = importlib.import_module("one_function")
    assert not is_cached(compiled(module.double))
    compiled(module.double)(3)
    assert is_cached(compiled(module.double))
    os.utime(source, (2e9, 2e9))
    machine_code._stamp.cache_clear()
    again = compiled(module.double)
    expected = is_cached(again)
    again(3)
    assert expected == bool(sum(again.stats.cache_hits.values()))


def test_without_a_folder_for_the_cache_functions_work_and_a_build_says_so(monkeypatch):
    monkeypatch.setattr(machine_code, "_folder", lambda *_: None)
    function = compiled(double)
    assert function(3) == 6
    assert cache_folder(function) is None
    monkeypatch.setattr("degradekit.functional.filtering.convolve_separable", function)
    assert probe.compilation_note() == (
        "compiling in every process, because no folder for machine code is writable; set NUMBA_CACHE_DIR to one that is"
    )


@pytest.mark.parametrize("access", ["load_overload", "save_overload"])
def test_a_cache_that_fails_is_none(access, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(caching.Cache, access, full)
    assert compiled(double)(3) == 6


def test_a_cache_that_was_cut_off_is_none(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    compiled(double)(3)
    for path in tmp_path.rglob("*.nb?"):
        path.write_bytes(b"")
    assert compiled(double)(3) == 6
