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
    "real-esrgan x1": "3609b2c99c1a46d2",
    "real-esrgan x2": "72742c78f985f271",
    "real-esrgan x4": "65d4769b3602289a",
    "classical x1": "d8133b7a209028e3",
    "classical x2": "0d62e7d5b78f9943",
    "classical x4": "320cd15cce171bc3",
    "bicubic x1": "203f9f95ef2ac825",
    "bicubic x2": "e5c2973442ae6d08",
    "bicubic x4": "92fb0f904ca6d119",
    "bsrgan x1": "5ebf9dcf711ba538",
    "bsrgan x2": "8513dd950532c801",
    "bsrgan x4": "cba476ff61118271",
    "bsrgan-plus x1": "6a87cd56a32b032e",
    "bsrgan-plus x2": "41dc98665d723669",
    "bsrgan-plus x4": "88a2df8ef17b9fa7",
    "bsrgan-light": "f13cb3291d985cb2",
    "osediff": "10b591730f003d12",
    "stablesr": "c89e0b8496dd7e64",
    "pisasr": "fbb057419ec926a5",
    "resshift": "d8a9ea7ba8539072",
    "resshift-test": "9982fc552b931860",
    "diffbir-v1": "3dbe4d49d3b4100a",
    "gate": "6b58c9fbbfdd76c1",
    "dasr": "44d7f3f3a8c7fb1d",
    "dasr-weak": "dd9b2bc71b77a28a",
    "dasr-standard": "30ea8c60891513e0",
    "dasr-severe": "4a4c01a1faf84cf8",
    "neosr": "3d151846a5e1d8f8",
    "trainner-redux": "80369be1f5bbdbc3",
    "waifu2x-photo-0": "31c0c8901b1404b7",
    "waifu2x-photo-1": "8958d3e815094ab9",
    "waifu2x-photo-2": "195e741a559794d4",
    "waifu2x-photo-3": "43ce1d2a2aad4dd3",
    "gfpgan": "e350e93bfa176018",
    "codeformer-large": "c1fe619c0b4e1efe",
    "codeformer-small": "b58a81e0c4786fa6",
    "codeformer-color": "571b6850dc82c213",
    "stablesr-face": "f250517bbfef99df",
    "osediff-face": "69e59c80bac51da0",
    "gpen": "62e27e5affa76426",
    "waifu2x-art-0": "8339d4675257ad08",
    "waifu2x-art-1": "422e809fea40c0b5",
    "waifu2x-art-2": "c613e0349731f910",
    "waifu2x-art-3": "d1fda7b19948eeaf",
    "wtp-game-texture": "3f93c3b766844e3d",
}
