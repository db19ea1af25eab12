"""Operators made of operators, and the shipped recipes."""

from degradekit import JPEG, Chain, HighOrder, Kernel, Maybe, Noise, OneOf, Resize, Shuffle, Sinc, Stage
from degradekit.presets import PRESETS, preset

AT_EVERY_SCALE = ("real-esrgan", "classical", "bicubic", "bsrgan", "bsrgan-plus")

COMPOSITES = {
    "chain": Chain((Kernel(), Noise(), JPEG())),
    "chain scale": Chain((Kernel(), Resize(to="lr")), scale=2),
    "shuffle": Shuffle((Kernel(), Chain((Resize(), Sinc())), Noise(), JPEG()), probability=0.7),
    "shuffle ordered": Shuffle((Kernel(), Resize(), Resize(to="lr"), JPEG()), ordered=(("resize.0", "resize.1"),)),
    "shuffle some": Shuffle((Kernel(), Chain((Resize(), Sinc())), Noise(), JPEG()), count=(1, 3)),
    "one_of": OneOf((Kernel(), Sinc(), Maybe(JPEG(), 0.5)), weights=(1.0, 2.0, 0.5)),
    "maybe": Maybe(Kernel(name="soft"), 0.5),
    "stage": Stage(compress=None),
    **{f"order {order}": HighOrder(order=order, scale=3) for order in (1, 2, 3, 4)},
    **{f"{name} x{scale}": preset(name, scale) for name in AT_EVERY_SCALE for scale in (1, 2, 4)},
    **{name: preset(name) for name in PRESETS if name not in AT_EVERY_SCALE},
}

NOT_RANDOM = {"bicubic x1", "bicubic x2", "bicubic x4"}

GOLDENS = {
    "real-esrgan x1": "7f9bfbd4b6c2335b",
    "real-esrgan x2": "5de4d3e7919e78ab",
    "real-esrgan x4": "c7ae31780809f5ab",
    "classical x1": "0d9f320f8c82ebdb",
    "classical x2": "713c8fdf469c8323",
    "classical x4": "5117608e10657397",
    "bicubic x1": "203f9f95ef2ac825",
    "bicubic x2": "0adba92d2859882d",
    "bicubic x4": "4dda7b5fc7a6e55d",
    "bsrgan x1": "43486db34be939dc",
    "bsrgan x2": "dc007518006a2316",
    "bsrgan x4": "ff178e9d44c1b42a",
    "bsrgan-plus x1": "72b75d91db23fd6c",
    "bsrgan-plus x2": "25c7885d95bbf38e",
    "bsrgan-plus x4": "6705b8b7b1e82af1",
}
