"""Published parameters of AV1's film grain: test vectors of libaom, by their numbers there.

Source: docs/model.md, section Film grain.
"""

from typing import NamedTuple

Points = tuple[tuple[int, int], ...]


class Chroma(NamedTuple):
    """The grain of a chroma plane.

    Attributes:
        ar: Coefficients in raster order, and that of the luma's grain at the same pixel.
        points: Amplitude at values of 0..255, as in `GrainSet`.
        luma_mult, mult, offset: The value for `points` is (luma_mult * luma + mult * chroma) / 64 + offset.
    """

    ar: tuple[int, ...]
    points: Points
    luma_mult: int = 64
    mult: int = 0
    offset: int = 0


class GrainSet(NamedTuple):
    """A published set of parameters.

    Attributes:
        lag: How many rows up, and columns to the left and right, the filter reaches.
        ar_shift: The coefficients of the filter are in units of 2^-ar_shift.
        ar: The luma's coefficients in raster order.
        points: The luma's amplitude at values of 0..255, between them on lines; a grain is multiplied by it.
        shift: Amplitudes are in units of 2^-shift.
        overlap: Neighboring blocks are blended over 2 pixels.
        cb, cr: The chroma planes.
    """

    lag: int
    ar_shift: int
    ar: tuple[int, ...]
    points: Points
    shift: int
    overlap: bool
    cb: Chroma
    cr: Chroma


def _flat(amplitude: int) -> Points:
    return ((0, amplitude), (255, amplitude))


_LUMA_ONLY_3 = Chroma((0,) * 24 + (127,), _flat(64))
_LUMA_ONLY_2 = Chroma((0,) * 12 + (127,), _flat(32))

# A row of coefficients or of points stays together.
# fmt: off
SETS = {
    "T1": GrainSet(
        2, 8, (0, 0, -58, 0, 0, 0, -76, 100, -43, 0, -51, 82),
        ((16, 0), (25, 136), (33, 144), (41, 160), (48, 168), (56, 136), (67, 128), (82, 144), (97, 152), (113, 144),
         (128, 176), (143, 168), (158, 176), (178, 184)),
        11, False,
        Chroma((0, 0, -49, 0, 0, 0, -36, 22, -30, 0, -38, 7, 39),
               ((16, 0), (20, 64), (28, 88), (60, 104), (90, 136), (105, 160), (134, 168), (168, 208)), 64, 119, -238),
        Chroma((0, 0, -47, 0, 0, 0, -31, 31, -25, 0, -32, 13, -100),
               ((16, 0), (28, 96), (56, 80), (66, 96), (80, 104), (108, 96), (122, 112), (137, 112), (169, 176)),
               64, 101, -202),
    ),
    "T2": GrainSet(
        3, 7, (4, 1, 3, 0, 1, -3, 8, -3, 7, -23, 1, -25, 0, -10, 6, -17, -4, 53, 36, 5, -5, -17, 8, 66),
        _flat(96), 11, True, _LUMA_ONLY_3, _LUMA_ONLY_3,
    ),
    "T4": GrainSet(
        3, 8, (7, -9, 2, 4, 7, -12, 7, -18, 18, -30, -27, -42, 13, -20, 7, -18, 6, 107, 55, -2, -4, -9, -22, 113),
        ((16, 0), (24, 137), (53, 146), (63, 155), (78, 155), (107, 150), (122, 147), (136, 147), (166, 153)),
        11, True,
        Chroma((-3, -1, -4, 3, -6, -2, 3, 1, -4, -10, -10, -5, -5, -3, -1, -13, -28, -25, -31, -6, -4, 14, -64, 66, 0),
               ((16, 0), (20, 72), (27, 82), (33, 91), (69, 121), (95, 143), (108, 154), (134, 169), (147, 177))),
        Chroma((0, 4, -3, 13, 0, 1, -3, 0, -3, -10, -68, -4, -2, -5, 2, -3, -20, 62, -31, 0, -4, -1, -8, -29, 0),
               ((16, 0), (24, 95), (54, 93), (65, 94), (79, 98), (109, 107), (124, 119), (139, 136), (169, 170))),
    ),
    "T9": GrainSet(
        2, 8, (10, -30, -20, -39, 1, -24, 12, 103, 60, -9, -24, 113),
        _flat(48), 10, True, _LUMA_ONLY_2, _LUMA_ONLY_2,
    ),
}
# fmt: on
"""Sets of libaom's film grain test vectors, by their numbers there."""
