"""What the studio is started with, and photos that people hand it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from degradekit import recipes
from degradekit.dataset.opening import Dataset
from degradekit.dataset.sources import Selection, Source, scan
from degradekit.errors import DegradekitError, ImageError
from degradekit.limits import MAX_PIXELS
from degradekit.picture_files import decode
from degradekit.studio.drafts import Draft
from degradekit.studio.draws import Enlarge
from degradekit.studio.photos import StudioPhoto
from degradekit.studio.real_lrs import MOST_REAL, RealLRs, refuse_small
from degradekit.studio.stored_rows import StoredRows

MAX_UPLOAD_BYTES = 2**26
"""Size of a file that the page takes, 64 MiB: any photo of a camera but the largest raw scans."""

MOST_PHOTOS = 1000
"""Photos that can be chosen on the page: more make no list that a person would read."""


@dataclass(frozen=True)
class Setup:
    """What the studio is started with.

    Attributes:
        draft: The recipe.
        photos: The photos that can be chosen on the page.
        real: Real low-quality photos to compare with.
        rows: The pairs of a dataset.
        enlarge: Enlarges LRs with trained weights, where there are any.
        max_pixels: Photos with more pixels are refused.
    """

    draft: Draft = field(default_factory=Draft)
    photos: Sequence[Source] = ()
    real: RealLRs | None = None
    rows: StoredRows | None = None
    enlarge: Enlarge | None = None
    max_pixels: int = MAX_PIXELS

    def photo(self, index: int) -> StudioPhoto:
        """Read one of the photos.

        Raises:
            DegradekitError: It cannot be read or used.
        """
        source = self.photos[index]
        return self.uploaded(source.key, source.read())

    def uploaded(self, name: str, data: bytes) -> StudioPhoto:
        """Decode a photo that was handed in.

        Raises:
            ImageError: It is not a picture, or has too many pixels.
        """
        return StudioPhoto(name, decode(data, self.max_pixels))


def set_up(
    source: str | None,
    draft: Draft | None = None,
    *,
    real: str | None = None,
    enlarge: Enlarge | None = None,
    max_pixels: int = MAX_PIXELS,
) -> tuple[Setup, list[str]]:
    """Return what the studio is started with, and a line for each real photo that cannot be used.

    Args:
        source: Photos, as `degradekit.dataset.synthesize` takes them; a dataset; or None.
        draft: The recipe; None is the dataset's, or Real-ESRGAN's.
        real: Real low-quality photos, of which the first ones are taken.
        enlarge: Enlarges LRs with trained weights.
        max_pixels: Photos with more pixels are refused.

    Raises:
        DegradekitError: There are no photos, or no such dataset; or the recipe breaks a rule.
    """
    photos: Sequence[Source] = ()
    rows = None
    if source is not None and Dataset.is_at(source):
        rows = StoredRows(source)
        draft = draft or Draft(source, recipes.dumps(rows.recipe))
    elif source is not None:
        photos = tuple(islice(scan(source), MOST_PHOTOS))
    draft = draft or Draft()
    _ = draft.recipe
    setup = Setup(draft, photos, rows=rows, enlarge=enlarge, max_pixels=max_pixels)
    unusable: list[str] = []
    return replace(setup, real=_real(setup, real, unusable)) if real is not None else setup, unusable


def _real(setup: Setup, location: str, unusable: list[str]) -> RealLRs:
    photos: list[StudioPhoto] = []
    for source in scan(Selection(location).with_low_resolution()):
        if len(photos) == MOST_REAL:
            break
        try:
            photos.append(as_real(setup.uploaded(source.key, source.read())))
        except DegradekitError as error:
            unusable.append(f"{source.key}: {error}")
    if not photos:
        raise ImageError("\n  ".join(["real: not one photo can be used", *unusable]))
    return RealLRs(photos)


def as_real(photo: StudioPhoto) -> StudioPhoto:
    """Return the middle of a real low-quality photo, which is shown and measured.

    Raises:
        ImageError: It is too small to be measured.
    """
    refuse_small(photo.pixels)
    return StudioPhoto(photo.name, photo.crop(0.5, 0.5).pixels)
