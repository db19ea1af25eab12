"""Typed damage to plain data, and its text: values of other kinds and sizes, fields gone, renamed and given twice."""

import copy
import json
import random
import re
from typing import Any

import yaml

_RAW = {
    "@nested": "[" * 3000 + "]" * 3000,
    "@open": "[" * 3000,
    "@mapping": '{"op": ' * 400 + "{}" + "}" * 400,
    "@digits": "9" * 5000,
    "@overflow": "1e999",
}
"""Text that no data stands for, by the value that is written in its place."""
_ODD = [
    *(None, True, False, 0, -1, 1, 2, 3.5, 2**31, 2**63, 2**64, 10**30, -(2**63), 1e-320, 1e308, -0.0),
    *(float("nan"), float("inf"), float("-inf"), [], {}, [[]], [{}], [1, 2, 3], [None], {"op": "jpeg"}, {"op": None}),
    *(
        "",
        " ",
        "1",
        "nan",
        "../x",
        "/etc/hostname",
        "a/b",
        "a\\b",
        "..",
        ".",
        "\0",
        "\n",
        "\x1b[31m",
        "\u202e",
        "\ud800",
    ),
    *("x" * 100_000, "{}", "\u202e", "é", "train-00000-of-00001", "con", "file:///etc/hostname", *_RAW),
]
_NAMES = ["op", "size", "extra", "", "__class__", "self", "\n", "../x", "x" * 300, "\ud800", "\x1b[31m"]


def changed(data: Any, draw: random.Random) -> Any:
    """Return a copy of plain data with one to three values, or fields, changed."""
    data = copy.deepcopy(data)
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        holders = [holder for holder in _holders(data) if holder]
        if not holders:
            return draw.choice(_ODD)
        holder = draw.choice(holders)
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key, kind = draw.choice(keys), draw.randrange(12)
        if kind == 0:
            del holder[key]
        elif kind == 1 and isinstance(holder, dict):
            holder[draw.choice(_NAMES + keys)] = holder.pop(key)
        elif kind == 1:
            holder.insert(key, copy.deepcopy(holder[key]))
        elif kind == 2:
            other = draw.choice(keys)
            holder[key], holder[other] = holder[other], holder[key]
        elif kind == 3:
            holder[key] = draw.choice(([holder[key]], {"op": holder[key]}, str(holder[key]), [holder[key]] * 1000))
        elif kind == 4 and isinstance(holder, dict):
            holder[draw.choice(_NAMES)] = draw.choice(_ODD)
        elif kind in (5, 6, 7) and isinstance(holder[key], int | float):
            holder[key] = _near(holder[key], draw)
        else:
            holder[key] = copy.deepcopy(draw.choice(_ODD))
    return data


def _holders(data: Any) -> list[Any]:
    """Return all lists and mappings of some data."""
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    own = [data] if isinstance(data, dict | list) else []
    return own + [holder for value in inner for holder in _holders(value)]


def _near(value: float, draw: random.Random) -> float:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return draw.choice((value + 1, value - 1, value * 2, -value, value * 1000, float(value)))
    return draw.choice((value * draw.uniform(0.5, 1.5), -value, value * 1000, int(value) if abs(value) < 1e9 else 0))


def to_json(data: Any, draw: random.Random) -> str:
    """Return data as JSON, in which now and then a field stands twice."""
    text = json.dumps(data)
    if draw.random() < 0.05:
        fields = list(re.finditer(r'"\w+": ?[^,{}\[\]"]+, ', text))
        if fields:
            field = draw.choice(fields)
            text = text[: field.start()] + field[0] + text[field.start() :]
    return _with_raw(text)


def to_yaml(data: Any) -> str:
    """Return data as YAML."""
    return _with_raw(yaml.dump(data, sort_keys=False, allow_unicode=True))


def _with_raw(text: str) -> str:
    for value, raw in _RAW.items():
        text = re.sub(f"(['\"]?){value}\\1", raw, text)
    return text
