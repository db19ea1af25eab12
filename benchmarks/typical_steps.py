"""A typical step of every operator, with middle parameters: the rows of operators.py, and the steps that have none.

The name of a row says what its peers are given too, so that they do the same work.
"""

import math
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as PILImage

import degradekit as dk
from degradekit import catalogue
from degradekit.functional.normal import standard_normal
from degradekit.step import Step

SIDE = 400
SEED = 7
LENS = {"center_y": 199.5, "center_x": 199.5, "radius": 282.84}
ISO = {"sigma_x": 2.0, "sigma_y": 2.0}
ROTATED = {"sigma_x": 3.0, "sigma_y": 1.0, "theta": 0.5}
FRACTAL = {"amplitude": 20.0, "octaves": 6, "frequency": 0.7, "lacunarity": 0.3, "angle": 0.0}


def step(op: str, **values: Any) -> Step:
    """Return the step of this name."""
    return catalogue.find_step(op)(**values)


def drawn(operator: Any, **changed: Any) -> Step:
    """Return a step that the operator draws, with some fields changed."""
    return replace(operator.sample((SIDE, SIDE), seed=SEED).steps[0], **changed)


def typical_steps() -> dict[str, Step]:
    """Return a step for every row of the table, by the row's name, in the order of the catalogue."""
    rows = dict(_rows())
    order = list(catalogue.BUILT_IN)
    return dict(sorted(rows.items(), key=lambda row: order.index(row[1].op.partition(".")[0])))


def missing(steps: dict[str, Step]) -> list[str]:
    """Return the names of the catalogue's steps that have no row."""
    known = [each.op for op in catalogue.BUILT_IN for each in catalogue.find_operator(op).step_types]
    return sorted(set(known) - {each.op for each in steps.values()})


def _rows() -> Iterator[tuple[str, Step]]:
    yield from _blurs()
    yield from _sizes()
    yield from _noises()
    yield from _codecs()
    yield from _prints()
    yield from _colors()


def _blurs() -> Iterator[tuple[str, Step]]:
    yield "kernel, Gaussian 21 x 21", step("kernel", family="iso", size=21, **ISO)
    yield "kernel, rotated Gaussian 21 x 21", step("kernel", family="aniso", size=21, **ROTATED)
    yield "kernel, rotated plateau 21 x 21", step("kernel", family="plateau_aniso", size=21, beta=1.5, **ROTATED)
    yield "sinc 13 x 13", step("sinc", size=13, cutoff=2.0)
    yield "sinc 21 x 21", step("sinc", size=21, cutoff=1.5)
    yield "box blur 5 x 5", step("box_blur", radius=2.0)
    yield "disc blur, radius 4", step("disc_blur", radius=4.0)
    yield "motion blur, 10 px at 30 degrees", step("motion_blur", length=10.0, angle=math.pi / 6)
    yield "trajectory blur", drawn(dk.TrajectoryBlur(), exposure=0.5)
    yield "random kernel 5 x 5", step("random_kernel", size=5, seed=SEED)
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "shaken.npy", drawn(dk.TrajectoryBlur(), exposure=0.5).kernel())
        yield "kernel from a folder", drawn(dk.KernelFolder(folder))
    yield "median 5 x 5", step("median", size=5)
    yield "bilateral 7 x 7", step("bilateral", size=7, sigma_color=30.0, sigma_space=3.0)
    yield "sharpen, 51 taps", step("sharpen", size=51, weight=0.5, threshold=10.0)
    yield "halo, unsharp mask", step("halo", kind="unsharp_mask", sigma=1.5, amount=1.0)
    yield "halo, dark only", step("halo", kind="unsharp_dark", sigma=1.5, amount=1.0)
    yield "thick lines", step("thick_lines", strength=0.25)


def _sizes() -> Iterator[tuple[str, Step]]:
    smaller = {"height": 230, "width": 230, "factor": 0.575}
    for name in ("area", "bilinear", "bicubic", "lanczos", "bicubic_antialiased"):
        yield f"resize to 230, {name.replace('_', ' ')}", step("resize", filter=name, **smaller)
    yield "resize to 600, bicubic", step("resize", height=600, width=600, factor=1.5, filter="bicubic")
    yield "resize to 230, bicubic, in light", step("resize", filter="bicubic", linear_light=True, **smaller)
    yield "resize to 100, blurred", step("resize.gaussian", height=100, width=100, factor=0.25, sigma=1.2)
    yield "resize to 100, DPID", step("resize.dpid", height=100, width=100, factor=0.25, detail=0.5)
    yield "crop to 384", step("crop", height=384, width=384)
    yield "mark of the chosen recipe", step("one_of.recipe", name="photos")
    yield "pixelate x2.5", step("pixelate", factor=2.5)


def _noises() -> Iterator[tuple[str, Step]]:
    yield "noise, Gaussian, sigma 10", step("noise.gaussian", sigma=10.0, seed=SEED)
    yield "noise, Gaussian gray", step("noise.gaussian", sigma=10.0, seed=SEED, channels="gray")
    yield "noise, Poisson", step("noise.poisson", scale=1.0, seed=SEED)
    yield "noise, speckle, sigma 10", step("noise.speckle", sigma=10.0, seed=SEED)
    yield "uniform noise, 25", step("uniform_noise", amplitude=25.0, seed=SEED)
    yield "salt and pepper, 2 %", step("salt_pepper", density=0.02, seed=SEED)
    yield "resized noise, x1.5", step("resized_noise", sigma=15.0, factor_y=1.5, factor_x=1.5, seed=SEED)
    yield "resized noise, lines", step("resized_noise", sigma=15.0, line_weight=0.1, seed=SEED)
    yield "fractal noise", step("fractal_noise", seed=SEED, channels="gray", **FRACTAL)
    yield "photo grain", step("photo_grain", amplitude=15.0, fine=0.6, coarse=0.8, seed=SEED, channels="gray")
    yield "paper texture", drawn(dk.PaperTexture(), channels="color")
    with tempfile.TemporaryDirectory() as folder:
        levels = np.rint(120 + 3 * standard_normal((256, 512, 3), seed=SEED)).astype(np.uint8)
        PILImage.fromarray(levels).save(Path(folder) / "noise.png")
        pool = drawn(dk.NoisePool(folder))
        pool(np.zeros((SIDE, SIDE, 3), np.float32))  # reads the folder
        yield "noise pool", pool
    camera = drawn(dk.Camera(sensors="brooks", shot_variance=0.002, demosaic_methods="bilinear"))
    yield "camera, bilinear", camera
    yield "camera, Malvar", replace(camera, demosaic_method="malvar")
    yield "camera, no mosaic", replace(camera, demosaic_method="none")
    yield "ISP", step("isp", denoising=1.0, sharpening=0.75)
    yield "film grain", step("film_grain", grain="T4", strength=1.0, size=1.0, seed=SEED)
    yield "film grain, enlarged", step("film_grain", grain="T4", strength=1.0, size=2.0, seed=SEED)
    yield "boolean grain", step("boolean_grain", radius=0.25, blur_sigma=0.8, seed=SEED)


def _codecs() -> Iterator[tuple[str, Step]]:
    yield "JPEG quality 60", step("jpeg", quality=60, subsampling="4:2:0")
    yield "JPEG shifted by 3, 5", step("jpeg_passes.shifted", quality=60, subsampling="4:2:0", top=3, left=5)
    yield "JPEG with own tables", drawn(dk.JPEGTables(quality=60, subsampling="4:2:0"))
    yield "WebP quality 60", step("webp", quality=60, method=4)
    yield "AVIF quality 60", step("avif", quality=60, speed=9)
    yield "JPEG 2000 ratio 50", step("jpeg2000", ratio=50.0)
    yield "JPEG XL quality 60", step("jpegxl", quality=60, effort=5)
    yield "H.264 crf 26", step("h264", crf=26)
    yield "H.264 crf 26, third of 3 frames", step("h264", crf=26, frames=3, drift_y=1.0, drift_x=2.0, pick=2)
    yield "HEVC crf 26", step("hevc", crf=26)
    yield "MPEG-2 quantizer 10", step("mpeg2", quantizer=10)
    yield "MPEG-4 quantizer 10", step("mpeg4", quantizer=10)
    yield "VP9 crf 30", step("vp9", crf=30, speed=4)
    yield "AV1 crf 30", step("av1", crf=30, speed=8)
    yield "chroma subsampling 4:2:0", step("chroma_subsampling", subsampling="4:2:0")


def _prints() -> Iterator[tuple[str, Step]]:
    yield "quantize to 16 levels", step("quantize", levels=16)
    yield "dither, ordered 4 x 4", step("dither.ordered", levels=4, size=4)
    yield "dither, Floyd and Steinberg", step("dither.diffusion", levels=2, filter="floyd_steinberg")
    yield "dither, Riemersma", step("dither.riemersma", levels=4, history=12, decay=0.5)
    yield "palette of 64, median cut", step("palette.median_cut", colors=64)
    yield "palette of 64, diffused", step("palette.median_cut", colors=64, diffusion="floyd_steinberg")
    yield "palette web safe, diffused", step("palette.fixed", palette="web_safe", diffusion="floyd_steinberg")
    yield "screentone, gray", step("screentone.gray", size=7, spot="dot", angle=0.5)
    yield "screentone, value", step("screentone.value", size=7, spot="dot", angle=0.5)
    yield "screentone, RGB", step("screentone.rgb", size=7, spots=("dot",) * 3, angles=(0.26, 1.31, 0.0))
    inks = {"angles": (0.26, 1.31, 0.0, 0.79), "ink_strengths": (0.75,) * 4}
    yield "screentone, CMYK", step("screentone.cmyk", size=7, spots=("dot",) * 4, **inks)


def _colors() -> Iterator[tuple[str, Step]]:
    yield "levels, gamma 1.1", step("levels", in_low=0.0, in_high=255.0, out_low=8.0, out_high=248.0, gamma=1.1)
    yield "saturation, HSV", step("saturation", factor=0.7)
    yield "saturation, luma", step("saturation", factor=0.7, model="luma")
    yield "grayscale", step("grayscale")
    yield "color cast, in light", step("color_cast", gains=(1.1, 1.0, 0.9))
    yield "color cast, shift", step("color_cast", gains=(1.0, 1.0, 1.0), offsets=(8.0, 0.0, -8.0))
    yield "brightness x1.1", step("color_jitter.brightness", factor=1.1)
    yield "contrast x1.1", step("color_jitter.contrast", factor=1.1)
    yield "hue +0.03 turns", step("color_jitter.hue", turns=0.03)
    yield "vignetting", step("vignetting", falloff=0.8, **LENS)
    factors = {"red_k1": 0.001, "red_k2": 0.0005, "blue_k1": -0.001, "blue_k2": 0.0005}
    yield "chromatic aberration", step("chromatic_aberration", **LENS, **factors)
    yield "channel shift, red", step("channel_shift", plane="red", dy=0.5, dx=1.25)
    yield "interlace, comb", step("interlace.comb", motion=6.0)
    yield "interlace, blend", step("interlace.blend", motion=6.0)
    yield "interlace, bob", step("interlace.bob")
    yield "sine stripes", step("sine_stripes", depth=0.2, period=40.0, phase=1.0)
    yield "to light", step("linear_light.decode", transfer="srgb")
    yield "from light", step("linear_light.encode", transfer="srgb")
