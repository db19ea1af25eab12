"""What a match has learned: about each field of the recipe, and about how well real photos and synthetic LRs agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from degradekit.matching.fields import Field
from degradekit.matching.samples import RealCrops, Simulation
from degradekit.operators.base import Operator
from degradekit.types import Pixels
from degradekit.wording import short_number

Verdict: TypeAlias = Literal["fitted", "unchanged", "weak", "not identifiable"]
"""What became of a field: `fitted`, another range or other weights are written; `unchanged`, it can be seen, and the
real photos do not differ from the recipe in it; `weak`, it can be seen, but too few photos show it, or the photos are
such that the recipe does not explain them, so that the recipe's own value stays; `not identifiable`, it leaves no trace
in an LR."""


@dataclass(frozen=True)
class FieldFit:
    """What is known of one field of the recipe.

    Attributes:
        field: The field, with the recipe's own range or shares.
        verdict: What became of it.
        score: R2 of a span's numbers, or AUC of names, out of fold: how well the field is seen in one LR.
        photos: How many real photos speak for the fit.
        condition: The draws in which the field is seen, such as `where it is the last step`; empty for all.
        edges: Edges of the bins of a span, one more than shares; empty for names.
        prior: Share of each bin or name in the recipe.
        fitted: Share of each bin or name in the real photos, as unfolded.
        errors: Standard error of each fitted share, by bootstrap over photos.
        low, high: The fitted ends of a span; the recipe's own unless the verdict is `fitted`.
        low_error, high_error: Their standard errors, by bootstrap.
        photos_needed: About how many photos show a field that is much narrower than the recipe's, such as a quarter of
            a span; None if no number of photos does.
    """

    field: Field
    verdict: Verdict
    score: float
    photos: int
    condition: str = ""
    edges: tuple[float, ...] = ()
    prior: tuple[float, ...] = ()
    fitted: tuple[float, ...] = ()
    errors: tuple[float, ...] = ()
    low: float = 0.0
    high: float = 0.0
    low_error: float = 0.0
    high_error: float = 0.0
    photos_needed: int | None = None


@dataclass(frozen=True)
class Difference:
    """One statistic of the real photos beside what the recipe and the fitted recipe make.

    Attributes:
        name: The name of the statistic.
        prior, fitted: Wasserstein-1 distance to the real photos, in standard deviations of the recipe's values.
        auc: How well this statistic alone separates real photos from the fitted recipe's, .5 to 1.
        is_outside: Whether most real photos lie beyond 97.5 % of what the recipe makes, on one side.
        suggestion: Which operator may be missing; empty if there is nothing to suggest.
    """

    name: str
    prior: float
    fitted: float
    auc: float
    is_outside: bool
    suggestion: str


@dataclass(frozen=True)
class Agreement:
    """How well real photos and synthetic LRs agree.

    Attributes:
        energy_prior, energy_fitted: Energy distance of the real photos to what the recipe, and the fitted one, make.
        energy_real: What the energy distance of random halves of the real photos stays below in 19 of 20 splits: what
            chance alone gives.
        auc_prior, auc_fitted: How well a classifier separates real photos from synthetic LRs, out of fold; .5 is no
            better than chance.
        auc_content: What the AUC of synthetic LRs of a random half of the HR photos and of the other half stays below
            in 9 of 10 splits: what content alone gives; NaN where there are too few HR photos.
        is_explained: Whether the recipe can make photos like the real ones.
        summary: The first sentence of a report, in words: whether, and what the real photos are instead, such as
            cleaner than the recipe can make.
        differences: By statistic, the most telling first.
    """

    energy_prior: float
    energy_fitted: float
    energy_real: float
    auc_prior: float
    auc_fitted: float
    auc_content: float
    is_explained: bool
    summary: str
    differences: tuple[Difference, ...]

    @property
    def is_trusted(self) -> bool:
        """Whether the fitted recipe explains the photos, and is no further from them than the one before the fit."""
        return self.is_explained and self.energy_fitted <= self.energy_prior

    @property
    def is_much_nearer(self) -> bool:
        """Whether the fitted recipe is less than half as far from the real photos as the one before the fit."""
        return self.energy_fitted < self.energy_prior / 2


@dataclass(frozen=True)
class Twin:
    """A crop of a real photo beside the crop of the fitted recipe whose statistics are most like it.

    Attributes:
        photo: The name of the real photo.
        is_explained: Whether it is one of those that the recipe explains best; otherwise it is one of those that the
            recipe explains worst.
        distance: How far apart the two are, in the units of the energy distance.
        real: The crop of the real photo, (H, W, 3) or (H, W, 1).
        synthetic: The crop that the fitted recipe makes, of another scene.
    """

    photo: str
    is_explained: bool
    distance: float
    real: Pixels
    synthetic: Pixels


@dataclass(frozen=True)
class Milder:
    """A recipe with less of some kinds of operators than the one that a match started from.

    Attributes:
        strengths: The strength of each kind that has another one than 1, by its `op`, such as `noise`; see
            `degradekit.strengths.at_strengths`.
        recipe: The recipe with them.
    """

    strengths: Mapping[str, float]
    recipe: Operator


def strengths_in_words(strengths: Mapping[str, float]) -> str:
    """Return the strengths of kinds of operators, such as "noise at strength 0.1"."""
    return listed([f"{kind} at strength {strength:g}" for kind, strength in strengths.items()])


def listed(words: Sequence[str]) -> str:
    """Return words with commas, and `and` before the last one."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


@dataclass(frozen=True)
class Match:
    """What `degradekit.match` returns.

    Attributes:
        recipe: The fitted recipe.
        preset: The recipe that it started from.
        scale: HR side / LR side.
        seed: The seed of all draws.
        fields: What is known of each field.
        agreement: How well real photos and synthetic LRs agree.
        real: The real photos' statistics.
        prior: What the recipe makes that it started from, as it is and not made wider.
        fitted: What the fitted recipe makes.
        is_fitted: Whether there were photos enough for a fit; otherwise there are statistics only.
        warnings: Sentences that a reader must know.
        twins: Real photos beside the fitted recipe's most similar crops: first those that it explains best, the best
            first, then those that it explains worst, the worst first.
        milder: Where the recipe is too harsh for the photos, the milder one that the fields were fitted from.
    """

    recipe: Operator
    preset: Operator
    scale: int
    seed: int
    fields: tuple[FieldFit, ...]
    agreement: Agreement | None
    real: RealCrops
    prior: Simulation | None
    fitted: Simulation | None
    is_fitted: bool
    warnings: tuple[str, ...]
    twins: tuple[Twin, ...] = ()
    milder: Milder | None = None

    @property
    def base(self) -> Operator:
        """The recipe that the fields were fitted from, the milder one if there is one, or the preset."""
        return self.milder.recipe if self.milder else self.preset

    @property
    def summary(self) -> str:
        """The first sentence of a report: how well the recipe explains the photos, or why nothing was fitted."""
        return self.agreement.summary if self.agreement else self.warnings[0]

    def _repr_html_(self) -> str:
        """Return the summary, the fields that can be seen and the recipe, for notebooks."""
        from degradekit.pages import render

        return render(
            "notebook/match.html",
            summary=self.summary,
            fields=[_shown_field(fit) for fit in self.fields if fit.verdict != "not identifiable"],
            unseen=[fit.field.path for fit in self.fields if fit.verdict == "not identifiable"],
            warnings=self.warnings,
            recipe=self.recipe.to_dict(),
        )

    @property
    def by_path(self) -> Mapping[str, FieldFit]:
        """What is known of each field, by its path."""
        return {fit.field.path: fit for fit in self.fields}


def _shown_field(fit: FieldFit) -> tuple[str, str, str, str]:
    """Return path, verdict, the recipe's range or shares, and those of the fit if there is one."""
    field = fit.field
    prior = _in_words(field, field.low, field.high, field.shares)
    fitted = _in_words(field, fit.low, fit.high, fit.fitted) if fit.verdict == "fitted" else ""
    return field.path, fit.verdict, prior, fitted


def _in_words(field: Field, low: float, high: float, shares: Sequence[float]) -> str:
    """Return a range, or names with their shares."""
    if field.kind == "span":
        return f"{short_number(low)} .. {short_number(high)}"
    return ", ".join(f"{name} {share:.0%}" for name, share in zip(field.names, shares, strict=True))
