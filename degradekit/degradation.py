"""One drawn degradation: a short, fixed, JSON-able list of steps."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray
from pydantic import InstanceOf

from degradekit.errors import ImageError, Mistake, RecordError
from degradekit.fields import Between, Integer, Stored, listed
from degradekit.image import checked_image, to_image
from degradekit.limits import MAX_SCALE, MAX_SIDE
from degradekit.mistakes import validated
from degradekit.records import parse_record, read_step
from degradekit.step import Step
from degradekit.types import Image, Pixels, Size
from degradekit.work import size_after

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage

Level = TypeVar("Level", bound=np.generic)

RECORD_VERSION = 2
_SIDE = Annotated[Integer, Between(1, MAX_SIDE)]
_FIELDS = ("version", "size", "scale", "steps")
CROP, SHARPEN = "crop", "sharpen"
"""The names of the steps that make the training target."""


@validated(RecordError)
class Degradation:
    """Concrete steps for an HR image of one size; calling it is a pure function of the pixels.

    Attributes:
        size: (height, width) of the HR image that it was drawn for.
        scale: HR side / LR side.
        steps: The operations, in order.
    """

    size: Annotated[Size, Stored(tuple[_SIDE, _SIDE], listed)]
    scale: Annotated[Integer, Between(1, MAX_SCALE)]
    steps: Annotated[Sequence[Step], Stored(tuple[InstanceOf[Step], ...], listed)]

    def __post_init__(self) -> None:
        # This refuses steps that are too much work, or do not fit one another.
        self.__dict__["_lr_size"] = size_after(self.steps, self.size)

    @property
    def lr_size(self) -> Size:
        """(height, width) of the result."""
        size: Size = self.__dict__["_lr_size"]
        return size

    @overload
    def __call__(self, hr: "PILImage") -> "PILImage": ...
    @overload
    def __call__(self, hr: NDArray[Level]) -> NDArray[Level]: ...
    def __call__(self, hr: Any) -> Any:
        """Degrade an image.

        Args:
            hr: An image of the size that was drawn for: a uint8, uint16 or float32 (in [0, 1]) array of shape (H, W),
                (H, W, 1) or (H, W, 3) RGB, or a PIL image.

        Returns:
            The LR image as the same kind. It has always been clipped and rounded (half to even) to 8 bits, so float32
            values are levels / 255.

        Raises:
            ImageError: The image is of another kind, range or size.
        """
        from degradekit.functional.levels import to_float

        image, restore = to_image(hr)
        return restore(to_float(self.to_pixels(image)))

    @overload
    def target(self, hr: "PILImage") -> "PILImage": ...
    @overload
    def target(self, hr: NDArray[Level]) -> NDArray[Level]: ...
    def target(self, hr: Any) -> Any:
        """Return what the LR is made from: the image after the sharpening with which the steps begin, or else the HR.

        This is what Real-ESRGAN and BasicSR call `gt_usm`, where `gt` is the HR and `lq` the LR.

        Args:
            hr: As in `__call__`.

        Returns:
            A new image of the same kind and size, its integers rounded half to even; `scale` times as large as the LR,
            so one that the scale does not divide is cropped at the bottom and right, as it is for the LR.

        Raises:
            ImageError: The image is of another kind, range or size.
        """
        image, restore = to_image(hr)
        self._check_size(image)
        return restore(_apply(target_steps(self.steps), image))

    def apply(self, image: Image) -> Image:
        """Apply the steps.

        Args:
            image: (H, W, C) float32 in [0, 1].

        Returns:
            (h, w, C) float32, neither clipped nor rounded.

        Raises:
            ImageError: The image is not of this kind, or of another size.
        """
        image = checked_image(image)
        self._check_size(image)
        return _apply(self.steps, image)

    def to_pixels(self, image: Image) -> Pixels:
        """Apply the steps, then clip and round half to even to 8-bit levels.

        Args:
            image: (H, W, C) float32 in [0, 1].

        Returns:
            (h, w, C) uint8, the LR.

        Raises:
            ImageError: The image is not of this kind, or of another size.
        """
        from degradekit.functional.levels import to_pixels

        return to_pixels(self.apply(image))

    def trace(self, hr: Any) -> Iterator[tuple[Step, Image]]:
        """Apply the steps one by one.

        Args:
            hr: As in `__call__`.

        Yields:
            Each step, and the image after it: (H, W, C) float32, which blur and resize may take out of [0, 1].

        Raises:
            ImageError: The image is of another kind, range or size.
        """
        image, _ = to_image(hr)
        self._check_size(image)
        for step in self.steps:
            image = step(image)
            yield step, image

    def _check_size(self, image: Image) -> None:
        height, width = image.shape[:2]
        if (height, width) != self.size:
            expected = f"{self.size[0]} x {self.size[1]}"
            raise ImageError(
                f"size: must be that for which the degradation was drawn, {expected} (got {height} x {width})"
            )

    def kernels(self) -> tuple[NDArray[np.float32], ...]:
        """Return the PSF kernels of the steps that blur, in order: (k, k) float32 arrays of sum 1."""
        return tuple(kernel for step in self.steps if (kernel := step.kernel()) is not None)

    def __str__(self) -> str:
        """Format the steps as a table: index, operator, parameters, width x height after it."""
        steps = [(str(index), step.op, str(step), size) for index, (step, size) in enumerate(self._sizes(), 1)]
        rows = [("", "HR", "", self.size), *steps]
        widths = [max(len(str(row[column])) for row in rows) for column in range(3)]
        return "\n".join(
            f"{index:>{widths[0]}}  {op:<{widths[1]}}  {text:<{widths[2]}}  {width} x {height}"
            for index, op, text, (height, width) in rows
        )

    def _repr_html_(self) -> str:
        """Return the steps as a table with all that they hold, for notebooks."""
        from degradekit.pages import render

        return render(
            "notebook/degradation.html",
            hr=f"{self.size[1]} x {self.size[0]}",
            lr=f"{self.lr_size[1]} x {self.lr_size[0]}",
            steps=[
                (index, str(step), step.to_dict(), f"{width} x {height}")
                for index, (step, (height, width)) in enumerate(self._sizes(), 1)
            ],
        )

    def _sizes(self) -> Iterator[tuple[Step, Size]]:
        """Yield each step, and the size after it."""
        size = self.size
        for step in self.steps:
            size = step.output_size(size)
            yield step, size

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain data."""
        steps = [step.to_dict() for step in self.steps]
        return {"version": RECORD_VERSION, "size": list(self.size), "scale": self.scale, "steps": steps}

    def to_json(self) -> str:
        """Return the record as one line of JSON, from which `from_json` makes an equal degradation."""
        return json.dumps(self.to_dict(), separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Degradation":
        """Read a record.

        Raises:
            RecordError: It is not JSON, has another version, names an unknown step, or breaks a rule.
        """
        return cls._read(text)

    @classmethod
    def target_from_json(cls, text: str) -> "Degradation":
        """Read the steps of a record that make the training target, as a degradation whose result is the target.

        The other steps are not looked at: that is faster, and their operators need not be installed.

        Raises:
            RecordError: As `from_json`.
        """
        return cls._read(text, lambda steps: steps[: _steps_of_target([_op(step) for step in steps])])

    @classmethod
    def _read(cls, text: str, choose: Callable[[list[Any]], list[Any]] = list) -> "Degradation":
        data = parse_record(text)
        if not isinstance(data, dict) or data.get("version") != RECORD_VERSION:
            got = data.get("version", "none") if isinstance(data, dict) else data
            rule = f"must be {RECORD_VERSION}, the one that this release of degradekit reads and writes"
            raise RecordError(Mistake("version", rule, got))
        unknown = [Mistake(name, "unknown field") for name in data if name not in _FIELDS]
        missing = [Mistake(name, "must be given") for name in _FIELDS if name not in data]
        if unknown or missing:
            raise RecordError(*unknown, *missing)
        if not isinstance(data["steps"], list):
            raise RecordError(Mistake("steps", "must be a list", data["steps"]))
        steps = [read_step(index, step) for index, step in enumerate(choose(data["steps"]))]
        return cls(size=data["size"], scale=data["scale"], steps=steps)


def target_steps(steps: Sequence[Step]) -> Sequence[Step]:
    """Return the leading steps that make the training target of an HR; the other steps degrade it."""
    return steps[: _steps_of_target([step.op for step in steps])]


def _steps_of_target(ops: Sequence[object]) -> int:
    """Return how many steps make the training target: the crop to multiples of the scale, and then sharpening."""
    count = 1 if ops[:1] == [CROP] else 0
    while count < len(ops) and ops[count] == SHARPEN:
        count += 1
    return count


def degrade_all(degradations: Sequence[Degradation], image: Image) -> list[Pixels]:
    """Apply several degradations to one HR, the steps that all begin with only once.

    Args:
        degradations: At least one, all drawn for the size of the image.
        image: (H, W, C) float32 in [0, 1].

    Returns:
        The LR of each degradation, (h, w, C) 8-bit levels.
    """
    return list(degrade_each(degradations, image))


def degrade_each(degradations: Sequence[Degradation], image: Image) -> Iterator[Pixels]:
    """Yield what `degrade_all` returns, each LR when it is asked for."""
    from degradekit.functional.levels import to_pixels

    shared = 0
    for steps in zip(*(degradation.steps for degradation in degradations), strict=False):
        if any(step != steps[0] for step in steps):
            break
        shared += 1

    first = degradations[0]
    image = checked_image(image)
    first._check_size(image)
    prepared = _apply(first.steps[:shared], image)
    for degradation in degradations:
        yield to_pixels(_apply(degradation.steps[shared:], prepared))


def _apply(steps: Sequence[Step], image: Image) -> Image:
    for step in steps:
        image = step(image)
    return image


def _op(step: Any) -> object:
    return step.get("op") if isinstance(step, dict) else None
