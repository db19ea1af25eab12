"""Recipes that a match is not shown, with the low-quality photos that they make, and what is known of their draws."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from degradekit import H264, JPEG, Camera, Chain, DiscBlur, FilmGrain, HighOrder, Resize
from degradekit.changes import changed
from degradekit.dataset.sources import scan
from degradekit.matching.observing import Observer
from degradekit.operators.base import Operator
from degradekit.picture_files import decode
from degradekit.presets import preset
from degradekit.types import Pixels

SCALE = 4
MOST_HR_SIDE = 640
DRAWS = 3000
"""Draws by which distributions of fields are compared."""
PRESET = preset("real-esrgan", SCALE)
QUALITY, LAST = "stages.1.compress.quality", "last"
Values = NDArray[Any]
"""What a field is in each of many draws: numbers, NaN where it was not drawn, or names."""


@dataclass(frozen=True)
class Hidden:
    """A recipe that a match is not shown.

    Attributes:
        name: Its name in the tables.
        degrade: Makes the LR of an HR tile; its other argument is the index of the tile, and seeds all draws.
        is_inside: Whether the preset can make the same LRs.
        truth: What fields of the preset are in its draws, by path, as far as this is known.
        header_qualities: Where its LRs are stored as JPEG files, the span of their quality; otherwise as PNG files.
    """

    name: str
    degrade: Callable[[Pixels, int], Pixels]
    is_inside: bool
    truth: Mapping[str, Values]
    header_qualities: tuple[int, int] | None = None


@cache
def draws(recipe: Operator) -> dict[str, Values]:
    """Return what each field of a recipe is in many draws."""
    observer = Observer(recipe)
    observed = [observer.sample((MOST_HR_SIDE, MOST_HR_SIDE), seed=2, key=str(index))[1] for index in range(DRAWS)]
    return {field.path: np.array([values[field.path] for values in observed]) for field in observer.fields}


def hidden_recipes() -> list[Hidden]:
    """Return all of them: the preset itself, those inside of it, and others."""
    return [
        _inside("the preset itself", {}),
        _inside("quality 70 to 90", {QUALITY: (70, 90)}),
        _inside("strong noise", {"stages.1.noise.sigma": (12.0, 22.0), "stages.1.noise.scale": (1.2, 2.2)}),
        _inside(
            "small before the end",
            {
                "stages.1.resize.direction": {"down": 0.95, "keep": 0.05},
                "stages.1.resize.factor": (0.3, 0.6),
            },
        ),
        _inside("low cutoff", {"last.children.1.probability": 0.95, "last.children.1.child.cutoff": (1.05, 1.7)}),
        _inside(
            "gray Gaussian noise",
            {
                "stages.1.noise.kinds": {"gaussian": 0.95, "poisson": 0.05},
                "stages.1.noise.channels": {"gray": 0.9, "color": 0.1},
            },
        ),
        Hidden("JPEG last", by(_with_jpeg_last()), True, draws(PRESET) | {LAST: _names("compress")}),
        _inside(
            "several fields",
            {
                QUALITY: (40, 60),
                "stages.1.noise.sigma": (1.0, 6.0),
                "stages.1.noise.scale": (0.05, 0.6),
                "stages.1.resize.factor": (0.6, 1.2),
                "last.children.1.probability": 0.3,
            },
        ),
        Hidden(
            "JPEG files",
            by(_with_jpeg_last(compress=False)),
            True,
            draws(PRESET) | {LAST: _names("compress"), QUALITY: _uniform(60, 85)},
            header_qualities=(60, 85),
        ),
        Hidden("bsrgan", by(preset("bsrgan", SCALE)), False, {LAST: _names("compress"), QUALITY: _uniform(30, 95)}),
        Hidden("camera", by(_camera()), False, {LAST: _names("compress"), QUALITY: _uniform(80, 95)}),
        Hidden("video codec", by(_video()), False, {}),
        Hidden("film grain", by(_film()), False, {}),
        Hidden("pristine bicubic", by(preset("bicubic", SCALE)), False, {}),
        Hidden(
            "Pillow: blur, JPEG, resize, JPEG", _pillow, False, {LAST: _names("compress"), QUALITY: _uniform(75, 92)}
        ),
    ]


def write_lrs(hidden: Hidden, photos: Path, folder: Path, count: int, seed: int) -> list[int]:
    """Write the LRs of a hidden recipe, each of a tile of a photo, and return the qualities of those that are JPEGs."""
    folder.mkdir(parents=True)
    sources = list(scan(str(photos)))
    rng = np.random.default_rng(seed)
    qualities = []
    for index in range(count):
        hr = _tile(decode(sources[index % len(sources)].read()), rng)
        lr = Image.fromarray(hidden.degrade(hr, index))
        if hidden.header_qualities is None:
            lr.save(folder / f"{index:04}.png")
        else:
            low, high = hidden.header_qualities
            qualities.append(int(rng.integers(low, high + 1)))
            lr.save(folder / f"{index:04}.jpg", quality=qualities[-1])
    return qualities


def _tile(photo: Pixels, rng: np.random.Generator) -> Pixels:
    """Cut a tile whose sides are multiples of 8 pixels of the LR."""
    height, width = (min(MOST_HR_SIDE, side // (8 * SCALE) * 8 * SCALE) for side in photo.shape[:2])
    y, x = (int(rng.integers(0, whole - part + 1)) for whole, part in zip(photo.shape, (height, width), strict=False))
    return np.ascontiguousarray(photo[y : y + height, x : x + width])


def _inside(name: str, changes: Mapping[str, Any]) -> Hidden:
    recipe = changed(PRESET, changes)
    return Hidden(name, by(recipe), True, draws(recipe))


def by(recipe: Operator) -> Callable[[Pixels, int], Pixels]:
    """Return how a recipe makes the LR of an HR tile, by its index."""
    return partial(_degrade, recipe)


def _degrade(recipe: Operator, hr: Pixels, index: int) -> Pixels:
    return recipe(hr, seed=1, key=f"hidden {index}")


def _with_jpeg_last(compress: bool = True) -> Chain:
    """Return the preset with its last compression always at the end, or without it."""
    assert isinstance(PRESET, HighOrder)
    whole = PRESET.spelled_out
    first, second = whole.stages
    parts = [whole.sharpen, first, replace(second, compress=None), whole.last, second.compress if compress else None]
    return Chain([part for part in parts if isinstance(part, Operator)], SCALE)


def _camera() -> Chain:
    return Chain(
        [DiscBlur(radius=(0.5, 3.0)), Resize(to="lr", filters="area"), Camera(), JPEG(quality=(80, 95))], SCALE
    )


def _video() -> Chain:
    return Chain([Resize(to="lr", filters="bicubic_antialiased"), H264(crf=(23, 35))], SCALE)


def _film() -> Chain:
    return Chain([Resize(to="lr", filters="bicubic_antialiased"), FilmGrain()], SCALE)


def _pillow(hr: Pixels, index: int) -> Pixels:
    rng = np.random.default_rng([3, index])
    image = Image.fromarray(hr).filter(ImageFilter.GaussianBlur(rng.uniform(1.0, 3.0)))
    image = _jpeg(image, int(rng.integers(60, 86)))
    image = image.resize((image.width // SCALE, image.height // SCALE), Image.Resampling.BICUBIC)
    return np.asarray(_jpeg(image, int(rng.integers(75, 93))))


def _jpeg(image: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def _names(name: str) -> Values:
    return np.full(DRAWS, name)


def _uniform(low: int, high: int) -> Values:
    return np.random.default_rng(4).integers(low, high + 1, DRAWS).astype(float)
