"""What the studio is started with, and photos that people hand it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from degradekit.dataset.sources import Source
from degradekit.errors import DegradekitError, ImageError
from degradekit.limits import MAX_PIXELS
from degradekit.picture_files import decode
from degradekit.studio.drafts import Draft
from degradekit.studio.draws import Enlarge
from degradekit.studio.photos import StudioPhoto
from degradekit.studio.real_lrs import RealLRs

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
        enlarge: Enlarges LRs with trained weights, where there are any.
        max_pixels: Photos with more pixels are refused.
    """

    draft: Draft = field(default_factory=Draft)
    photos: Sequence[Source] = ()
    real: RealLRs | None = None
    enlarge: Enlarge | None = None
    max_pixels: int = MAX_PIXELS

    def photo(self, index: int) -> StudioPhoto:
        """Read one of the photos.

        Raises:
            DegradekitError: It cannot be read or used.
        """
        source = self.photos[index]
        try:
            return self.uploaded(source.key, source.read())
        except DegradekitError as error:
            raise ImageError(f"photo: {source.key}: {error}") from None

    def uploaded(self, name: str, data: bytes) -> StudioPhoto:
        """Decode a photo that was handed in.

        Raises:
            ImageError: It is not a picture, or has too many pixels.
        """
        return StudioPhoto(name, decode(data, self.max_pixels))
