"""What a step is: one concrete operation on an image."""

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import fields
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from degradekit.errors import ImageError
from degradekit.types import Image, Size


class Step(ABC):
    """One concrete operation: an object that holds its parameters and is called on an image.

    A step is a class made by `validated(RecordError)`. Its fields are JSON-able and are all that it needs: calling it
    draws nothing and changes nothing, so equal steps give equal results. Where it adds noise, the noise's seed is a
    field.

    Attributes:
        op: The step's name in records: that of the operator in the catalogue which lists it in `step_types`, or that
            name, a dot, and a kind, such as `noise.gaussian`.
    """

    op: ClassVar[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Let the step's call refuse what is not an image, such as 8-bit levels, and see contiguous ones only."""
        super().__init_subclass__(**kwargs)
        if "__call__" in vars(cls):
            cls.__call__ = _for_images(cls.__call__)  # type: ignore[assignment]

    @abstractmethod
    def __call__(self, image: Image) -> Image:
        """Apply the step.

        Args:
            image: (H, W, C) float32, RGB or gray, nominally in [0, 1]; it is not changed.

        Returns:
            A new image of `output_size`, with the same channels.

        Raises:
            ImageError: The image is of another kind.
        """

    @property
    def taps(self) -> int:
        """About how many multiplications each pixel of a channel takes, before or after the step, as a bound."""
        return 16

    def output_size(self, size: Size) -> Size:
        """Return the (height, width) after the step, from those before it."""
        return size

    def kernel(self) -> NDArray[np.float32] | None:
        """Return the PSF kernel, (k, k) float32 of sum 1; None for a step that does not blur."""
        return None

    @abstractmethod
    def __str__(self) -> str:
        """Describe the step in a few words, for people."""

    @final
    def to_dict(self) -> dict[str, Any]:
        """Return the step as plain data: its name in `op`, and the fields that are not None."""
        data: dict[str, Any] = {"op": self.op}
        for name in _field_names(type(self)):
            if (value := getattr(self, name)) is not None:
                data[name] = value
        return data


@functools.cache
def _field_names(step_type: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(step_type))


def _for_images(call: Callable[[Any, Image], Image]) -> Callable[[Any, Image], Image]:
    @functools.wraps(call)
    def checked(step: Any, image: Image) -> Image:
        if not isinstance(image, np.ndarray) or image.dtype != np.float32 or image.ndim != 3:
            is_array = isinstance(image, np.ndarray)
            got = f"{image.dtype}, shape {image.shape}" if is_array else type(image).__name__
            raise ImageError(
                "image: a step takes float32 arrays (H, W, C), nominally in [0, 1]; for other kinds, call a degradation"
                f" that has the step (got {got})"
            )
        return call(step, np.ascontiguousarray(image))

    return checked
