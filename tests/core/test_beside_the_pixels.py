"""Pixels count, not what lies beside them: metadata of any kind, in any format, costs no photo."""

import io
import struct

import numpy as np
import pytest
from odd_files import EXIF, SETTINGS, SRGB, all_faults, saved
from PIL import Image

from degradekit import ImageError
from degradekit.image import to_image
from degradekit.modes import MORE_FRAMES, PROFILE_IGNORED
from degradekit.picture_files import decode, decode_whole


@pytest.fixture(scope="module")
def small(photo) -> Image.Image:
    return Image.fromarray(photo("coffee.png")[100:132, 100:140])


def test_no_fault_beside_the_pixels_costs_or_changes_a_photo(small):
    """Each fault in each format; what is read is what the plain file of that format holds."""
    plain = {kind: decode(saved(small, kind)) for kind in SETTINGS}
    lost = []
    for kind, fault, data in all_faults(small):
        for read in (decode, lambda data: decode_whole(data).levels):
            try:
                if not np.array_equal(read(data), plain[kind]):
                    lost.append(f"{kind}, {fault}: other pixels")
            except Exception as error:
                lost.append(f"{kind}, {fault}: {error!r}")
    assert not lost, "\n".join(lost)


@pytest.mark.parametrize("format", SETTINGS)
def test_a_profile_that_cannot_be_applied_is_noted_and_one_that_can_is_not(format, small):
    assert decode_whole(saved(small, format)).notes == ()
    assert decode_whole(saved(small, format, icc_profile=SRGB))[1:3] == (SRGB, ())
    unfit = decode_whole(saved(small, format, icc_profile=SRGB[:200]))
    assert unfit[1:3] == (None, (PROFILE_IGNORED,))


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF", "AVIF", "GIF"])
def test_of_several_frames_the_first_is_taken_and_noted(format, small):
    still = small.quantize(64) if format == "GIF" else small
    other = still.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    animated = decode_whole(saved(still, format, save_all=True, append_images=[other]))
    assert animated.notes == (MORE_FRAMES,)
    difference = np.abs(animated.levels.astype(int) - decode_whole(saved(still, format)).levels)
    assert difference.max() <= (16 if format == "AVIF" else 0)  # AVIF compresses an only frame otherwise


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
def test_the_orientation_is_read_in_every_format(format, orientation, small):
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = decode(saved(small, format))
    expected = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1], 5: upright.swapaxes(0, 1),
        6: upright[::-1].swapaxes(0, 1), 7: upright[::-1, ::-1].swapaxes(0, 1), 8: upright[:, ::-1].swapaxes(0, 1),
    }[orientation]  # fmt: skip
    np.testing.assert_array_equal(decode(saved(small, format, exif=exif)), expected)


@pytest.mark.parametrize("order", ["II", "MM"])
@pytest.mark.parametrize(("kind", "code"), [(3, "H"), (4, "L"), (8, "h"), (9, "l")])
def test_an_orientation_may_be_any_integer(order, kind, code, small):
    sign = {"II": "<", "MM": ">"}[order]
    value = struct.pack(sign + code, 6).ljust(4, b"\0")
    exif = order.encode() + struct.pack(f"{sign}HLH", 42, 8, 1) + struct.pack(f"{sign}HHL", 0x0112, kind, 1) + value
    turned = decode(saved(small, "PNG", exif=b"Exif\0\0" + exif + bytes(4)))
    np.testing.assert_array_equal(turned, decode(saved(small, "PNG"))[::-1].swapaxes(0, 1))


def test_a_warning_that_is_an_error_costs_no_photo(small):
    """This suite turns warnings into errors, as programs do; EXIF data that are cut make Pillow warn."""
    exif = EXIF["a value beyond the end"]
    np.testing.assert_array_equal(
        to_image(Image.open(io.BytesIO(saved(small, "PNG", exif=exif))))[0], to_image(small)[0]
    )


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF", "BMP", "GIF"])
@pytest.mark.parametrize("exif", [b"", EXIF["no orientation"]])
def test_pixels_that_are_cut_are_refused_whatever_lies_beside_them(format, exif, small):
    options = {"exif": b"Exif\0\0" + exif} if exif and format in SETTINGS else {}
    data = saved(small.quantize(256) if format == "GIF" else small, format, **options)
    for part in (0.5, 0.7, 0.9):
        with pytest.raises(ImageError):
            decode(data[: int(len(data) * part)])


@pytest.mark.parametrize("start", [b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0"])
@pytest.mark.parametrize("offset", [0, 2**31, 2**63 - 1, 2**64 - 1])
def test_a_directory_beyond_the_end_of_a_file_is_refused_in_words(start, offset):
    """A BigTIFF's offsets may be larger than any that Python takes."""
    order = "<" if start[:1] == b"I" else ">"
    with pytest.raises(ImageError):
        decode(start + struct.pack(order + "Q", offset) + bytes(64))
