"""Resizing with all filters, in linear light, and on detours."""

from typing import get_args

from degradekit import Resize, ResizeTwice
from degradekit.operators.resize import Window

LEAVES = {
    "resize windows": Resize(filters=dict.fromkeys(get_args(Window), 1.0), filter_width=(0.95, 1.05)),
    "resize linear light": Resize(
        filters={"lanczos": 1.0, "gaussian": 1.0, "hann": 1.0}, linear_light=True, rounding="nearest"
    ),
    "resize dpid": Resize(filters="dpid", factor=(0.1, 1.2)),
    "resize_twice": ResizeTwice(),
    "resize_twice linear light": ResizeTwice(schemes="down_down", linear_light=True),
}

GOLDENS = {
    "resize windows": "5df2ae46ab381b61",
    "resize linear light": "41de711d8ef320ef",
    "resize dpid": "c0f117a1bf9a1fc3",
    "resize_twice": "eb3fe27930247009",
    "resize_twice linear light": "ac5d7b37c66c3772",
}

KEEP_OVERSHOOT = {"resize_twice"}
