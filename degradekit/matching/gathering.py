"""Gathers what a match works with, and refuses what it cannot work with before it begins."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from degradekit import recipes
from degradekit.dataset.degrading import require_scale, try_recipe
from degradekit.dataset.options import Options
from degradekit.dataset.sources import Scan, Selection, scan
from degradekit.errors import DatasetError, DegradekitError
from degradekit.fields import Between, Integer, Number
from degradekit.limits import MAX_PIXELS
from degradekit.locations import Location
from degradekit.matching.surveying import Survey, chosen, crop_side, survey
from degradekit.mistakes import validated
from degradekit.operators.base import Operator
from degradekit.statistics import LEAST_SIDE

Photos = Location | Iterable[Location] | Selection | Scan
"""Photos: what `degradekit.dataset.synthesize` takes, or a scan of it."""
MOST_PHOTOS = 1000
"""Real photos that are measured unless more are asked for."""
_DRAWS_OF_HR = 8
"""Draws that an HR photo gets at least, so that it is worth decoding; further HR photos are not used."""
_MOST_NAMED = 5


@validated(DatasetError)
class MatchOptions:
    """How a match is made; see `degradekit.match`."""

    photos: Annotated[Integer, Between(1)] | None = None
    draws: Annotated[Integer, Between(100)] = 3000
    widen: Annotated[Number, Between(1, 10)] = 1.25
    seed: Integer = 0
    max_pixels: Annotated[Integer, Between(1)] = MAX_PIXELS

    @property
    def draws_of_preset(self) -> int:
        """Number of draws of the recipe as it is."""
        return self.draws // 3

    @property
    def draws_of_fitted(self) -> int:
        """Number of draws of the fitted recipe."""
        return self.draws // 2

    @property
    def draws_of_milder(self) -> int:
        """Number of draws of each milder recipe that is tried."""
        return max(self.draws // 20, 100)


@dataclass(frozen=True)
class Material:
    """What a match works with.

    Attributes:
        preset: The recipe to fit.
        scale: HR side / LR side.
        real: The real photos, all large enough for a crop.
        hr: The HR photos, all large enough for a tile.
        side: Side of the crops in pixels.
        not_looked_at: How many more real photos there are.
    """

    preset: Operator
    scale: int
    real: Survey
    hr: Survey
    side: int
    not_looked_at: int


def gather(
    real: Photos, hr: Photos, recipe: Operator | str | os.PathLike[str], scale: int | None, options: MatchOptions
) -> Material:
    """Return what a match works with.

    Args:
        real: The real photos.
        hr: Clean photos.
        recipe: A recipe, or the name or path of one.
        scale: HR side / LR side, if it is not to be the recipe's.
        options: How many photos to take at most, and the seed that chooses them.

    Raises:
        DatasetError: There are no photos, not one can be used, or real ones are among the HR photos.
        RecipeError: There is no such recipe, or it cannot degrade a tile.
    """
    preset = recipes.resolved(recipe, scale)
    scale = require_scale(preset)
    try_recipe(preset, Options(tile=LEAST_SIDE * scale, seed=options.seed))
    scanned = scan_real(real)
    with _named("real"):
        real_photos = _surveyed(scanned, options.photos or MOST_PHOTOS, options)
    scanned_hr = scan_hr(hr)
    with _named("hr"):
        hr_photos = _surveyed(scanned_hr, options.draws // _DRAWS_OF_HR, options)
    _refuse_shared(real_photos, hr_photos)
    side = crop_side(real_photos.photos, hr_photos.photos, scale)
    return Material(
        preset=preset,
        scale=scale,
        real=_large_enough("real", real_photos, side, "crops"),
        hr=_large_enough("hr", hr_photos, side * scale, f"tiles for scale {scale}"),
        side=side,
        not_looked_at=len(scanned) - len(real_photos.photos) - len(real_photos.unusable),
    )


def scan_real(photos: Photos) -> Scan:
    """Return the real photos, those in folders named LR among them.

    Raises:
        DatasetError: There are none, or they cannot be listed; the message names them `real`.
    """
    with _named("real"):
        return photos if isinstance(photos, Scan) else scan(Selection.of(photos).with_low_resolution())


def scan_hr(photos: Photos) -> Scan:
    """Return the HR photos.

    Raises:
        DatasetError: There are none, or they cannot be listed; the message names them `hr`.
    """
    with _named("hr"):
        return photos if isinstance(photos, Scan) else scan(photos)


def refuse_unusable(name: str, unusable: Mapping[str, str], needed: str) -> None:
    """Refuse photos of which not one can be used.

    Args:
        name: `real` or `hr`.
        unusable: Why each photo cannot be used, by its name.
        needed: What they must be, in words.

    Raises:
        DatasetError: Always.
    """
    lines = [f"{photo}: {reason}" for photo, reason in list(unusable.items())[:_MOST_NAMED]]
    if len(unusable) > _MOST_NAMED:
        lines.append(f"and {len(unusable) - _MOST_NAMED:,} more")
    raise DatasetError("\n  ".join([f"{name}: not one photo can be used; {needed}", *lines]))


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Add to an error which of the two folders it is about."""
    try:
        yield
    except DegradekitError as error:
        raise error.inside(name) from None


def _surveyed(photos: Scan, most: int, options: MatchOptions) -> Survey:
    return survey(chosen(photos, most, options.seed), options.max_pixels)


def _refuse_shared(real: Survey, hr: Survey) -> None:
    """Refuse real photos that are HR photos too, by their files.

    Raises:
        DatasetError: There are some.
    """
    fingerprints = {photo.fingerprint for photo in hr.photos}
    shared = [photo.source.key for photo in real.photos if photo.fingerprint in fingerprints]
    if shared:
        raise DatasetError(
            f"hr: must be clean photos, and not the real ones; {len(shared):,} of {len(real.photos):,} real photos are"
            f" among them, such as {shared[0]!r}"
        )


def _large_enough(name: str, photos: Survey, side: int, purpose: str) -> Survey:
    photos = photos.at_least(side)
    if not photos.photos:
        refuse_unusable(name, photos.unusable, f"{purpose} take at least {side} x {side} pixels")
    return photos
