"""The pictures of real crops, and of the synthetic ones that are most like them."""

from degradekit.matching.real_photos import real_pixels
from degradekit.matching.results import Twin
from degradekit.matching.samples import RealCrops, Simulation
from degradekit.matching.simulating import made_pixels
from degradekit.matching.surveying import Survey
from degradekit.matching.twins import twins


def twin_pictures(real: RealCrops, fitted: Simulation, photos: Survey, hr: Survey, max_pixels: int) -> tuple[Twin, ...]:
    """Return the real crops that a simulation explains best and worst, beside their twins; their photos are read again.

    Args:
        real: The real crops.
        fitted: What the fitted recipe makes.
        photos: The real photos.
        hr: The HR photos.
        max_pixels: As for both.

    Raises:
        DegradekitError: A photo cannot be read any more.
    """
    sources = {photo.source.key: photo.source for photo in photos.photos}
    return tuple(
        Twin(
            photo=(name := real.names[real.photos[pair.real]]),
            is_explained=pair.is_explained,
            distance=pair.distance,
            real=real_pixels(real, sources[name], pair.real, max_pixels),
            synthetic=made_pixels(fitted, hr, real.side, pair.made, max_pixels),
        )
        for pair in twins(real, fitted)
    )
