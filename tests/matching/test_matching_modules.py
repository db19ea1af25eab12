"""The map of the package, in its docstring."""

import pkgutil
import re

from degradekit import matching


def test_the_docstring_of_the_package_names_each_of_its_modules_once():
    named = re.findall(r"`(\w+)`", matching.__doc__)
    assert sorted(named) == sorted(module.name for module in pkgutil.iter_modules(matching.__path__))
