"""What presets are made of; the numbers of BSRGAN's from 4,000 draws each, within five standard errors."""

from collections import Counter
from collections.abc import Iterator

import pytest
from bounds import assert_frequency, assert_uniform

from degradekit.extras import VIDEO
from degradekit.operators.base import Operator
from degradekit.operators.jpeg import JPEGStep
from degradekit.operators.resize import ResizeStep
from degradekit.presets import GROUPS, PRESETS, preset, summary

N = 4000


def parts(recipe: Operator) -> Iterator[Operator]:
    """Yield an operator and all that are in it."""
    yield recipe
    for inner in recipe.inner_operators():
        yield from parts(inner)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_described_in_one_line_that_names_the_extra_it_needs(name):
    assert 20 < len(summary(name)) <= 90
    assert summary(name).endswith(".")
    needs_video = any(part.extra == VIDEO for part in parts(preset(name)))
    assert needs_video == ("extra `video`" in summary(name))


def test_every_group_has_presets_and_they_follow_its_order():
    groups = [each.group for each in PRESETS.values()]
    assert list(dict.fromkeys(groups)) == list(GROUPS)
    assert groups == sorted(groups, key=list(GROUPS).index)


def kinds_of_steps(name: str, scale: int, variants: int) -> list[list[str]]:
    recipe = preset(name, scale)
    return [
        [step.op.partition(".")[0] for step in recipe.sample((400, 400), seed=0, variant=variant).steps]
        for variant in range(variants)
    ]


@pytest.mark.parametrize("name", ["gfpgan", "codeformer-color"])
def test_faces_change_their_colors_last_in_the_order_of_the_source(name):
    endings = set()
    for kinds in kinds_of_steps(name, 1, 600):
        assert kinds[:5] == ["kernel", "resize", "noise", "jpeg", "resize"]
        jitter = [kind for kind in kinds[5:] if kind in ("color_jitter", "saturation")]
        others = tuple(kind for kind in kinds[5:] if kind not in jitter)
        assert len(jitter) in (0, 4)
        assert kinds[5:] == [*others, *kinds[5 + len(others) :]]
        endings.add((*others, "jitter") if jitter else others)
    assert {(), ("color_cast",), ("jitter",), ("color_cast", "jitter")} <= endings
    assert endings <= {
        (*cast, *gray, *jitter)
        for cast in ((), ("color_cast",))
        for gray in ((), ("grayscale",))
        for jitter in ((), ("jitter",))
    }


@pytest.mark.parametrize(("scale", "resizes"), [(4, 3), (2, 2)])
def test_apisr_resizes_anywhere_and_ends_with_a_codec_at_the_lr_size(scale, resizes):
    last, before_the_first_codec = set(), set()
    for kinds in kinds_of_steps("apisr", scale, 300):
        assert kinds.count("resize") == resizes
        assert kinds[-2] == "resize"
        last.add(kinds[-1])
        before_the_first_codec.add(tuple("blur" if kind == "sinc" else kind for kind in kinds[:3]))
    assert last == {"jpeg", "webp", "avif", "mpeg2", "mpeg4", "h264", "hevc"}
    orders = {("resize", "kernel", "noise"), ("kernel", "resize", "noise"), ("kernel", "noise", "resize")}
    assert {tuple("kernel" if kind == "blur" else kind for kind in order) for order in before_the_first_codec} == orders


@pytest.mark.parametrize("scale", [1, 2])
def test_waifu2x_resizes_adds_noise_to_photos_and_compresses(scale):
    noises = {"resized_noise", "photo_grain", "fractal_noise", "paper_texture"}
    seen = set()
    for kinds in kinds_of_steps("waifu2x-photo-3", scale, 300):
        if scale > 1:
            assert kinds.pop(0) == "resize"
        if kinds and kinds[0] in noises:
            seen.add(kinds.pop(0))
        assert len(kinds) <= 2
        assert set(kinds) <= {"jpeg", "jpeg_passes"}
    assert seen == noises
    assert max(len(kinds) for kinds in kinds_of_steps("waifu2x-art-2", 1, 300)) == 3


def test_kadid_takes_one_to_four_distortions_of_different_kinds():
    recipe = preset("kadid")
    groups = [{part.op for part in parts(kind)} - {"one_of", "chain"} for kind in recipe.children[0].children]
    counts = Counter()
    for variant in range(600):
        ops = [step.op.partition(".")[0] for step in recipe.sample((40, 40), seed=0, variant=variant).steps]
        kinds = [index for op in dict.fromkeys(ops) for index, group in enumerate(groups) if op in group]
        counts[len(set(kinds))] += 1
        assert 1 <= len(ops) <= 5
    assert set(counts) >= {1, 2, 3, 4}


def test_web_repost_never_enlarges_the_hr():
    for scale in (1, 2, 4):
        for variant in range(50):
            first = preset("web-repost", scale).sample((400, 400), seed=0, variant=variant).steps[0]
            assert 400 // scale <= first.height <= min(400, 1000 // scale)


def drawn(name: str, scale: int = 4) -> list:
    recipe = preset(name, scale)
    return [recipe.sample((400, 400), seed=0, variant=variant) for variant in range(N)]


def test_classical_is_blur_resize_noise_and_jpeg_of_the_plain_hr():
    for degradation in drawn("classical")[:50]:
        assert [type(step) for step in degradation.steps[1::2]] == [ResizeStep, JPEGStep]
        assert degradation.steps[1].output_size((400, 400)) == (100, 100)


def test_bicubic_is_matlabs_imresize_alone():
    for degradation in drawn("bicubic")[:5]:
        (step,) = degradation.steps
        assert step == ResizeStep(100, 100, 1.0, "bicubic_antialiased")


@pytest.fixture(scope="module")
def bsrgan() -> list:
    return drawn("bsrgan")


def test_bsrgan_halves_a_quarter_of_the_time_and_ends_in_a_jpeg(bsrgan):
    halved = [d for d in bsrgan if d.steps[0].op == "resize" and d.steps[0].factor == 0.5]
    # The random downscale comes first in a sixth of the other draws, and its factor is never exactly one half.
    assert_frequency(len(halved), N, 0.25, "halved")
    filters = Counter(d.steps[0].filter for d in halved)
    assert_frequency(filters["bicubic_antialiased"], len(halved), 0.5, "imresize")
    assert all(d.steps[-1].op == "jpeg" for d in bsrgan)
    jpegs = sum(sum(step.op == "jpeg" for step in d.steps) == 2 for d in bsrgan)
    assert_frequency(jpegs, N, 0.9, "JPEG among the shuffled steps")


def whole(bsrgan) -> list:
    """The draws that use r = 4 throughout."""
    return [d for d in bsrgan if not (d.steps[0].op == "resize" and d.steps[0].factor == 0.5)]


def test_bsrgan_blurs_twice_with_its_own_ranges(bsrgan):
    kernels = [step for d in whole(bsrgan) for step in d.steps if step.op == "kernel"]
    assert len(kernels) == 2 * len(whole(bsrgan))
    aniso = [k for k in kernels if k.family == "aniso"]
    assert_frequency(len(aniso), len(kernels), 0.5, "anisotropic")
    assert_uniform([k.sigma_x**2 for k in aniso], 0.01, 8.0, "eigenvalues U(0, 4 + r)")
    assert_uniform([k.theta for k in aniso], 0, 3.141592653589793)
    assert_uniform([k.sigma_x for k in kernels if k.family == "iso"], 0.01, 2.8, "U(0, 2 + .2 r)")
    assert {k.size for k in kernels} == set(range(7, 26, 2))


def test_bsrgan_downscales_before_it_resizes_to_size(bsrgan):
    first, strided = [], 0
    for d in whole(bsrgan):
        down, back = (step for step in d.steps if step.op.startswith("resize"))
        assert (back.height, back.width) == (100, 100)
        strided += down.op == "resize.gaussian"
        if down.op == "resize.gaussian":
            assert down.factor == 0.25
            assert 0.1 <= down.sigma <= 2.4
        else:
            first.append(1 / down.factor)
    assert_frequency(strided, len(whole(bsrgan)), 0.25, "strided Gaussian")
    assert_uniform(first, 1.0, 8.0, "1 / U(1, 2r)")


def channels_of(noise) -> str:
    return "correlated" if isinstance(noise.channels, tuple) else noise.channels


def test_bsrgan_noise(bsrgan):
    noises = [step for d in bsrgan for step in d.steps if step.op.startswith("noise.")]
    assert len(noises) == N
    counts = Counter(channels_of(noise) for noise in noises)
    for channels, probability in (("color", 0.4), ("gray", 0.4), ("correlated", 0.2)):
        assert_frequency(counts[channels], N, probability, channels)
    assert_uniform([noise.sigma for noise in noises if channels_of(noise) != "correlated"], 2.0, 25.0)


def test_bsrgan_plus():
    samples = drawn("bsrgan-plus")
    assert all([step.op for step in d.steps[-2:]] == ["resize", "jpeg"] for d in samples)
    kinds = Counter(step.op for d in samples for step in d.steps)
    assert kinds["noise.gaussian"] == 2 * N
    assert_frequency(kinds["noise.poisson"], 2 * N, 0.1, "Poisson")
    assert_frequency(kinds["noise.speckle"], 2 * N, 0.1, "speckle")
    assert all(sum(step.op == "kernel" for step in d.steps) == 2 for d in samples)
    assert all(sum(step.op == "jpeg" for step in d.steps) == 2 for d in samples)
    resizes = [step for d in samples for step in d.steps[:-2] if step.op == "resize"]
    assert_uniform([r.factor for r in resizes if r.factor > 1], 1, 2)
    assert_uniform([r.factor for r in resizes if r.factor < 1], 0.125, 1)
    assert_frequency(sum(r.factor > 1 for r in resizes), len(resizes), 0.2)
    assert_frequency(sum(r.factor < 1 for r in resizes), len(resizes), 0.7)
    # A full shuffle of 11 groups starts with one of the two blurs in 2 of 11 draws, the partial one always.
    assert_frequency(sum(d.steps[0].op == "kernel" for d in samples), N, 0.5 + 0.5 * first_is_blur(), "shuffled")


def first_is_blur() -> float:
    """Return how often a full shuffle starts with a blur.

    Four of the 11 groups (Poisson and speckle, twice) are there with probability 0.1 only.
    """
    from math import comb

    return sum(comb(4, k) * 0.1**k * 0.9 ** (4 - k) * 2 / (7 + k) for k in range(5))
