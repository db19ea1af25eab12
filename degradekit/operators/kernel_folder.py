"""Blur with kernels that were measured."""

import base64
import binascii
from typing import Annotated, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from degradekit.errors import Mistake, RecipeError, RecordError
from degradekit.fields import Between, Integer, Span, Text, Within, bounds
from degradekit.limits import MAX_MEASURED_SIZE
from degradekit.mistakes import validated
from degradekit.operators.base import Context
from degradekit.operators.blur import PSFStep
from degradekit.operators.kernel_files import KERNELS, KernelFile, kernels_of
from degradekit.operators.pinned_folder import FolderKind, PinnedFolder
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.wording import printable

_LARGEST = 2**16 - 1
_VALUE = np.dtype("<u2")


@validated(RecordError)
class KernelFolderStep(PSFStep):
    """Blur with a measured kernel; overshoot from before is kept. The step holds the kernel itself and needs no file.

    Attributes:
        file: Name of the file that the kernel came from.
        size: Side of the kernel in pixels, odd.
        values: Its rows, each value an unsigned integer of 16 bits, little-endian, all in base64; the kernel is these
            divided by their sum.
    """

    op: ClassVar[str] = "kernel_folder"

    file: Annotated[Text, Field(max_length=255)]
    size: Annotated[Integer, Between(1, MAX_MEASURED_SIZE, odd=True)]
    values: Text

    @model_validator(mode="after")
    def _check_values(self) -> Self:
        try:
            data = binascii.a2b_base64(self.values, strict_mode=True)
        except ValueError:
            raise RecordError(Mistake("values", "must be base64", self.values)) from None
        if len(data) != self.size**2 * _VALUE.itemsize or not any(data):
            rule = f"must be {self.size**2} integers of 16 bits, not all 0"
            raise RecordError(Mistake("values", rule, f"{len(data)} bytes"))
        return self

    @property
    def taps(self) -> int:
        """The elements of the kernel."""
        return self.size**2

    def psf(self) -> NDArray[np.float64]:
        """Return the kernel."""
        values = np.frombuffer(base64.b64decode(self.values), _VALUE).reshape(self.size, self.size)
        kernel: NDArray[np.float64] = values / values.sum(dtype=np.int64)
        return kernel

    def __str__(self) -> str:
        name = self.file if len(self.file) <= 30 else f"{self.file[:27]}..."
        return f"measured kernel {name}, {self.size} px"


@validated(RecipeError)
class KernelFolder(PinnedFolder):
    """Blur with one of the measured kernels in a folder, all equally likely.

    A kernel is centered on its centroid, scaled, and divided by its sum. The drawn kernel is part of the record, so a
    degradation can be applied anywhere without the folder. Only drawing from the recipe again, as building, verifying
    and inspecting a dataset do, needs the folder as it was.

    Attributes:
        folder: A folder with a file for each kernel: `.npy` arrays of two axes, or pictures whose levels, their mean
            over the channels, are linear in light. Other files are left out. A relative path starts at the
            working directory.
        digest: SHA-256 of the kernels, by which a recipe means these and no others; None takes that of the folder as it
            is when the recipe is made.
        factor: Span of the factor by which a kernel is enlarged or reduced, as for photos of another size than those it
            was measured in.

    Source: docs/model.md, section Lens and motion blur.
    """

    op: ClassVar[str] = "kernel_folder"
    step_types: ClassVar[tuple[type[Step], ...]] = (KernelFolderStep,)
    kind: ClassVar[FolderKind] = KERNELS

    factor: Annotated[Span, Within(0.05, 8)] = 1.0

    def require(self) -> None:
        """Read the kernels, and enlarge each as far as it can be drawn."""
        super().require()
        for file in kernels_of(self.folder, self.pinned_digest):
            self._levels(file, bounds(self.factor)[1])

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw a kernel and its factor."""
        files = kernels_of(self.folder, self.pinned_digest)
        file = files[rng.integer(0, len(files) - 1)]
        levels = self._levels(file, rng.uniform(*bounds(self.factor)))
        values = base64.b64encode(levels.astype(_VALUE).tobytes()).decode("ascii")
        return (KernelFolderStep(printable(file.name)[:255], levels.shape[0], values),)

    def _levels(self, file: KernelFile, factor: float) -> NDArray[np.float64]:
        """Return a kernel at its size as integers of 16 bits, without a border of zeros."""
        from degradekit.functional.psfs import centered, trimmed

        kernel = centered(file.values, factor)
        levels = trimmed(np.rint(kernel * (_LARGEST / kernel.max())))
        if levels.shape[0] > MAX_MEASURED_SIZE:
            rule = (
                f"a kernel must have at most {MAX_MEASURED_SIZE} pixels a side around its centroid; use a lower factor"
            )
            raise RecipeError(f"kernel_folder: folder: {rule} (got {self.folder}/{file.name}, {levels.shape[0]})")
        return levels
