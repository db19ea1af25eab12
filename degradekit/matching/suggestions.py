"""Which operator a recipe may lack, by the statistics in which real photos lie outside of what it makes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from degradekit.matching.shifts import Shift, Side
from degradekit.statistics import JPEG_SCORE_THRESHOLD


@dataclass(frozen=True)
class _Rule:
    """A suggestion, and when it is made.

    Attributes:
        statistics: Any of these has to be telling.
        side: On which side the real photos have to lie.
        sentences: What it means and what to try; `{median}` is that of the real photos.
        operators: The operators that the sentences name.
        least, most: The median of the real photos has to lie between these.
        also: Other statistics that have to lean to a side.
        unless: Other statistics that must not lean to a side, as these would be the reason.
        is_about_last_jpeg: Whether it is about how strong the last JPEG is, which is fitted where files have headers.
    """

    statistics: tuple[str, ...]
    side: Side
    sentences: str
    operators: tuple[str, ...]
    least: float = -math.inf
    most: float = math.inf
    also: tuple[tuple[str, Side], ...] = ()
    unless: tuple[tuple[str, Side], ...] = ()
    is_about_last_jpeg: bool = False

    def fires(self, name: str, shifts: Mapping[str, Shift]) -> bool:
        shift = shifts[name]
        return (
            name in self.statistics
            and shift.is_telling(self.side)
            and self.least <= shift.median <= self.most
            and all(shifts[other].leans(side, _LEANING_AUC) for other, side in self.also)
            and not any(shifts[other].leans(side, _LEANING_AUC) for other, side in self.unless)
        )


_LEANING_AUC = 0.65
"""From this AUC on a statistic counts as a reason for or against what another one suggests."""

_CHROMA_NOISE = ("cb_noise_immerkaer", "cb_noise_mad", "cb_noise_patches")
_LESS_COMPRESSED = (
    "The photos are less compressed than what the recipe makes. Raise the quality of its last JPEG, or put Maybe "
    "around it."
)

RULES = (
    _Rule(
        ("channel_range",),
        "low",
        "The photos are gray. Add Grayscale, or leave them out.",
        ("Grayscale",),
        most=0.5,
    ),
    _Rule(
        ("gradient_kurtosis",),
        "high",
        "Fine texture is gone, while strong edges are left: the photos were denoised, or come from a video. Try ISP, "
        "Bilateral or Median after the noise, or H264.",
        ("ISP", "Bilateral", "Median", "H264"),
        unless=(("directionality", "high"),),
    ),
    _Rule(
        ("flat_correlation_1", "flat_correlation_2", "flat_correlation_diagonal"),
        "high",
        "Noise is correlated between neighbors: it was made before an upscale, or it is denoised camera noise or film "
        "grain. Try FilmGrain, ResizedNoise, or Noise before a Resize.",
        ("FilmGrain", "ResizedNoise", "Noise", "Resize"),
        unless=(("flat_residual", "low"),),
    ),
    _Rule(
        ("flat_correlation_1", "flat_correlation_2", "flat_correlation_diagonal"),
        "low",
        "Noise is independent from pixel to pixel: nothing has smoothed it since. End the recipe with Noise, without "
        "a Kernel, a Resize or a Sinc after it.",
        ("Noise", "Kernel", "Resize", "Sinc"),
        also=(("flat_residual", "high"),),
    ),
    _Rule(
        ("flat_variance_arch",),
        "high",
        "Noise is strongest at middle levels, as film grain is. Try FilmGrain or BooleanGrain.",
        ("FilmGrain", "BooleanGrain"),
    ),
    _Rule(
        ("flat_variance_slope",),
        "high",
        "Noise grows with the level, as that of a sensor does. Try Camera, or Noise of the kind `poisson`.",
        ("Camera", "Noise"),
    ),
    _Rule(
        ("off_grid_peak",),
        "high",
        "Borders of blocks lie off the grid of 8 pixels: the photos were cropped between two compressions, or come "
        "from a video. Try JPEGPasses with shifted grids, or H264.",
        ("JPEGPasses", "H264"),
    ),
    _Rule(
        ("jpeg_score_off_grid",),
        "high",
        "The blocks of JPEG begin beside the corner: the photos were cropped after a compression. Try JPEGPasses with "
        "shifted grids.",
        ("JPEGPasses",),
        least=JPEG_SCORE_THRESHOLD,
    ),
    _Rule(
        ("difference_periodicity",),
        "high",
        "Differences repeat at a period other than 8 pixels: the photos were compressed and then resized, or come from "
        "a video. Try JPEG before a Resize, or MPEG2 before one.",
        ("JPEG", "Resize", "MPEG2"),
    ),
    _Rule(
        ("spectrum_cutoff",),
        "low",
        "The spectrum ends at {median:.2f} cycles / pixel, where .50 is the most: the photos were enlarged. End the "
        "recipe with a Resize up.",
        ("Resize",),
        most=0.45,
    ),
    _Rule(
        ("edge_overshoot", "edge_ringing"),
        "high",
        "Edges overshoot or ring: the photos were sharpened, or filtered sharply. Try Halo or Sharpen after the "
        "resize, or a last Sinc.",
        ("Halo", "Sharpen", "Sinc"),
    ),
    _Rule(
        ("spectrum_peak", "row_alternation"),
        "high",
        "A pattern repeats over the photos. Try Screentone for print, Interlace for video, SineStripes for screens.",
        ("Screentone", "Interlace", "SineStripes"),
    ),
    _Rule(
        ("row_banding", "column_banding"),
        "high",
        "Whole rows or columns are lighter or darker. Try Camera with a row_noise_ratio, or SineStripes.",
        ("Camera", "SineStripes"),
    ),
    _Rule(
        ("directionality",),
        "high",
        "Detail is blurred in one direction. Try MotionBlur or TrajectoryBlur, or a Kernel that is anisotropic.",
        ("MotionBlur", "TrajectoryBlur", "Kernel"),
        also=(("edge_width", "high"),),
    ),
    _Rule(
        ("red_displacement", "blue_displacement"),
        "high",
        "Red or blue is displaced by about {median:.1f} pixels. Try ChromaticAberration or ChannelShift.",
        ("ChromaticAberration", "ChannelShift"),
        least=0.2,
    ),
    _Rule(
        ("empty_levels", "histogram_comb"),
        "high",
        "Many levels are missing. Try Quantize, Dither, Palette, or Levels before the last step.",
        ("Quantize", "Dither", "Palette", "Levels"),
    ),
    _Rule(
        ("share_of_0", "share_of_255"),
        "high",
        "Many pixels are black or white. Try Levels, or Sharpen after the resize.",
        ("Levels", "Sharpen"),
    ),
    _Rule(
        ("cb_noise_ratio",),
        "high",
        "Noise is in the colors too. Try Camera, or Noise with the channels `color`, without a JPEG of 4:2:0 after it.",
        ("Camera", "Noise", "JPEG"),
    ),
    _Rule(
        ("cb_power_last", "cb_spectrum_slope"),
        "low",
        "Color has less fine detail than the recipe leaves. Try ChromaSubsampling, JPEG of 4:2:0, or H264.",
        ("ChromaSubsampling", "JPEG", "H264"),
    ),
    _Rule(
        ("cb_power_last", *_CHROMA_NOISE),
        "high",
        "Color has more fine detail than the recipe leaves. Try JPEG of 4:4:4, or Maybe around the JPEG.",
        ("JPEG", "Maybe"),
    ),
    _Rule(("small_high_coefficients",), "low", _LESS_COMPRESSED, ("JPEG", "Maybe"), is_about_last_jpeg=True),
    _Rule(("wang_score",), "high", _LESS_COMPRESSED, ("JPEG", "Maybe"), is_about_last_jpeg=True),
    _Rule(
        ("border_ratio", "grid_peak"),
        "high",
        "The blocks of a JPEG show more than in what the recipe makes. Lower the quality of its last JPEG, or let one "
        "come last more often.",
        ("JPEG",),
        is_about_last_jpeg=True,
    ),
    _Rule(
        ("flat_residual",),
        "low",
        "Flat areas are cleaner than the recipe leaves them. Let the amplitudes of Noise begin at 0, or put Maybe "
        "around it.",
        ("Noise", "Maybe"),
    ),
    _Rule(
        ("flat_residual", "noise_mad", "noise_patches", "noise_immerkaer"),
        "high",
        "The photos are noisier than what the recipe makes. Raise the amplitudes of Noise, or try Camera.",
        ("Noise", "Camera"),
        also=(("flat_residual", "high"),),
    ),
    _Rule(
        ("edge_width",),
        "high",
        "The photos are blurrier than what the recipe makes. Let the sigma of its Kernel reach further, or try "
        "DiscBlur, or a Resize down before the last one up.",
        ("Kernel", "DiscBlur", "Resize"),
    ),
    _Rule(
        ("edge_width",),
        "low",
        "Edges are narrower than what the recipe makes: it blurs too much, or the photos were sharpened. Lower the "
        "sigma of its Kernel, or try Halo or Sharpen after the resize.",
        ("Kernel", "Halo", "Sharpen"),
    ),
)
"""All suggestions; of several that fit a statistic, the first is made."""


def suggestions(ranked: Sequence[str], shifts: Mapping[str, Shift], *, has_headers: bool = False) -> dict[str, str]:
    """Return a suggestion for each statistic that gives reason for one.

    Args:
        ranked: The statistics, the most telling first; a suggestion that several give is made for the first one alone.
        shifts: Where the real photos lie in each.
        has_headers: Whether the quality of the last JPEG is read off headers, so that none is suggested.
    """
    made: dict[str, str] = {}
    for name in ranked:
        rules = (rule for rule in RULES if not (has_headers and rule.is_about_last_jpeg))
        rule = next((rule for rule in rules if rule.fires(name, shifts)), None)
        sentences = rule.sentences.format(median=shifts[name].median) if rule else ""
        if rule and not any(text == sentences for text in made.values()):
            made[name] = sentences
    return made
