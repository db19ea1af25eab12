"""Noise that is cut from a folder of real photos."""

from functools import lru_cache
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from degradekit.errors import ImageError, Mistake, RecipeError, RecordError
from degradekit.fields import Between, Neutral, Number, Span, Within, bounds
from degradekit.limits import MAX_FILE_BYTES, MAX_NOISE, MAX_POOL_PATCHES
from degradekit.mistakes import validated
from degradekit.operators.base import Context
from degradekit.operators.parameters import GrayLevel, NoiseLevel, Seed
from degradekit.operators.pinned_folder import Digest, FolderKind, FolderPath, PinnedFolder
from degradekit.picture_files import decode
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

Variance = Annotated[Number, Between(0, 255**2)]

_PHOTOS = FolderKind("noise_pool", "photos", MAX_FILE_BYTES)


@validated(RecordError)
class NoisePoolStep(Step):
    """Add the noise of a flat part of a photo, and clip to [0, 1].

    The pictures are read once in each process, and only those that have the digest are used.

    Attributes:
        folder: Path of the folder of photos; a relative one starts at the working directory.
        digest: SHA-256 of the pool: of the SHA-256 digests of its pictures, sorted, in hexadecimal digits.
        seed: Seed of the choice of a patch, and of a part of it.
        strength: Factor of the noise.
        subtract: What is taken off: a fitted `plane` in each block of 64 x 64 pixels, or the patch's `mean`.
        max_variance: Patches have a luma variance below this, on the 0..255 scale squared.
        min_mean: Patches have a luma mean above this, on the 0..255 scale.
    """

    op: ClassVar[str] = "noise_pool"

    folder: FolderPath
    digest: Digest
    seed: Seed
    strength: NoiseLevel = 1.0
    subtract: Literal["plane", "mean"] = "plane"
    max_variance: Variance = 20.0
    min_mean: GrayLevel = 50.0

    def __call__(self, image: Image) -> Image:
        """Read the pool, if this process has not yet, and add the noise.

        Raises:
            RecordError: The folder cannot be read, or has other pictures than those of the digest.
        """
        from degradekit.functional.noise import add_clipped
        from degradekit.functional.noise_pool import pooled_field

        height, width, channels = image.shape
        patches = _read_patches(self.folder, self.digest, self.max_variance, self.min_mean)
        field = pooled_field(patches, (height, width), channels == 1, self.subtract == "plane", self.seed)
        return add_clipped(image, field * np.float32(self.strength))

    def __str__(self) -> str:
        return f"noise of the photos with digest {self.digest[:12]}, minus {self.subtract}, x{self.strength:.2f}"


@validated(RecipeError)
class NoisePool(PinnedFolder):
    """Add noise that is cut from real photos, and clip to [0, 1].

    Flat parts of photos show a camera's noise as it is after demosaicing, denoising and compression, which no formula
    has. Each degradation adds a random part of a random patch of 256 x 256 pixels; a larger image is filled by
    reflection. Patches lie on a grid, and are those whose luma varies little and is bright enough. The first 1,000 are
    used, in the order of the digests of their files. There is no label for it.

    The digest makes the recipe mean these very pictures: files may be renamed and the folder be copied, but where a
    picture is changed, added or missing, the recipe is refused before the first photo is degraded.

    Attributes:
        folder: Path of a folder of photos; folders in it are not entered. A relative path starts at the working
            directory.
        digest: SHA-256 of the pictures. Left out, it is computed from the folder as it is now, and the recipe has it
            from then on.
        strength: Span of the factor of the noise.
        subtract: What is taken off a patch: a `plane` fitted to each block of 64 x 64 pixels of each channel, so that
            smooth gradients are not taken for noise (degradekit's own), or the `mean` of each channel (RealSR).
        max_variance: The luma's variance of a patch must be below this, on the 0..255 scale squared.
        min_mean: The luma's mean of a patch must be above this, on the 0..255 scale.

    Source: docs/model.md, section Other noise; Ji et al., RealSR, winner of NTIRE 2020's challenge.
    """

    op: ClassVar[str] = "noise_pool"
    step_types: ClassVar[tuple[type[Step], ...]] = (NoisePoolStep,)
    kind: ClassVar[FolderKind] = _PHOTOS

    strength: Annotated[Span, Within(0, MAX_NOISE), Neutral(0)] = (1.0, 1.0)
    subtract: Literal["plane", "mean"] = "plane"
    max_variance: Variance = 20.0
    min_mean: GrayLevel = 50.0

    def require(self) -> None:
        """Read the pool, which then serves all draws of this process."""
        super().require()
        _read_patches(self.folder, self.pinned_digest, self.max_variance, self.min_mean)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the seed of the patch, and the strength."""
        pool = self.folder, self.pinned_digest
        seed, strength = rng.seed(), rng.uniform(*bounds(self.strength))
        return (NoisePoolStep(*pool, seed, strength, self.subtract, self.max_variance, self.min_mean),)


@lru_cache(maxsize=2)
def _read_patches(folder: str, digest: str, max_variance: float, min_mean: float) -> NDArray[np.uint8]:
    """Return the patches of a pool, (N, 256, 256, 3).

    Raises:
        RecordError: The folder has not got the pictures of the digest, or they have no flat patches.
    """
    from degradekit.functional.noise_pool import flat_patches

    patches: list[NDArray[np.uint8]] = []
    for path, data in _PHOTOS.contents(folder, digest, RecordError):
        try:
            patches += flat_patches(decode(data), max_variance, min_mean)
        except ImageError as error:
            rule = f"must have photos that can be read ({path.name}: {error}); take that file away"
            raise RecordError(Mistake("noise_pool: folder", rule, folder)) from None
        if len(patches) >= MAX_POOL_PATCHES:
            break
    if not patches:
        rule = (
            f"must have a part of 256 x 256 with a luma variance below {max_variance:g} and a mean above {min_mean:g};"
            " add photos with smooth parts, such as of a wall"
        )
        raise RecordError(Mistake("noise_pool: folder", rule, folder))
    return np.stack(patches[:MAX_POOL_PATCHES])
