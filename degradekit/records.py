"""Records as text: how they are read, whoever has written them."""

import json
from typing import Any

from degradekit import catalogue
from degradekit.errors import Mistake, RecordError
from degradekit.limits import MAX_RECORD_CHARACTERS
from degradekit.step import Step


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def parse_record(text: str) -> Any:
    """Return the data of a record, without looking at its fields.

    Raises:
        RecordError: It is not JSON, too long, or has numbers that are not finite.
    """
    if not isinstance(text, str):
        raise RecordError(Mistake("record", "must be text", text))
    if len(text) > MAX_RECORD_CHARACTERS:
        raise RecordError(Mistake("record", f"must have at most {MAX_RECORD_CHARACTERS:,} characters", len(text)))
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise RecordError(f"record: must be JSON ({error})") from None
    except ValueError:  # of a constant, or of Python's own limit for integers
        raise RecordError("record: must have finite numbers only, and integers of at most 4,300 digits") from None
    except RecursionError:
        raise RecordError("record: must not be nested this deeply") from None


def read_step(index: int, data: Any) -> Step:
    """Return a step from its data in a record.

    Args:
        index: Which step of the record it is, for messages.
        data: The fields and the `op` of the step, as parsed and not yet checked.

    Raises:
        RecordError: It is no mapping, names an unknown step, or breaks a rule.
    """
    where = f"steps[{index}]"
    if not isinstance(data, dict):
        raise RecordError(Mistake(where, "must be a mapping with the field 'op'", data))
    values = dict(data)
    try:
        step_class = catalogue.find_step(values.pop("op", None))
        return step_class(**values)
    except RecordError as error:
        raise error.inside(where) from None
