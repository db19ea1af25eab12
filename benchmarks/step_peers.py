"""The work of typical_steps.py with OpenCV, Pillow, PyAV and NumPy: with their own calls and the same parameters.

Images are float32 in and out; "8-bit" in a name says that the work is done on 8-bit images, with no conversion counted.
"""

import io
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial

import av
import cv2
import numpy as np
import straight
from PIL import Image as PILImage
from timing import Contender
from typical_steps import LENS, SIDE

from degradekit.step import Step

Work = Callable[[], object]
Row = tuple[str, str, Work]
BORDER = cv2.BORDER_REFLECT_101
FILTERS = {"area": cv2.INTER_AREA, "bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC, "lanczos": 4}


def rows(image: np.ndarray, steps: dict[str, Step]) -> dict[str, list[Contender]]:
    """Return the contenders by the row of the table that they belong to."""
    pixels = np.rint(image * 255).astype(np.uint8)
    contenders: dict[str, list[Contender]] = {}
    parts = (_filters(image, pixels, steps), _sizes(image), _noises(image, pixels), _codecs(pixels))
    for part in (*parts, _videos(pixels, steps), _prints(image, pixels), _colors(image, pixels)):
        for row, who, work in part:
            contenders.setdefault(row, []).append(Contender(who, lambda _, call=work: call()))
    return contenders


def _filters(image: np.ndarray, pixels: np.ndarray, steps: dict[str, Step]) -> Iterator[Row]:
    side = steps["kernel, Gaussian 21 x 21"].kernel().sum(0)
    yield (
        "kernel, Gaussian 21 x 21",
        "OpenCV separable",
        partial(cv2.sepFilter2D, image, -1, side, side),
    )
    for row, each in steps.items():
        if (kernel := each.kernel()) is not None and each.op != "box_blur":
            yield row, "OpenCV filter2D", lambda k=kernel: straight.blur(image, k)
    yield "box blur 5 x 5", "OpenCV", lambda: cv2.blur(image, (5, 5), borderType=BORDER)
    yield "median 5 x 5", "OpenCV, float", lambda: cv2.medianBlur(image, 5)
    yield "median 5 x 5", "OpenCV, 8-bit", lambda: cv2.medianBlur(pixels, 5)
    yield "bilateral 7 x 7", "OpenCV", lambda: cv2.bilateralFilter(image, 7, 30 / 255, 3.0, borderType=BORDER)
    yield "sharpen, 51 taps", "OpenCV + NumPy", lambda: straight.sharpen(image)

    def unsharp_mask() -> np.ndarray:
        blurred = cv2.GaussianBlur(image, (13, 13), 1.5)
        return np.clip(cv2.addWeighted(image, 2, blurred, -1, 0), 0, 1)

    yield "halo, unsharp mask", "OpenCV + NumPy", unsharp_mask
    box = np.ones((3, 3), np.uint8)
    yield "thick lines", "OpenCV", lambda: cv2.addWeighted(image, 0.75, cv2.erode(image, box), 0.25, 0)


def _sizes(image: np.ndarray) -> Iterator[Row]:
    for name, flag in FILTERS.items():
        yield f"resize to 230, {name}", "OpenCV", lambda f=flag: cv2.resize(image, (230, 230), interpolation=f)
    yield "resize to 600, bicubic", "OpenCV", lambda: cv2.resize(image, (600, 600), interpolation=cv2.INTER_CUBIC)

    def antialiased() -> list[np.ndarray]:
        planes = (PILImage.fromarray(image[:, :, channel]) for channel in range(3))
        return [np.asarray(plane.resize((230, 230), PILImage.Resampling.BICUBIC)) for plane in planes]

    yield "resize to 230, bicubic antialiased", "Pillow", antialiased
    yield "crop to 384", "NumPy", lambda: image[8:392, 8:392].copy()

    def pixelate() -> np.ndarray:
        smaller = cv2.resize(image, (160, 160), interpolation=cv2.INTER_AREA)
        return cv2.resize(smaller, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)

    yield "pixelate x2.5", "OpenCV", pixelate


def _noises(image: np.ndarray, pixels: np.ndarray) -> Iterator[Row]:
    rng = np.random.default_rng(0)
    sigma = np.float32(10 / 255)

    def normal(shape: tuple[int, ...] = image.shape) -> np.ndarray:
        return rng.standard_normal(shape, np.float32)

    def salt_and_pepper() -> np.ndarray:
        chance = rng.random(image.shape, np.float32)
        return np.where(chance < 0.01, np.float32(0), np.where(chance > 0.99, np.float32(1), image))

    def resized() -> np.ndarray:
        field = cv2.resize(normal((267, 267, 3)), (SIDE, SIDE), interpolation=cv2.INTER_LANCZOS4)
        return np.clip(image + field * np.float32(15 / 255), 0, 1)

    def uniform() -> np.ndarray:
        field = rng.random(image.shape, np.float32) - np.float32(0.5)
        return np.clip(image + field * np.float32(50 / 255), 0, 1)

    yield "noise, Gaussian, sigma 10", "NumPy", lambda: np.clip(image + normal() * sigma, 0, 1)
    yield "noise, Gaussian gray", "NumPy", lambda: np.clip(image + normal((SIDE, SIDE, 1)) * sigma, 0, 1)
    yield "noise, Poisson", "NumPy", lambda: straight.add_poisson(rng, image, 1.0)
    yield "noise, speckle, sigma 10", "NumPy", lambda: np.clip(image + image * normal() * sigma, 0, 1)
    yield "uniform noise, 25", "NumPy", uniform
    yield "salt and pepper, 2 %", "NumPy", salt_and_pepper
    yield "resized noise, x1.5", "NumPy + OpenCV", resized
    mosaic = np.ascontiguousarray(pixels[:, :, 1])
    yield "camera, bilinear", "OpenCV, demosaicing alone, 8-bit", lambda: cv2.cvtColor(mosaic, cv2.COLOR_BayerRGGB2RGB)
    yield "ISP", "OpenCV, denoising alone, 8-bit", lambda: cv2.fastNlMeansDenoisingColored(pixels, None, 3, 10, 3, 7)


def _codecs(pixels: np.ndarray) -> Iterator[Row]:
    def opencv(ending: str, *options: int) -> Work:
        return lambda: cv2.imdecode(cv2.imencode(ending, pixels, options)[1], cv2.IMREAD_COLOR)

    def pillow(form: str, **options: object) -> Work:
        def work() -> np.ndarray:
            data = io.BytesIO()
            PILImage.fromarray(pixels).save(data, form, **options)
            return np.asarray(PILImage.open(data))

        return work

    yield "JPEG quality 60", "OpenCV, 8-bit", opencv(".jpg", cv2.IMWRITE_JPEG_QUALITY, 60)
    yield "JPEG quality 60", "Pillow, 8-bit", pillow("JPEG", quality=60)
    yield "JPEG with own tables", "Pillow, 8-bit", pillow("JPEG", quality=60)
    yield "WebP quality 60", "OpenCV, 8-bit", opencv(".webp", cv2.IMWRITE_WEBP_QUALITY, 60)
    yield "WebP quality 60", "Pillow, 8-bit", pillow("WEBP", quality=60)
    yield "AVIF quality 60", "Pillow, 8-bit", pillow("AVIF", quality=60, speed=9, max_threads=1)
    if cv2.haveImageWriter(".avif"):
        speed = (cv2.IMWRITE_AVIF_QUALITY, 60, cv2.IMWRITE_AVIF_SPEED, 9)
        yield "AVIF quality 60", "OpenCV, 8-bit", opencv(".avif", *speed)
    ratio = {"quality_mode": "rates", "quality_layers": [50.0], "irreversible": True}
    yield "JPEG 2000 ratio 50", "Pillow, 8-bit", pillow("JPEG2000", **ratio)
    yield "JPEG 2000 ratio 50", "OpenCV, 8-bit", opencv(".jp2", cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 20)
    yield "JPEG XL quality 60", "Pillow, 8-bit", pillow("JXL", quality=60, effort=5, num_threads=1)
    to, back = cv2.COLOR_RGB2YUV_I420, cv2.COLOR_YUV2RGB_I420
    yield "chroma subsampling 4:2:0", "OpenCV, 8-bit", lambda: cv2.cvtColor(cv2.cvtColor(pixels, to), back)


def _videos(pixels: np.ndarray, steps: dict[str, Step]) -> Iterator[Row]:
    """PyAV with FFmpeg's own conversion of colors, which rounds twice where degradekit's planes are exact."""
    for row, each in steps.items():
        if hasattr(each, "encoding") and each.frames == 1:
            yield row, "PyAV, 8-bit", partial(_encoded, pixels, each.encoding())


def _encoded(pixels: np.ndarray, encoding: tuple) -> np.ndarray:
    data, options = io.BytesIO(), {name: str(value) for name, value in encoding.options.items()}
    with av.open(data, "w", format="matroska") as container:
        stream = container.add_stream(encoding.encoder, rate=25, options=options)
        stream.width = stream.height = SIDE
        stream.pix_fmt, stream.codec_context.thread_count = "yuv420p", 1
        frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        packets = [*stream.encode(frame), *stream.encode(None)]
        for index, packet in enumerate(packets):
            packet.dts = index - len(packets)  # x265 leaves it undefined
            container.mux(packet)
    data.seek(0)
    with av.open(data) as container:
        container.streams.video[0].codec_context.thread_count = 1
        return next(container.decode(video=0)).to_ndarray(format="rgb24")


def _prints(image: np.ndarray, pixels: np.ndarray) -> Iterator[Row]:
    picture, web_safe = PILImage.fromarray(pixels), PILImage.new("P", (1, 1))
    web_safe.putpalette(
        [level for r in range(6) for g in range(6) for b in range(6) for level in (r * 51, g * 51, b * 51)]
    )
    diffused, plain = PILImage.Dither.FLOYDSTEINBERG, PILImage.Dither.NONE

    def median_cut(dither: PILImage.Dither) -> np.ndarray:
        palette = picture.quantize(64, PILImage.Quantize.MEDIANCUT, dither=plain)
        chosen = palette if dither == plain else picture.quantize(palette=palette, dither=dither)
        return np.asarray(chosen.convert("RGB"))

    def two_levels() -> list[np.ndarray]:
        return [np.asarray(plane.convert("1")) for plane in picture.split()]

    def nearest() -> np.ndarray:
        return np.asarray(picture.quantize(palette=web_safe, dither=diffused).convert("RGB"))

    yield "quantize to 16 levels", "NumPy", lambda: np.rint(np.clip(image, 0, 1) * np.float32(15)) / np.float32(15)
    yield "dither, Floyd and Steinberg", "Pillow, 8-bit", two_levels
    yield "palette of 64, median cut", "Pillow, 8-bit", lambda: median_cut(plain)
    yield "palette of 64, diffused", "Pillow, 8-bit", lambda: median_cut(diffused)
    yield "palette web safe, diffused", "Pillow, 8-bit", nearest


def _colors(image: np.ndarray, pixels: np.ndarray) -> Iterator[Row]:
    powers = (np.clip((np.arange(256) / 255) ** (1 / 1.1) * 240 + 8, 0, 255)).astype(np.uint8)
    yield "levels, gamma 1.1", "OpenCV table, 8-bit", lambda: cv2.LUT(pixels, powers)
    yield "levels, gamma 1.1", "OpenCV, float", lambda: cv2.pow(image, 1 / 1.1) * np.float32(240 / 255)

    def in_hsv(channel: int, factor: float, shift: float) -> np.ndarray:
        hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
        hsv[:, :, channel] = hsv[:, :, channel] * np.float32(factor) + np.float32(shift)
        return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)

    def grayscale() -> np.ndarray:
        return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)

    yield "saturation, HSV", "OpenCV", lambda: in_hsv(1, 0.7, 0)
    yield "hue +0.03 turns", "OpenCV", lambda: in_hsv(0, 1, 360 * 0.03)
    yield "grayscale", "OpenCV", grayscale
    yield "saturation, luma", "OpenCV", lambda: cv2.addWeighted(image, 0.7, grayscale(), 0.3, 0)
    shifts = np.array([8, 0, -8], np.float32) / 255
    yield "color cast, shift", "NumPy", lambda: np.clip(image + shifts, 0, 1)
    yield "brightness x1.1", "NumPy", lambda: np.clip(image * np.float32(1.1), 0, 1)
    rows, columns = np.indices((SIDE, SIDE), np.float32)
    dy, dx = rows - LENS["center_y"], columns - LENS["center_x"]
    square = (dy**2 + dx**2) / np.float32(LENS["radius"]) ** 2

    def aberration() -> np.ndarray:
        red, green, blue = (np.ascontiguousarray(image[:, :, channel]) for channel in range(3))
        moved = []
        for plane, k1, k2 in ((red, 0.001, 0.0005), (blue, -0.001, 0.0005)):
            factor = np.float32(k1) * square + np.float32(k2) * square**2
            where = columns + dx * factor, rows + dy * factor
            moved.append(cv2.remap(plane, *where, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
        return cv2.merge([moved[0], green, moved[1]])

    yield "chromatic aberration", "OpenCV remap", aberration

    def shifted() -> np.ndarray:
        matrix, result = np.array([[1, 0, 1.25], [0, 1, 0.5]]), image.copy()
        red = np.ascontiguousarray(image[:, :, 0])
        result[:, :, 0] = cv2.warpAffine(red, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
        return result

    yield "channel shift, red", "OpenCV", shifted

    def to_light(values: np.ndarray = image) -> np.ndarray:
        return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** np.float32(2.4))

    def from_light(values: np.ndarray = image) -> np.ndarray:
        return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** np.float32(1 / 2.4) - 0.055)

    yield "to light", "NumPy", to_light
    yield "from light", "NumPy", from_light
    gains = np.array([1.1, 1.0, 0.9], np.float32)
    yield "color cast, in light", "NumPy", lambda: from_light(np.clip(to_light() * gains, 0, 1))
    yield "vignetting", "NumPy", lambda: from_light(to_light() / (1 + np.float32(0.64) * square[..., None]) ** 2)
    angles = np.arange(SIDE, dtype=np.float32)[:, None, None] * np.float32(2 * math.pi / 40) + 1
    yield "sine stripes", "NumPy", lambda: np.clip(image + np.float32(0.2) * np.sin(angles), 0, 1)
