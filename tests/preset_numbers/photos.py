"""Presets for photos: Real-ESRGAN, and those that differ from it in numbers."""

from typing import Any

from preset_numbers.grammar import Either, Line, Maybe, Node, Seq, Shuffle
from preset_numbers.lines import HR, SHARPEN, blur, end, final_sinc, jpeg, noise, resize, to_size

LR = HR // 4
UP_DOWN_KEEP = ((0.2, 0.7, 0.1), (0.3, 0.4, 0.3))
"""Directions of the resizes of both stages."""


def two_stages(
    sigma: Any = ((0.2, 3), (0.2, 1.5)),
    factor: Any = ((0.15, 1.5), (0.3, 1.2)),
    directions: Any = UP_DOWN_KEEP,
    gaussian: Any = ((1, 30), (1, 25)),
    poisson: Any = ((0.05, 3), (0.05, 2.5)),
    quality: Any = ((30, 95), (30, 95)),
    second_blur: float = 0.8,
    final: float = 0.8,
    **others: Any,
) -> Node:
    """Return spec sections 2 to 6: Real-ESRGAN's options without USM."""
    noises = {name: others.pop(name) for name in ("gray", "gaussian_p") if name in others}
    return Seq(
        blur("blur 1", sigma[0], **others),
        resize("resize 1", factor[0], directions[0]),
        noise("noise 1", gaussian[0], poisson[0], **noises),
        jpeg("JPEG 1", *quality[0]),
        Maybe(second_blur, blur("blur 2", sigma[1], **others)),
        resize("resize 2", factor[1], directions[1], LR),
        noise("noise 2", gaussian[1], poisson[1], **noises),
        end(LR, quality[1], final),
    )


# Real-ESRGAN's options: options/train_realesrgan_x4plus.yml.
BASELINE = two_stages()

CLASSICAL = Seq(
    blur("blur", (0.2, 3)), to_size("resize", LR), noise("noise", (1, 30), (0.05, 3)), jpeg("JPEG", 30, 95)
)

BICUBIC = to_size("imresize", LR, "bicubic_antialiased")

MILD = {
    "factor": ((0.3, 1.5), (0.6, 1.2)),
    "gaussian": ((1, 15), (1, 12)),
    "poisson": ((0.05, 2), (0.05, 1)),
    "quality": ((60, 95), (60, 100)),
    "second_blur": 0.5,
}

STABLESR = two_stages(sigma=((0.2, 1.5), (0.2, 1)), generalized=(0.5, 2), plateau=(1, 1.5), **MILD)

RESSHIFT = Seq(
    blur("blur 1", (0.2, 3), (3, 19)),
    resize("resize 1", (0.15, 1.5), UP_DOWN_KEEP[0]),
    noise("noise 1", (1, 30), (0.05, 3)),
    jpeg("JPEG 1", 30, 95),
    Maybe(
        0.5,
        Seq(
            Maybe(0.8, blur("blur 2", (0.2, 1.5), (3, 13))),
            resize("resize 2", (0.3, 1.2), UP_DOWN_KEEP[1], LR),
            noise("noise 2", (1, 25), (0.05, 2.5)),
        ),
    ),
    end(LR, (30, 95), sizes=(3, 13)),
)

RESSHIFT_TEST = Seq(
    blur("blur 1", (0.2, 0.8), (3, 11), families={"iso": 0.6, "aniso": 0.4}),
    resize("resize 1", (0.5, 1.5), UP_DOWN_KEEP[0]),
    noise("noise 1", (1, 15), (0.05, 0.3)),
    jpeg("JPEG 1", 70, 95),
    end(LR, (80, 100), 0.2, sizes=(3, 5)),
)


def gate(part: Node) -> Node:
    """Return a part that is there half the time."""
    return Maybe(0.5, part)


LAST_RESIZE = to_size("last resize", LR)
GATE = Seq(
    gate(blur("blur 1", (0.2, 3))),
    gate(resize("resize 1", (0.15, 1.5), UP_DOWN_KEEP[0])),
    gate(noise("noise 1", (1, 30), (0.05, 3))),
    gate(jpeg("JPEG 1", 30, 95)),
    gate(blur("blur 2", (0.2, 1.5))),
    gate(resize("resize 2", (0.3, 1.2), UP_DOWN_KEEP[1], LR)),
    gate(noise("noise 2", (1, 25), (0.05, 2.5))),
    Either(
        (0.5, Shuffle(Seq(LAST_RESIZE, Maybe(0.8, final_sinc())), jpeg("last JPEG", 30, 95))),
        (0.5, LAST_RESIZE),
    ),
)

DASR_KERNELS: Any = {"families": {"iso": 0.65, "aniso": 0.35}, "sinc": 0, "sizes": (9, 21)}


def dasr(sigma: Any, factor: Any, directions: Any, gaussian: Any, poisson: Any, quality: Any) -> Node:
    """Return DASR's single stage."""
    return Seq(
        blur("blur", sigma, **DASR_KERNELS),
        resize("resize", factor, directions),
        noise("noise", gaussian, poisson),
        jpeg("JPEG", *quality),
        LAST_RESIZE,
    )


WEAK = dasr((0.2, 0.8), (0.85, 1.2), (0.1, 0.2, 0.7), (1, 10), (0.05, 0.5), (90, 95))
STANDARD = dasr((0.2, 1.5), (0.5, 1.2), (0.3, 0.4, 0.3), (1, 20), (0.05, 1.5), (50, 95))
SEVERE = two_stages(**DASR_KERNELS)

NEOSR = two_stages(
    factor=((0.5, 1.5), (0.3, 1.5)),
    directions=((0.3, 0.4, 0.3), (0.3, 0.4, 0.3)),
    gaussian=((0, 2), (0, 2)),
    poisson=((0.05, 0.25), (0.05, 0.1)),
    quality=((40, 95), (35, 95)),
    second_blur=0.4,
    gray=0.1,
    gaussian_p=0.2,
)

RECIPES = {
    "real-esrgan": Seq(SHARPEN, BASELINE),
    "classical": CLASSICAL,
    "bicubic": BICUBIC,
    "osediff": BASELINE,
    "stablesr": Either((0.99, Seq(SHARPEN, STABLESR)), (0.01, Seq(SHARPEN, to_size("no degradation", LR, "bicubic_antialiased")))),
    "pisasr": two_stages(**MILD),
    "resshift": RESSHIFT,
    "resshift-test": RESSHIFT_TEST,
    "gate": GATE,
    "dasr-weak": Seq(SHARPEN, WEAK),
    "dasr-standard": Seq(SHARPEN, STANDARD),
    "dasr-severe": Seq(SHARPEN, SEVERE),
    "dasr": Seq(
        SHARPEN,
        Either(
            (0.3, Seq(WEAK, Line("name", "one_of.recipe", name="weak"))),
            (0.3, Seq(STANDARD, Line("name", "one_of.recipe", name="standard"))),
            (0.4, Seq(SEVERE, Line("name", "one_of.recipe", name="severe"))),
        ),
    ),
    "neosr": NEOSR,
}
