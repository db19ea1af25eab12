"""waifu2x: nagadomi/nunif, waifu2x/training/."""

from math import pi, radians, sqrt
from typing import Any

from preset_numbers.grammar import Either, Line, Maybe, Node, Seq
from preset_numbers.laws import SEED, Choice, Law, Mixed, Relative, Uniform, Unused, equal, integers, same
from preset_numbers.lines import HR

LR = HR // 2
FILTERS = Choice({"box": 1 / 3, "sinc": 1 / 3, "lanczos": 1 / 6, "bilinear_antialiased": 1 / 16, "catrom": 1 / 3})
DOWNSCALE = Line(
    "downscale",
    "resize",
    factor=1.0,
    height=LR,
    width=LR,
    filter=FILTERS,
    filter_width=Mixed((0.9, None), (0.1, Uniform(0.95, 1.05))),
)


def first(name: str, quality: Law) -> Line:
    """Return the first JPEG, which chooses the subsampling of all."""
    return Line(name, "jpeg", quality=quality, subsampling=equal("4:2:0", "4:4:4"))


def again(name: str, quality: Law) -> tuple[Line, Line]:
    """Return a further JPEG, on the same grid of blocks and on a shifted one."""
    fields: dict[str, Any] = {"quality": quality, "subsampling": same("subsampling_of_first")}
    on_top, below = {"top": 0, "left": integers(1, 7)}, {"top": integers(1, 7), "left": integers(0, 7)}
    shifted = Line(name, "jpeg_passes.shifted", (7, {**fields, **on_top}), (56, {**fields, **below}))
    return Line(name, "jpeg", **fields), shifted


def passes(shift_p: float, one: Line, *more: tuple[Line, Line]) -> Node:
    """Return JPEGs one after the other; whether grids are shifted is drawn once."""
    aligned = Seq(*(line for line, _ in more))
    moved = Seq(*(Either((1, line), (63, shifted)) for line, shifted in more))
    return Seq(one, Either((1 - shift_p, aligned), (shift_p, moved)))


def lower(name: str, law: Law) -> Law:
    """Return the law of a quality below the first pass's."""
    return Relative("quality_of_first", law)


ART_2 = Either(
    (0.6, first("one pass", integers(27, 70))),
    (
        0.3,
        passes(
            0.07,
            first("first of two", Mixed((0.95, integers(37, 70)), (0.05, integers(37, 95)))),
            again("second of two", lower("two", integers(-10, -5))),
        ),
    ),
    (
        0.1,
        passes(
            0.07,
            first("first of three", Mixed((0.95, integers(52, 70)), (0.05, integers(52, 95)))),
            again("second of three", lower("two", integers(-15, -5))),
            again("third of three", lower("three", integers(-25, -15))),
        ),
    ),
)
ART = (first("level 0", integers(85, 95)), first("level 1", integers(65, 85)), ART_2, ART_2)


def photo(second: Law) -> Node:
    """Return levels 2 and 3 for photos."""
    one = first("first of photo", Mixed((0.95, integers(37, 70)), (0.05, integers(52, 95))))
    return Either((0.8, one), (0.2, passes(0.3, one, again("second of photo", second))))


PHOTO = (
    first("level 0", integers(85, 95)),
    first("level 1", Mixed((0.5, integers(37, 70)), (0.5, integers(90, 98)))),
    photo(integers(70, 90)),
    photo(integers(37, 90)),
)


def codec(levels: tuple[Node, ...], level: int, p: float, own: float) -> Node:
    """Return the JPEGs of a level, sometimes those of any level up to it."""
    anyone = Either(*((1, levels[index]) for index in range(level + 1)))
    return Maybe(p, Either((own, levels[level]), (1 - own, anyone)))


SHARED: dict[str, Any] = {"seed": SEED, "offset": 0.0}
IN_SHADOWS = Choice({True: 0.25, False: 0.75})
PLAIN: dict[str, Any] = {
    "factor_y": 1.0,
    "factor_x": 1.0,
    "filter": Unused(),
    "blur_sigma": 0.0,
    "line_weight": 0.0,
    "line_direction": Unused(),
    "sharpening": 0.0,
    "sharpening_sigma": Unused(),
    "renormalize": False,
}


def noises(level: int) -> Node:
    """Return the noises of photos; strengths are 255 times the range times the level's factor."""
    times = 255 * (0.25, 0.5, 1.2, 1.8)[level]

    def strength(low: float, high: float, by: float = 1.0) -> Law:
        return Uniform(low * times * by, high * times * by)

    averaged = Line(
        "averaged",
        "resized_noise",
        **SHARED,
        channels="gray",
        in_shadows=False,
        sigma=strength(0.02, 0.1, 1 / sqrt(8)),
        **PLAIN,
        sign=equal("both", "lighten", "darken"),
        coverage=1.0,
        block_size=1,
    )
    grain = Line(
        "grain",
        "photo_grain",
        *(
            (
                1,
                {
                    **SHARED,
                    "channels": equal("color", "gray"),
                    "in_shadows": IN_SHADOWS,
                    "amplitude": strength(0.02, 0.1),
                    "fine": fine,
                    "coarse": coarse,
                    "filter": equal("bilinear", "nearest"),
                },
            )
            for fine, coarse in ((1.0, Uniform(0, 1)), (Uniform(0, 1), 1.0))
        ),
    )
    perlin = Line(
        "Perlin",
        "fractal_noise",
        **SHARED,
        channels="gray",
        in_shadows=IN_SHADOWS,
        amplitude=strength(0.02, 0.1),
        octaves=1,
        frequency=Mixed((0.5, Uniform(0.25, 0.5)), (0.5, Uniform(0.5, 1))),
        lacunarity=Uniform(0.01, 0.5),
        angle=Mixed((0.5, 0.0), (0.5, Uniform(-pi, pi))),
    )
    variants = []
    for enlarged, p in ((False, 0.75), (True, 0.25)):
        for blur, q in (("none", 0.75), ("gaussian", 0.125), ("line", 0.125)):
            fields = dict(PLAIN)
            if enlarged:
                fields |= {"factor_y": Uniform(1, 2), "factor_x": Uniform(1, 2), "filter": "bilinear"}
            if blur == "gaussian":
                fields["blur_sigma"] = Uniform(0.6, 1.4)
            if blur == "line":
                fields |= {
                    "line_weight": Uniform(0.005, 1 / 3),
                    "line_direction": equal("horizontal", "vertical", "falling", "rising"),
                }
            variants.append((p * q, fields))

    def varied(name: str, channels: Any, **rest: Any) -> Line:
        shared = {**SHARED, "channels": channels, "in_shadows": False, "sigma": strength(0.02, 0.1)}
        return Line(name, "resized_noise", *((p, {**shared, **fields, "sign": "both", **rest}) for p, fields in variants))

    normal = varied(
        "varied",
        equal("color", "gray"),
        coverage=Mixed((0.75, 1.0), (0.25, Uniform(0.1, 0.5))),
        block_size=1,
    )
    methods: list[Node] = [averaged, grain, perlin, normal]
    if level >= 2:
        paper = Line(
            "paper",
            "paper_texture",
            **SHARED,
            channels=equal("color", "gray"),
            in_shadows=IN_SHADOWS,
            amplitude=strength(0.05, 0.15),
            shape=Choice({"circle": 0.2, "rectangle": 0.6, "checker": 0.2}),
            period=Uniform(2, 5),
            height=Uniform(1 / 3, 1),
            width=Uniform(1 / 3, 1),
            corner_radius=Uniform(0, 1),
            angle=Mixed((0.2, 0.0), (0.6, Uniform(-radians(5), radians(5))), (0.2, Uniform(-pi, pi))),
            inverted=equal(True, False),
        )
        methods += [paper, varied("in blocks", "gray", coverage=Uniform(0.02, 0.5), block_size=8)]
    return Maybe((0.1, 0.1, 0.9, 0.9)[level], Either(*((1, method) for method in methods)))


RECIPES: dict[str, Node] = {}
for level in range(4):
    own = 0.75 if level < 3 else 0.95 + 0.05 * 0.75
    RECIPES[f"waifu2x-art-{level}"] = Seq(DOWNSCALE, codec(ART, level, (0.65, 0.65, 0.65, 0.95)[level], own))
    RECIPES[f"waifu2x-photo-{level}"] = Seq(
        DOWNSCALE, noises(level), codec(PHOTO, level, (0.3, 0.6, 0.9, 0.9)[level], own)
    )
