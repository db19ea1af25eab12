"""Fits a recipe to real photos: what `degradekit.match` is."""

import os

from degradekit.dataset.progress import SILENT, Progress
from degradekit.limits import MAX_PIXELS
from degradekit.matching.cautions import LEAST_PHOTOS, cautions
from degradekit.matching.fitting import fit
from degradekit.matching.gathering import MatchOptions, Material, Photos, gather, refuse_unusable
from degradekit.matching.real_photos import read_real
from degradekit.matching.results import Match
from degradekit.matching.samples import RealCrops
from degradekit.operators.base import Operator
from degradekit.wording import counted


def match(
    real: Photos,
    hr: Photos,
    recipe: Operator | str | os.PathLike[str],
    *,
    scale: int | None = None,
    photos: int | None = None,
    draws: int = 3000,
    widen: float = 1.25,
    seed: int = 0,
    workers: int | None = None,
    max_pixels: int = MAX_PIXELS,
    progress: Progress = SILENT,
) -> Match:
    """Fit a recipe to real low-quality photos, as far as they show its fields at all.

    The recipe, made wider, degrades tiles of the HR photos. What the statistics of the LRs reveal of each field is
    learned from these draws, and read off the real photos. The fitted recipe is then drawn and compared with the real
    photos. Draws are kept on the disk, so that a second match with the same recipe and HR photos takes a moment.

    Args:
        real: The real photos: a folder, a file, a glob, a list, a URL, several of these, or a `Selection`.
        hr: Clean photos of the same kind of scenes, in the same way.
        recipe: A recipe, the name of a preset, or the path of a YAML file; it must have a scale.
        scale: HR side / LR side, if it is not to be the recipe's.
        photos: Real photos to measure, at most, chosen by the seed; None is 1,000.
        draws: Draws to learn from. A third as many show the recipe as it is, and half as many the fitted one.
        widen: How many times wider than the recipe's the ranges are that are learned from, so that values a little
            outside of them are recognized.
        seed: Any integer; the same seed gives the same bytes.
        workers: Number of processes; 0 works in this one, None starts one for each processor. It changes no byte.
        max_pixels: Photos with more pixels are left out.
        progress: Is notified as the work goes on: a note before each part, real photos and then draws.

    Returns:
        The fitted recipe, and what is known of each of its fields; from fewer than 10 photos, statistics alone.

    Raises:
        DatasetError: There are no photos, not one can be used, real ones are among the HR photos, or an option breaks
            its rule.
        RecipeError: There is no such recipe, or it cannot degrade a tile.
    """
    options = MatchOptions(photos, draws, widen, seed, max_pixels)
    material = gather(real, hr, recipe, scale, options)
    progress.note(f"measuring {counted(len(material.real.photos), 'real photo')}")
    crops = read_real(material.real, material.side, max_pixels=max_pixels, workers=workers, progress=progress)
    if not crops.names:
        refuse_unusable("real", crops.unusable, "each of them is damaged")
    if len(crops.names) < LEAST_PHOTOS:
        return _unfitted(material, options, crops)
    return fit(material, options, crops, workers, progress)


def _unfitted(material: Material, options: MatchOptions, crops: RealCrops) -> Match:
    return Match(
        recipe=material.preset,
        preset=material.preset,
        scale=material.scale,
        seed=options.seed,
        fields=(),
        agreement=None,
        real=crops,
        prior=None,
        fitted=None,
        is_fitted=False,
        warnings=cautions(crops, None, material.not_looked_at, material.hr.unusable),
    )
