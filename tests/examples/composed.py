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
    "real-esrgan x1": "110657f8e4b350b3",
    "real-esrgan x2": "a82f48db05ea35c4",
    "real-esrgan x4": "86393bb4182efc42",
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
    "bsrgan-light": "2d69fd9679fb2c8f",
    "osediff": "1d21fa39b0dcdd23",
    "stablesr": "a2d618eef91e540c",
    "pisasr": "a13e953d9d4f5c2f",
    "resshift": "a221bdfd2659bb29",
    "resshift-test": "b9171f7f49a0860f",
    "diffbir-v1": "6c03188f47cfed84",
    "gate": "ffd22eaee55f9e91",
    "dasr": "d195f3049eb287ba",
    "dasr-weak": "b06d48cd45ab4733",
    "dasr-standard": "83ed86fa09463fd3",
    "dasr-severe": "18e2c7becca94f9b",
    "neosr": "cf2ca8dd46ced34e",
    "trainner-redux": "26bd0e2b12ae90d2",
    "waifu2x-photo-0": "29aabee7144febc0",
    "waifu2x-photo-1": "8424a2372cca17c8",
    "waifu2x-photo-2": "828c6a311e4b01aa",
    "waifu2x-photo-3": "7a5bbdc3d59a2e7f",
    "gfpgan": "d6feccc5660949ad",
    "codeformer-large": "d2b03fd86fa92ede",
    "codeformer-small": "5b489e66741a3b5d",
    "codeformer-color": "636a055db4aa32c0",
    "stablesr-face": "63a92085a3b00917",
    "osediff-face": "6325f7b2f3ca4e55",
    "gpen": "7c63b709744c1a67",
    "waifu2x-art-0": "82c7b9afb84d4321",
    "waifu2x-art-1": "6489fc4dc9da9e5f",
    "waifu2x-art-2": "be94750396068831",
    "waifu2x-art-3": "070106d19840cf23",
    "wtp-game-texture": "daded9cf3beb3f20",
}
