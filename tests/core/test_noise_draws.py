"""What the operators of noise draw, and what they refuse."""

import math

import pytest
from bounds import assert_frequency, assert_uniform

from degradekit import FractalNoise, Noise, PaperTexture, PhotoGrain, ResizedNoise, SaltPepper, UniformNoise
from degradekit.errors import RecipeError, RecordError
from degradekit.operators.fractal_noise import FractalNoiseStep
from degradekit.operators.noise import GaussianStep, PoissonStep
from degradekit.operators.resized_noise import ResizedNoiseStep
from degradekit.operators.salt_pepper import SaltPepperStep
from degradekit.operators.uniform_noise import UniformNoiseStep

N = 2000


def drawn(operator) -> list:
    return [operator.sample((40, 40), seed=1, variant=variant).steps[0] for variant in range(N)]


def assert_frequencies(values: list, weights: dict) -> None:
    assert set(values) == set(weights)
    for name, weight in weights.items():
        assert_frequency(values.count(name), len(values), weight / sum(weights.values()), str(name))


@pytest.mark.parametrize(
    ("operator", "fields"),
    [
        (UniformNoise(), {"amplitude": (2, 50)}),
        (
            UniformNoise(offset=(-9, 30), luma_above=(5, 20), luma_below=(30, 90)),
            {"offset": (-9, 30), "luma_above": (5, 20)},
        ),
        (SaltPepper(), {"density": (0, 0.03)}),
        (ResizedNoise(per_axis=True), {"sigma": (1, 30), "factor_y": (1, 2), "factor_x": (1, 2)}),
        (ResizedNoise(blurs="gaussian", sharpening=(1, 3)), {"blur_sigma": (0.6, 1.4), "sharpening": (1, 3)}),
        (ResizedNoise(blurs="line", sparse_probability=1), {"line_weight": (0.005, 1 / 3), "coverage": (0.1, 0.5)}),
        (FractalNoise(angle=(-1, 2)), {"frequency": (0.1, 0.9), "lacunarity": (0.01, 0.5), "angle": (-1, 2)}),
        (PhotoGrain(), {"amplitude": (5.1, 25.5)}),
        (
            PaperTexture(),
            {"amplitude": (12.75, 38.25), "period": (2, 5), "height": (1 / 3, 1), "corner_radius": (0, 1)},
        ),
    ],
)
def test_spans_are_drawn_uniformly(operator, fields):
    steps = drawn(operator)
    for name, (low, high) in fields.items():
        assert_uniform([getattr(step, name) for step in steps], low, high, name)


def test_the_square_of_sigma_is_uniform_if_the_law_is_that_of_the_variance():
    steps = drawn(Noise(kinds="gaussian", sigma=(1, 30), sigma_law="variance"))
    assert_uniform([step.sigma**2 for step in steps], 1, 30)


def test_choices_are_drawn_by_their_weights():
    four = {"color": 1.0, "gray": 2.0, "luma": 3.0, "chroma": 4.0}
    steps = drawn(UniformNoise(channels=four, shadow_probability=0.25))
    assert_frequencies([step.channels for step in steps], four)
    assert_frequencies([step.in_shadows for step in steps], {True: 1, False: 3})
    kinds = {"both": 1.0, "salt": 2.0, "pepper": 3.0}
    assert_frequencies([step.kind for step in drawn(SaltPepper(kinds=kinds))], kinds)
    assert_frequencies([step.octaves for step in drawn(FractalNoise())], dict.fromkeys(range(1, 10), 1))
    assert_frequencies([step.shape for step in drawn(PaperTexture())], {"circle": 1, "rectangle": 3, "checker": 1})


def test_resized_noise_draws_its_size_its_blur_its_sign_and_its_parts_independently():
    steps = drawn(
        ResizedNoise(
            resize_probability=0.25,
            blurs={"none": 6.0, "gaussian": 1.0, "line": 1.0},
            signs={"both": 1.0, "lighten": 1.0, "darken": 1.0},
            sparse_probability=0.25,
            block_size=8,
        )
    )
    assert_frequencies([step.factor_y > 1 for step in steps], {True: 1, False: 3})
    assert all(step.factor_x == step.factor_y for step in steps)
    assert_frequencies([(step.blur_sigma > 0, step.line_weight > 0) for step in steps], BLURS)
    assert_frequencies([step.sign for step in steps], {"both": 1, "lighten": 1, "darken": 1})
    assert_frequencies([(step.coverage < 1, step.block_size) for step in steps], {(True, 8): 1, (False, 1): 3})
    lines = [step.line_direction for step in steps if step.line_weight]
    assert_frequencies(lines, dict.fromkeys(("horizontal", "vertical", "falling", "rising"), 1))


BLURS = {(False, False): 6, (True, False): 1, (False, True): 1}


def test_one_weight_of_grain_is_1_and_the_other_is_uniform():
    steps = drawn(PhotoGrain())
    assert all(max(step.fine, step.coarse) == 1 for step in steps)
    assert_uniform([min(step.fine, step.coarse) for step in steps], 0, 1)
    assert_frequencies([step.fine == 1 for step in steps], {True: 1, False: 1})


def test_noise_can_be_of_the_luma_or_of_the_chroma():
    weights = {"color": 1.0, "gray": 1.0, "correlated": 1.0, "luma": 1.0, "chroma": 1.0}
    steps = drawn(Noise(kinds="gaussian", channels=weights))
    assert_frequencies(["mixed" if isinstance(s.channels, tuple) else s.channels for s in steps], MIXED)
    assert {step.channels for step in drawn(Noise(kinds="poisson", channels="luma"))} == {"gray"}


MIXED = {"color": 1, "gray": 1, "mixed": 1, "luma": 1, "chroma": 1}


def test_weights_of_luma_and_chroma_that_are_0_move_no_draw():
    before = Noise(kinds="speckle", channels={"color": 1.0, "gray": 2.0, "correlated": 3.0})
    after = Noise(kinds="speckle", channels={"color": 1.0, "gray": 2.0, "correlated": 3.0, "luma": 0.0, "chroma": 0.0})
    assert drawn(before) == drawn(after)


@pytest.mark.parametrize(
    "step",
    [
        FractalNoiseStep(1000.0, 16, 0.001, 4.0, -6.0, seed=1, channels="chroma"),
        ResizedNoiseStep(
            1000.0, 64.0, 64.0, line_weight=0.5, sharpening=9.0, coverage=0.999, seed=1, channels="chroma"
        ),
        SaltPepperStep(1.0, 1, channels="color"),
        UniformNoiseStep(1000.0, seed=1, channels="chroma"),
    ],
)
def test_the_longest_descriptions_are_short(step):
    assert len(str(step)) < 80


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: UniformNoise(amplitude=-1), r"amplitude: must satisfy 0 <= low <= high <= 1000 \(got -1\)"),
        (lambda: UniformNoise(channels="alpha"), r"channels: unknown name 'alpha'; known: color, gray, luma, chroma"),
        (
            lambda: UniformNoise(luma_above=90, luma_below=(90, 120)),
            r"luma_above: its high end must be below the low end of `luma_",
        ),
        (lambda: UniformNoise(shadow_probability=2), r"shadow_probability: must be between 0 and 1 \(got 2\)"),
        (lambda: SaltPepper(density=1.5), r"density: must satisfy 0 <= low <= high <= 1 \(got 1.5\)"),
        (lambda: ResizedNoise(factor=0.5), r"factor: must satisfy 1 <= low <= high <= 64 \(got 0.5\)"),
        (lambda: ResizedNoise(line_weight=0.6), r"line_weight: must satisfy 0 <= low <= high <= 0.5 \(got 0.6\)"),
        (lambda: FractalNoise(octaves=0), r"octaves: must satisfy 1 <= low <= high <= 16 \(got 0\)"),
        (lambda: FractalNoise(frequency=2), r"frequency: must satisfy 0.001 <= low <= high <= 1 \(got 2\)"),
        (lambda: PaperTexture(period=0), r"period: must satisfy 1 <= low <= high <= 64 \(got 0\)"),
        (lambda: Noise(channels="chroma"), r"Poisson noise cannot be chroma noise; leave one of the two weights out"),
    ],
)
def test_recipes_that_break_a_rule_are_refused(make, message):
    with pytest.raises(RecipeError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: UniformNoiseStep(5.0), "seed: must be given"),
        (lambda: UniformNoiseStep(math.nan, seed=1), r"amplitude: must be a finite number \(got nan\)"),
        (
            lambda: UniformNoiseStep(5.0, seed=1, channels="hue"),
            "channels: must be 'color', 'gray', 'luma' or 'chroma'",
        ),
        (
            lambda: UniformNoiseStep(5.0, seed=1, luma_above=256.0),
            r"luma_above: must be between 0 and 255 \(got 256.0\)",
        ),
        (lambda: SaltPepperStep(0.1, 1, "sugar"), "kind: must be 'both', 'salt' or 'pepper'"),
        (lambda: ResizedNoiseStep(5.0, 0.5, seed=1), r"factor_y: must be between 1 and 64 \(got 0.5\)"),
        (lambda: FractalNoiseStep(5.0, 99, 0.5, 0.5, seed=1), r"octaves: must be between 1 and 16 \(got 99\)"),
        (lambda: PoissonStep(1.0, 1, "chroma"), "channels: must be 'color' or 'gray'"),
        (lambda: GaussianStep(1.0, 1, "hue"), "channels: must be 'color', 'gray', 'luma' or 'chroma', or a list"),
    ],
)
def test_records_that_break_a_rule_are_refused(make, message):
    with pytest.raises(RecordError, match=message):
        make()
