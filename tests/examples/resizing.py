"""Resizing with all filters, in linear light."""

from typing import get_args

from degradekit import Resize
from degradekit.operators.resize import Window

LEAVES = {
    "resize windows": Resize(filters=dict.fromkeys(get_args(Window), 1.0), filter_width=(0.95, 1.05)),
    "resize gamma": Resize(filters={"lanczos": 1.0, "gaussian": 1.0, "hann": 1.0}, gamma=True, rounding="nearest"),
    "resize dpid": Resize(filters="dpid", factor=(0.1, 1.2)),
}

GOLDENS = {
    "resize windows": "fb913bb00ee625b1",
    "resize gamma": "270ebe776f890034",
    "resize dpid": "c0f117a1bf9a1fc3",
}
