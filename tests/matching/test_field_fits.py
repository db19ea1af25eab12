"""Fields that are fitted, on tables in which each statistic follows one field by a known law."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from degradekit import HighOrder
from degradekit.matching import jpeg_readings
from degradekit.matching.evidence import by_cell
from degradekit.matching.field_fits import FROM_HEADERS, fit_fields
from degradekit.matching.fields import Field
from degradekit.matching.results import FieldFit
from degradekit.matching.samples import RealCrops, Simulation
from degradekit.matching.views import FROM_PIXELS, IF_LAST, View

NAMES = ["noise", "presence", "sinc", "order", "cutoff", "nothing", "jpeg_quality", "jpeg_score"]
"""A few statistics instead of all, so that a fit takes no time."""
NOISE_COLUMN, PRESENCE_COLUMN, SINC_COLUMN, ORDER_COLUMN, CUTOFF_COLUMN, _, QUALITY_COLUMN, SCORE_COLUMN = range(8)
NOISE = Field("stages.1.noise.sigma", "span", 10, 20)
BLUR = Field("stages.0.blur.sigma", "span", 1, 3)
QUALITY = Field("stages.1.compress.quality", "span", 40, 90, is_integer=True)
SINC = Field("last.children.1.probability", "probability", names=("no", "yes"), shares=(0.5, 0.5))
CUTOFF = Field("last.children.1.child.cutoff", "span", 1, 3)
ORDER = Field("last", "order", names=("last", "compress"), shares=(0.5, 0.5))
FIELDS = (NOISE, BLUR, QUALITY, SINC, CUTOFF, ORDER)
DRAWS, HR_PHOTOS, PHOTOS = 1000, 25, 60


@pytest.fixture(scope="module", autouse=True)
def few_statistics() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jpeg_readings, "_NAMES", NAMES)
        yield


def drawn(
    count: int,
    seed: int,
    noise: tuple[float, float] = (10, 20),
    quality: tuple[int, int] = (40, 90),
    sinc: float = 0.5,
    compress: float = 0.5,
) -> dict[str, np.ndarray]:
    """Return values of all fields; half of the draws have no noise."""
    rng = np.random.default_rng(seed)
    return {
        NOISE.path: np.where(rng.random(count) < 0.5, rng.uniform(*noise, count), np.nan),
        BLUR.path: rng.uniform(1, 3, count),
        QUALITY.path: rng.integers(quality[0], quality[1] + 1, count).astype(float),
        SINC.path: np.where(rng.random(count) < sinc, "yes", "no"),
        CUTOFF.path: rng.uniform(1, 3, count),
        ORDER.path: np.where(rng.random(count) < compress, "compress", "last"),
    }


def measured(values: dict[str, np.ndarray], seed: int) -> np.ndarray:
    """Return statistics: those of five fields follow them, the blur and the other columns are noise.

    The cutoff is seen where no JPEG comes after it, and the quality where the JPEG is last.
    """
    count = len(values[BLUR.path])
    rng = np.random.default_rng((seed, 7))
    statistics = rng.standard_normal((count, len(NAMES)))
    has_noise = np.isfinite(values[NOISE.path])
    is_compress = values[ORDER.path] == "compress"
    statistics[:, NOISE_COLUMN] *= 2
    statistics[:, NOISE_COLUMN] += np.where(has_noise, values[NOISE.path], 5)
    statistics[:, PRESENCE_COLUMN] += 3 * has_noise
    statistics[:, SINC_COLUMN] += 2 * (values[SINC.path] == "yes")
    statistics[:, ORDER_COLUMN] += 4 * is_compress
    statistics[:, CUTOFF_COLUMN] += np.where(is_compress, 0, 4 * values[CUTOFF.path])
    statistics[:, QUALITY_COLUMN] = np.where(is_compress, values[QUALITY.path], rng.uniform(5, 99, count))
    statistics[:, SCORE_COLUMN] = np.where(is_compress, 0.9, 0.1)
    return statistics


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    values = drawn(DRAWS, 1, noise=(8.75, 21.25), quality=(34, 96))
    last = np.where(values[ORDER.path] == "compress", "stages.1.compress", "last.children.1.child")
    photos = np.arange(DRAWS) % HR_PHOTOS
    corners = np.zeros((DRAWS, 2), np.int64)
    names = tuple(map(str, range(HR_PHOTOS)))
    return Simulation(HighOrder(), FIELDS, measured(values, 1), values, last, photos, corners, names, 0, {})


def real(values: dict[str, np.ndarray], seed: int = 3) -> RealCrops:
    """Return one crop of each photo."""
    statistics = measured(values, seed)
    count = len(statistics)
    names, headers = tuple(map(str, range(count))), np.full(count, np.nan)
    return RealCrops(statistics, np.arange(count), np.zeros((count, 2), np.int64), names, headers, 128, {})


def fits(simulation: Simulation, crops: RealCrops, seed: int = 0) -> dict[str, FieldFit]:
    return {fit.field.path: fit for fit in fit_fields(FIELDS, simulation, crops, seed)}


@pytest.fixture(scope="module")
def of_itself(simulation) -> dict[str, FieldFit]:
    return fits(simulation, real(drawn(PHOTOS, 11)))


@pytest.fixture(scope="module")
def of_strong_noise(simulation) -> dict[str, FieldFit]:
    return fits(simulation, real(drawn(PHOTOS, 12, noise=(16, 20))))


def test_photos_like_the_recipe_move_nothing(of_itself):
    """A false alarm is as rare as 1 in 20 sets of photos; the seed of this one is not among them."""
    assert {path: fit.verdict for path, fit in of_itself.items()} == {
        **{field.path: "unchanged" for field in FIELDS},
        BLUR.path: "not identifiable",
    }
    noise = of_itself[NOISE.path]
    assert (noise.low, noise.high) == (10, 20)
    assert noise.score > 0.4


def test_what_leaves_no_trace_keeps_its_range_and_shows_no_shares(of_strong_noise):
    blur = of_strong_noise[BLUR.path]
    assert (blur.low, blur.high, blur.edges, blur.photos) == (1, 3, (), 0)
    assert blur.score < 0.1


def test_a_narrow_range_is_recovered_where_half_of_the_draws_have_no_value(of_strong_noise):
    """Within a tenth of the recipe's range, which has an error of 2 a photo, so .4 with 30 photos, and bins of .6."""
    noise = of_strong_noise[NOISE.path]
    assert noise.verdict == "fitted"
    assert abs(noise.low - 16) < 1
    assert abs(noise.high - 20) < 1
    assert 20 <= noise.photos <= 40
    assert 0 < noise.low_error < 1.5


def test_the_shares_are_those_of_the_fitted_range(of_strong_noise):
    noise = of_strong_noise[NOISE.path]
    assert len(noise.edges) - 1 == len(noise.prior) == len(noise.fitted) == len(noise.errors)
    assert sum(noise.prior) == pytest.approx(1, abs=1e-4)
    assert sum(noise.fitted) == pytest.approx(1, abs=1e-4)
    centers = np.add(noise.edges[1:], noise.edges[:-1]) / 2
    assert sum(share for share, center in zip(noise.fitted, centers, strict=True) if center > 15) > 0.95


def test_other_fields_do_not_move_with_it(of_strong_noise):
    assert [path for path, fit in of_strong_noise.items() if fit.verdict == "fitted"] == [NOISE.path]


def test_shares_of_names_are_recovered(simulation):
    """Within 3 standard errors of a share of .9 among 60, and .1 that five steps of unfolding leave."""
    sinc = fits(simulation, real(drawn(PHOTOS, 13, sinc=0.95)))[SINC.path]
    assert sinc.verdict == "fitted"
    assert sinc.prior == (0.5, 0.5)
    assert abs(sinc.fitted[1] - 0.95) < 0.1 + 3 * np.sqrt(0.95 * 0.05 / PHOTOS)


def test_the_range_of_some_names_moves_no_shares_of_names():
    """Where the first name has no draws in the range, its draws count as they did, and so do the second name's."""
    names = Field("resize.direction", "weights", names=("up", "down"), shares=(0.5, 0.5))
    view = View(names, 0.8, "", np.repeat([0.0, 1.0], 40), cells=np.tile([0, 0, 1, 1], 20), real_cells=np.zeros(1, int))
    in_range = np.where(view.values == 1, np.tile([0, 1, 3, 3], 20), 0)
    weights = by_cell(view, in_range.astype(float))
    np.testing.assert_allclose(weights[:40], 1)
    np.testing.assert_allclose(weights[40:44], np.array([0.5, 0.5, 3, 3]) / 1.75)


def test_a_range_of_values_counts_the_draws_without_a_value_apart():
    view = View(
        NOISE, 0.8, "", np.repeat([np.nan, 15.0], 2), np.array([10.0, 20.0]), np.zeros(4, int), np.zeros(1, int)
    )
    np.testing.assert_allclose(by_cell(view, np.array([1.0, 3.0, 0.0, 1.0])), [2, 2, 0.5, 0.5])


def test_a_field_is_looked_at_where_its_step_is_last(of_itself):
    """The cutoff is seen in half of the draws only, with an error of 1/4 px there."""
    cutoff = of_itself[CUTOFF.path]
    assert cutoff.condition == IF_LAST
    assert cutoff.score > 0.7


def test_the_quality_of_a_last_jpeg_is_read_off_the_pixels(simulation):
    """The sample's own extremes are at most a few steps inside of the true ends: 30 values of 21."""
    quality = fits(simulation, real(drawn(PHOTOS, 14, quality=(60, 80))))[QUALITY.path]
    assert (quality.verdict, quality.condition) == ("fitted", FROM_PIXELS)
    assert abs(quality.low - 60) <= 3
    assert abs(quality.high - 80) <= 3


def test_headers_come_before_pixels_and_show_that_a_jpeg_is_last(simulation):
    crops = real(drawn(PHOTOS, 15, compress=0.5))
    with_headers = fits(simulation, replace(crops, qualities=np.full(PHOTOS, 75.0)))
    quality, order = with_headers[QUALITY.path], with_headers[ORDER.path]
    assert (quality.verdict, quality.condition, quality.photos) == ("fitted", FROM_HEADERS, PHOTOS)
    assert (quality.low, quality.high) == (75, 75)
    assert (order.verdict, order.condition) == ("fitted", FROM_HEADERS)
    assert order.fitted[order.field.names.index("compress")] > 0.95


def test_each_photo_counts_once(simulation):
    """Nine more crops of one photo with strong noise are no evidence of strong noise."""
    usual = real(drawn(PHOTOS, 11))
    one = real(drawn(600, 16, noise=(19, 20)))
    strong = np.flatnonzero(one.statistics[:, NOISE_COLUMN] > 18)[:60]
    crops = replace(
        usual,
        statistics=np.vstack([usual.statistics, one.statistics[strong]]),
        photos=np.append(usual.photos, np.full(len(strong), 0)),
    )
    assert fits(simulation, crops)[NOISE.path].verdict == "unchanged"


def test_photos_without_crops_have_no_part(simulation, of_strong_noise):
    crops = real(drawn(PHOTOS, 12, noise=(16, 20)))
    more = replace(crops, names=(*crops.names, "empty"), qualities=np.append(crops.qualities, np.nan))
    assert fits(simulation, more) == of_strong_noise


def test_too_few_photos_that_show_a_field_leave_it_weak(simulation):
    """Six photos with quality 45 are evidence, but too few for a range."""
    values = drawn(PHOTOS, 17, compress=0.1, quality=(44, 46))
    quality = fits(simulation, real(values))[QUALITY.path]
    assert quality.verdict in ("weak", "unchanged")
    assert (quality.low, quality.high) == (40, 90)


def test_equal_seeds_give_equal_fits(simulation, of_strong_noise):
    crops = real(drawn(PHOTOS, 12, noise=(16, 20)))
    assert repr(fits(simulation, crops)) == repr(of_strong_noise)
    assert fits(simulation, crops, seed=1)[NOISE.path].low_error != of_strong_noise[NOISE.path].low_error


def test_fields_without_draws_are_not_identifiable(simulation):
    values = {**simulation.drawn, NOISE.path: np.full(DRAWS, np.nan), SINC.path: np.full(DRAWS, "")}
    none = fits(replace(simulation, drawn=values), real(drawn(PHOTOS, 11)))
    assert none[NOISE.path].verdict == none[SINC.path].verdict == "not identifiable"


def test_a_recipe_without_fields_has_no_fits(simulation):
    assert fit_fields((), simulation, real(drawn(PHOTOS, 11)), seed=0) == ()


def test_a_negative_seed_is_one_of_its_own(simulation):
    crops = real(drawn(PHOTOS, 12, noise=(16, 20)))
    errors = [fits(simulation, crops, seed)[NOISE.path].low_error for seed in (-1, 1)]
    assert errors[0] != errors[1]
