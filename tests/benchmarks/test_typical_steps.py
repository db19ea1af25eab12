"""The benchmark of the operators times all of them."""

import pytest

benchmark = pytest.importorskip("typical_steps")


@pytest.fixture(scope="module")
def steps():
    return benchmark.typical_steps()


def test_every_step_of_the_catalogue_has_a_row(steps):
    assert benchmark.missing(steps) == []


def test_a_step_without_a_row_is_named(steps):
    assert benchmark.missing({row: step for row, step in steps.items() if step.op != "median"}) == ["median"]
