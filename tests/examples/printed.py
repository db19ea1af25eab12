"""Quantization, dithers, palettes and screentone."""

from typing import get_args

from degradekit import Dither, Palette, Quantize, Screentone
from degradekit.operators.dither import Diffusion
from degradekit.operators.screentone import Spot

LEAVES = {
    "quantize": Quantize(),
    "quantize all": Quantize(levels=(2, 256)),
    "dither": Dither(),
    "dither ordered": Dither(kinds="ordered", matrix_sizes={"2x2": 1.0, "4x4": 1.0, "8x8": 1.0, "16x16": 1.0}),
    **{f"dither {kind.replace('_', ' ')}": Dither(kinds=kind) for kind in get_args(Diffusion)},
    "dither riemersma": Dither(kinds="riemersma", history=(2, 64), decay=(0.001, 1.0)),
    "palette": Palette(),
    "palette web safe": Palette(kinds="web_safe"),
    "palette ega": Palette(kinds="ega"),
    "screentone": Screentone(),
    **{f"screentone {spot.replace('_', ' ')}": Screentone(kinds="gray", spots=spot) for spot in get_args(Spot)},
    "screentone rgb": Screentone(kinds="rgb"),
    "screentone value": Screentone(kinds="value"),
    "screentone cmyk": Screentone(kinds="cmyk", size=(2, 64), ink_strength=(0.0, 1.0)),
}

GOLDENS = {
    "quantize": "1feb19d89da32d64",
    "quantize all": "32ce2f56b00ee9b0",
    "dither": "0c7f35e526090a76",
    "dither ordered": "2c18c3ab7d4b4232",
    "dither floyd steinberg": "3452983749f76380",
    "dither jarvis judice ninke": "ef260e2171c19997",
    "dither stucki": "11bc65fad01cab8e",
    "dither atkinson": "717f4a0c482a6ed2",
    "dither burkes": "85171f62aeae50a5",
    "dither sierra": "ec8d6dbc3ad8ea30",
    "dither two row sierra": "f4138ec71e574e27",
    "dither sierra lite": "411462856cec7df0",
    "dither riemersma": "8cee9a186204ee9d",
    "palette": "b318432a227f0c45",
    "palette web safe": "c9dcca69729fa3c4",
    "palette ega": "46335c7d4212e588",
    "screentone": "dfbe79b94b07aea3",
    "screentone dot": "ca27402f74852a8c",
    "screentone line": "beab7b4d0a423cb6",
    "screentone inverse line": "a8a60161b7e0dd30",
    "screentone cross": "634ea9adb24266e6",
    "screentone ellipse": "9a80d774ef98d18b",
    "screentone smooth dot": "16bf867272c37e14",
    "screentone rgb": "37e8bd3a9bce80bc",
    "screentone value": "72f4fdb96c13b66a",
    "screentone cmyk": "a56e8f4690a9fb1e",
}
