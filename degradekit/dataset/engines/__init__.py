"""Where tasks are run. A new engine is a file here and a line in the table below."""

import dataclasses
from typing import Any

from degradekit.dataset.engines.base import Check, Engine, Task, Workers
from degradekit.dataset.engines.local import LOCAL, LocalEngine
from degradekit.dataset.engines.ray import RayEngine
from degradekit.errors import DatasetError
from degradekit.known_names import look_up

__all__ = ["ENGINES", "LOCAL", "Check", "Engine", "LocalEngine", "RayEngine", "Task", "Workers", "make_engine"]

ENGINES: dict[str, type[Engine]] = {"local": LocalEngine, "ray": RayEngine}


def make_engine(name: str, **options: Any) -> Engine:
    """Return the engine of a name; options that are None are left to it.

    Raises:
        DatasetError: There is no such engine, it does not have such an option, or a value breaks its rule.
    """
    engine = look_up(ENGINES, name, "engine", DatasetError)
    given = {option: value for option, value in options.items() if value is not None}
    known = {field.name for field in dataclasses.fields(engine)}  # type: ignore[arg-type]
    for option in given.keys() - known:
        raise DatasetError(f"{option}: is not an option of the engine {name} (got {given[option]!r})")
    return engine(**given)
