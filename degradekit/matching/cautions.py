"""Sentences that a reader of a match must know."""

from collections.abc import Iterator, Mapping

from degradekit.matching.distances import auc, photo_weights
from degradekit.matching.samples import RealCrops, Simulation
from degradekit.matching.scenes import scenes_of
from degradekit.statistics import STATISTICS
from degradekit.wording import counted

LEAST_PHOTOS, ENOUGH_PHOTOS = 10, 20
"""Real photos without which nothing is fitted, and without which ranges are uncertain."""
_ENOUGH_HR = 10
_ENOUGH_DRAWS = 1000
_CONTENT = {"luma_mean": "brightness", "luma_sd": "contrast"}
"""Statistics of the content, which degradations hardly change, and what they are in words."""
_UNLIKE = 0.8
"""AUC from which on two populations differ: for 10 photos against many draws, chance has a deviation of .09 from .5."""
_FEW_SCENES = 8
"""As many scenes or fewer are a sign of another origin: photos of the same kind count as more in most cases."""
_MOST_NAMED = 3
STANDING = (
    "Content and degradation are confounded: blurred scenes look like blur. The HR photos must show scenes of the same"
    " kind as the real photos; a match with other HR photos shows how much depends on them.",
    "A recipe that matches the real photos need not train a better network: narrow ranges gain on photos like these,"
    " and lose on others. A mixture with the recipe that the match started from is the usual compromise.",
)
"""What holds for every fit."""


def cautions(
    real: RealCrops,
    prior: Simulation | None,
    not_looked_at: int,
    hr_unusable: Mapping[str, str],
    draws: int = 0,
    explanation: Simulation | None = None,
) -> tuple[str, ...]:
    """Return what limits a match, and what holds for all that fit.

    Args:
        real: The real photos.
        prior: What the recipe makes of the HR photos; None where nothing was simulated.
        not_looked_at: How many more real photos there are.
        hr_unusable: Why HR photos are left out, by their names.
        draws: How many draws the fit has learned from; 0 where there was none.
        explanation: What the fitted recipe makes of the HR photos, if it explains the real photos.
    """
    return (
        *_about_counts(real, prior, not_looked_at),
        *_about_draws(draws),
        *_about_unusable("real", real.unusable),
        *_about_unusable("HR", hr_unusable),
        *(_about_content(real, prior) if prior else ()),
        *(_about_scenes(real, explanation) if explanation else ()),
        *(STANDING if prior else ()),
    )


def _about_counts(real: RealCrops, prior: Simulation | None, not_looked_at: int) -> Iterator[str]:
    count = len(real.names)
    if count < LEAST_PHOTOS:
        yield f"{counted(count, 'real photo')} can be used, and a fit needs at least {LEAST_PHOTOS}: nothing is fitted."
    elif count < ENOUGH_PHOTOS:
        yield f"Only {count} real photos can be used; ranges that fewer than {ENOUGH_PHOTOS} photos show are uncertain."
    if not_looked_at:
        total = count + len(real.unusable) + not_looked_at
        yield f"{total - not_looked_at:,} of {total:,} real photos were measured, chosen by the seed."
    if prior and len(prior.names) < _ENOUGH_HR:
        yield (
            f"Only {counted(len(prior.names), 'HR photo')} can be used; what is learned from so few scenes may not hold"
            " for others."
        )


def _about_draws(draws: int) -> Iterator[str]:
    if 0 < draws < _ENOUGH_DRAWS:
        yield (
            f"The fit has learned from only {draws:,} draws; more, such as the usual 3,000, may show fields that are"
            " called not identifiable now."
        )


def _about_unusable(kind: str, unusable: Mapping[str, str]) -> Iterator[str]:
    if unusable:
        named = [f"{name} ({reason})" for name, reason in list(unusable.items())[:_MOST_NAMED]]
        more = f" and {len(unusable) - len(named):,} more" if len(unusable) > len(named) else ""
        are = "is" if len(unusable) == 1 else "are"
        yield f"{counted(len(unusable), f'{kind} photo')} {are} left out: {', '.join(named)}{more}."


def _about_content(real: RealCrops, prior: Simulation) -> Iterator[str]:
    names = [statistic.name for statistic in STATISTICS]
    for name, word in _CONTENT.items():
        column = names.index(name)
        difference = auc(
            real.statistics[:, column],
            photo_weights(real.photos),
            prior.statistics[:, column],
            photo_weights(prior.photos),
        )
        if max(difference, 1 - difference) > _UNLIKE:
            yield (
                f"The real photos have {'more' if difference > 0.5 else 'less'} {word} than the HR photos (AUC"
                f" {max(difference, 1 - difference):.2f}), so that they seem to show other scenes; use HR photos of the"
                " same kind."
            )


def _about_scenes(real: RealCrops, explanation: Simulation) -> Iterator[str]:
    """Warn of other scenes, where the degradations are alike, so that these cannot pass for scenes."""
    if scenes_of(explanation, real) <= _FEW_SCENES:
        yield (
            "The real photos seem to show scenes of another kind than the HR photos, judged by many statistics."
            " They count as fewer photos for it, so that less is fitted than with HR photos of the same kind."
        )
