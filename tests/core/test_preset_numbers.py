"""Each preset's drawn distributions over 4,000 samples, within five standard errors of its table's.

The table (tests/preset_numbers/) was written from the sources, apart from the presets.
"""

import pytest
from preset_numbers.comparison import Drawn, explained, wrong_correlations, wrong_fields, wrong_orders
from preset_numbers.table import RECIPES

from degradekit.presets import preset
from degradekit.presets.table import ALIASES, TABLE

N = 4000
HR = 400, 400


@pytest.fixture(scope="module", params=sorted(RECIPES))
def drawn(request) -> Drawn:
    name = request.param
    recipe = preset(name, TABLE[name].scale)
    samples = [recipe.sample(HR, seed=0, variant=variant).to_dict()["steps"] for variant in range(N)]
    return explained(RECIPES[name], samples, HR)


def xtest_every_preset_is_in_the_table():
    assert set(RECIPES) == set(TABLE)


def test_every_alias_is_its_preset():
    for alias, name in ALIASES.items():
        assert preset(alias) == preset(name), alias


def test_fields_have_the_laws_of_the_table_and_none_is_left_out(drawn):
    assert wrong_fields(drawn) == []


def test_steps_are_there_and_in_order_as_often_as_in_the_table(drawn):
    assert wrong_orders(drawn) == []


def test_no_two_fields_are_correlated(drawn):
    assert wrong_correlations(drawn) == []
