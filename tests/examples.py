"""One table of operators that all generic tests run over; a new operator is one line here."""

from degradekit import (
    JPEG,
    Chain,
    Crop,
    HighOrder,
    Kernel,
    Maybe,
    Noise,
    OneOf,
    Resize,
    Sharpen,
    Shuffle,
    Sinc,
    Stage,
)
from degradekit.presets import PRESETS, preset

LEAVES = {
    "kernel": Kernel(),
    "kernel sinc": Kernel(sinc_probability=1.0),
    "kernel variance": Kernel(sigma=(0.01, 8.0), sigma_law="variance", families={"aniso": 1.0}, sinc_probability=0.0),
    "kernel single size": Kernel(size=(9, 9)),
    "sinc": Sinc(),
    "resize": Resize(),
    "resize area": Resize(filters={"area": 1.0}),
    "resize lr": Resize(to="lr", factor=(0.3, 1.2), direction={"up": 0.3, "down": 0.4, "keep": 0.3}),
    "resize exact": Resize(to=(11, 6), filters={"bicubic_antialiased": 1.0, "lanczos": 1.0, "nearest": 1.0}),
    "resize gaussian": Resize(factor=(0.25, 0.25), direction={"down": 1.0}, filters={"gaussian": 1.0}),
    "resize reciprocal": Resize(factor=(0.125, 1.0), direction={"down": 1.0}, factor_law="reciprocal"),
    "noise": Noise(),
    "noise gaussian": Noise(kinds={"gaussian": 1.0}, channels={"color": 1.0, "gray": 1.0, "correlated": 1.0}),
    "noise poisson peak": Noise(kinds={"poisson": 1.0}, peak=(100.0, 10_000.0)),
    "noise speckle": Noise(kinds={"speckle": 1.0}, channels={"correlated": 1.0}),
    "jpeg": JPEG(),
    "jpeg all": JPEG(quality=(1, 100), subsampling={"4:2:0": 1.0, "4:2:2": 1.0, "4:4:4": 1.0}),
    "sharpen": Sharpen(),
    "crop": Crop(),
}

COMPOSITES = {
    "chain": Chain((Kernel(), Noise(), JPEG())),
    "chain scale": Chain((Kernel(), Resize(to="lr")), scale=2),
    "shuffle": Shuffle((Kernel(), Chain((Resize(), Sinc())), Noise(), JPEG()), probability=0.7),
    "shuffle ordered": Shuffle((Kernel(), Resize(), Resize(to="lr"), JPEG()), ordered=(("resize.0", "resize.1"),)),
    "one_of": OneOf((Kernel(), Sinc(), Maybe(JPEG(), 0.5)), weights=(1.0, 2.0, 0.5)),
    "maybe": Maybe(Kernel(name="soft"), 0.5),
    "stage": Stage(compress=None),
    **{f"order {order}": HighOrder(order=order, scale=3) for order in (1, 2, 3, 4)},
    **{f"{name} x{scale}": preset(name, scale) for name in PRESETS for scale in (1, 2, 4)},
}

ALL = LEAVES | COMPOSITES
