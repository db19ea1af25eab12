"""Video codecs: a clip of an image is encoded in memory and one of its frames is decoded again.

Encoders are FFmpeg's, through PyAV. What FFmpeg's scaler would do on the way, which depends on the processor, is done
in `degradekit.functional.ycbcr`: planes go in and planes come out. Every encoder has one thread, as more make some of
them encode other pixels.

Source: docs/model.md, section Video.
"""

import io
import os
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import av
import numpy as np
from av.codec.codec import UnknownCodecError

from degradekit.errors import DegradekitError
from degradekit.functional.resizing import resize
from degradekit.functional.ycbcr import (
    BLACK,
    CHROMA_STEPS,
    LUMA_STEPS,
    NEUTRAL,
    Planes,
    from_limited,
    merge,
    restore,
    split,
    subsample,
    to_limited,
)
from degradekit.types import Image, Pixels, Size

Levels = list[Pixels]
"""The planes of a frame: Y, Cb and Cr."""

_MATRIX, _DOWN, _UP = "bt601", "area", "bilinear"
_REFUSED_MULTIPLE = 4096
"""MPEG-2's header cannot hold a side that is a multiple of it."""
_RATE = 25


def through_codec(
    image: Image,
    encoder: str,
    subsampling: str,
    options: Mapping[str, Any],
    least_side: int = 16,
    frames: int = 1,
    drift: tuple[float, float] = (0.0, 0.0),
    pick: int = 0,
) -> Image:
    """Encode a clip of an image and return one of its decoded frames.

    Args:
        image: (H, W, C) float32, C = 1 or 3; it is clipped to [0, 1]. A gray image has a constant chroma.
        encoder: FFmpeg's name of the encoder.
        subsampling: `4:2:0`, `4:2:2` or `4:4:4`, whichever the encoder takes.
        options: FFmpeg's options for the encoder, beside the one thread.
        least_side: Shorter sides are padded to this, and odd sides to even ones, by repeating the edge.
        frames: Frames of the clip.
        drift: How far the image moves down and to the right from frame to frame, in pixels.
        pick: Which frame is returned. It is the one that shows the image where it was.

    Returns:
        (H, W, C) float32 in [0, 1].

    Raises:
        DegradekitError: PyAV was built without the encoder.
    """
    size = _padded(image.shape[0], least_side), _padded(image.shape[1], least_side)
    moves = ((pick - index) * np.array(drift) for index in range(frames))
    clip = (_planes(_moved(image, *move.tolist()), size, subsampling) for move in moves)
    file = _encode(clip, size, encoder, subsampling, options)
    return _image(_decode(file, pick), subsampling, image.shape)


def _moved(image: Image, up: float, left: float) -> Image:
    return resize(image, image.shape[0], image.shape[1], "bicubic", shift=(up, left))


def _planes(image: Image, size: Size, subsampling: str) -> Levels:
    height, width, channels = image.shape
    padding = ((0, size[0] - height), (0, size[1] - width), (0, 0))
    whole = np.pad(np.clip(image, np.float32(0), np.float32(1)), padding, mode="edge")
    if channels == 3:
        luma, *chroma = split(whole, _MATRIX)
        samples = [to_limited(subsample(c, subsampling, _DOWN, left=True), CHROMA_STEPS, NEUTRAL) for c in chroma]
    else:
        luma = whole
        neutral = to_limited(subsample(np.zeros_like(luma), subsampling, _DOWN, left=True), CHROMA_STEPS, NEUTRAL)
        samples = [neutral, neutral]
    return [to_limited(luma, LUMA_STEPS, BLACK), *samples]


def _padded(side: int, least_side: int) -> int:
    """Return a side that the encoder takes."""
    even = max(side + side % 2, least_side)
    return even if even % _REFUSED_MULTIPLE else even + 2


def _image(levels: Levels, subsampling: str, shape: tuple[int, ...]) -> Image:
    height, width, channels = shape
    luma = from_limited(levels[0][:height, :width], LUMA_STEPS, BLACK)
    if channels == 1:
        return np.clip(luma, np.float32(0), np.float32(1))
    cb, cr = (
        restore(from_limited(plane, CHROMA_STEPS, NEUTRAL), subsampling, _UP, True, height, width)
        for plane in levels[1:]
    )
    planes: Planes = (luma, cb, cr)
    return merge(planes, _MATRIX)


def _encode(
    clip: Iterable[Levels], size: Size, encoder: str, subsampling: str, options: Mapping[str, Any]
) -> io.BytesIO:
    os.environ.setdefault("SVT_LOG", "0")  # SVT-AV1 would write its settings to stderr, and has no option against it
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as container:
        stream: Any
        try:
            stream = container.add_stream(encoder, rate=_RATE, options={name: str(options[name]) for name in options})
        except UnknownCodecError:
            rule = f"must have the encoder {encoder}, as its wheels from PyPI do"
            raise DegradekitError(f"PyAV: {rule}; install one with: pip install --only-binary av av") from None
        stream.codec_context.thread_count = 1
        stream.height, stream.width = size
        stream.pix_fmt = f"yuv{subsampling.replace(':', '')}p"
        frames = [_frame(levels, stream, index) for index, levels in enumerate(clip)]
        packets = [packet for frame in (*frames, None) for packet in stream.encode(frame)]
        for index, packet in enumerate(packets):
            # Any that ascend and are no later than the frames are shown; x265's are undefined in short clips.
            packet.dts = index - len(packets)
            container.mux(packet)
    file.seek(0)
    return file


def _frame(levels: Levels, stream: Any, index: int) -> av.VideoFrame:
    frame = av.VideoFrame(stream.width, stream.height, stream.pix_fmt)
    for plane, values in zip(frame.planes, levels, strict=True):
        _lines(plane)[:, : values.shape[1]] = values
    frame.pts = index
    return frame


def _decode(file: io.BytesIO, pick: int) -> Levels:
    with av.open(file, "r", format="matroska") as container:
        container.streams.video[0].codec_context.thread_count = 1
        frame = next(islice(container.decode(video=0), pick, None))
        return [_lines(plane)[:, : plane.width].copy() for plane in frame.planes]


def _lines(plane: Any) -> Pixels:
    """Return the memory of a plane, whose lines may be longer than it is wide."""
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height]
