"""Compilation before the first use."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

import degradekit
from degradekit import HighOrder, Noise, RecipeError, warming
from degradekit.functional import machine_code
from degradekit.functional.compiled import compiled
from degradekit.operators.base import Operator

pytestmark = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="numba is switched off")

COUNT = """
import sys
from degradekit import Noise, warm_up
from degradekit.functional import normal
{call}
print(sum(normal._fill.stats.cache_misses.values()), sum(normal._fill.stats.cache_hits.values()))
"""


@pytest.mark.slow
def test_after_a_warm_up_nothing_is_compiled(tmp_path):
    """In processes of their own, each with the same empty folder at first."""
    environment = os.environ | {
        "NUMBA_CACHE_DIR": str(tmp_path),
        "PYTHONPATH": str(Path(degradekit.__file__).parents[1]),
    }
    recipe = "Noise(kinds={'gaussian': 1})"
    calls = [f"assert warm_up({recipe}) > 0", f"{recipe}(normal.np.zeros((8, 8, 3), 'uint8'), seed=0)"]
    outputs = [
        subprocess.run(
            [sys.executable, "-c", COUNT.format(call=call)], env=environment, capture_output=True, text=True, check=True
        ).stdout.split()
        for call in calls
    ]
    assert sum(map(int, outputs[0])) == 1  # this process compiled it, or the other did
    assert outputs[1] == ["0", "1"]
    assert list(tmp_path.rglob("*.nbc"))
    assert not list(tmp_path.rglob("*.compiling"))


def test_each_operator_of_a_recipe_is_applied_in_either_order(monkeypatch):
    orders = []
    for backwards in (False, True):
        applied: list[str] = []
        monkeypatch.setattr(Operator, "__call__", lambda operator, *_, names=applied, **__: names.append(operator.op))
        warming.compile_steps(HighOrder(order=2), backwards=backwards)
        orders.append(list(dict.fromkeys(applied)))
    assert set(orders[0]) == set(orders[1])
    leaves = [
        ["sharpen", "kernel", "resize", "noise", "jpeg", "sinc"],
        ["sinc", "resize", "jpeg", "noise", "kernel", "sharpen"],
    ]
    assert [order[:6] for order in orders] == leaves


def test_what_an_operator_needs_is_missed_before_the_compilation(monkeypatch):
    def missing(_: object) -> None:
        raise RecipeError("noise: needs a package")

    monkeypatch.setattr(Noise, "require", missing)
    with pytest.raises(RecipeError, match="needs a package"):
        degradekit.warm_up(Noise())


def test_where_no_process_can_be_started_one_compiles_all(monkeypatch):
    monkeypatch.setattr(sys, "executable", "")
    assert degradekit.warm_up(Noise()) > 0


def test_a_warm_up_does_not_recommend_itself(monkeypatch, caplog):
    notice = machine_code._Notice()
    monkeypatch.setattr(warming, "waive_notice", notice.waive)
    monkeypatch.setattr(warming, "compile_steps", lambda _: [notice.count(machine_code.COMPILING) for _ in range(9)])
    monkeypatch.setattr(sys, "executable", "")
    degradekit.warm_up(Noise())
    assert not caplog.messages


@pytest.mark.parametrize("thresholds", [(700, 10, 10), (0, 10, 10)])
def test_garbage_is_collected_as_before_after_a_compilation(thresholds, monkeypatch):
    monkeypatch.setattr(Operator, "__call__", lambda *_, **__: during.append(gc.get_threshold()[0]))
    during: list[int] = []
    before = gc.get_threshold()
    try:
        gc.set_threshold(*thresholds)
        warming.compile_steps(Noise())
        assert gc.get_threshold()[:2] == thresholds[:2]
    finally:
        gc.set_threshold(*before)
    assert during[0] == (warming._COLLECT_AFTER[0] if thresholds[0] else 0)


def test_a_function_that_another_process_compiles_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))

    def triple(x):
        return 3 * x

    first, second = compiled(triple), compiled(triple)
    first._cache._wait_for_lock()  # as if it were being compiled

    def compile_and_save(_: float) -> None:
        first(np.int64(2))

    monkeypatch.setattr(machine_code.time, "sleep", compile_and_save)
    assert second(np.int64(2)) == 6
    assert sum(second.stats.cache_hits.values()) == 1


def test_a_process_that_stopped_while_it_compiled_is_not_waited_for_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(machine_code, "_LONGEST_WAIT_S", 0.1)

    def quadruple(x):
        return 4 * x

    stopped, other = compiled(quadruple), compiled(quadruple)
    stopped._cache._wait_for_lock()
    assert other(2) == 8
