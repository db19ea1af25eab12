"""One drawn degradation: a short, fixed, JSON-able list of steps."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from degradekit.errors import ImageError, RecipeError, RecordError
from degradekit.image import to_image
from degradekit.operators.base import Leaf, Params, Step
from degradekit.operators.catalogue import find_leaf
from degradekit.operators.validation import explain
from degradekit.types import Image, Pixels, Size

FORMAT = 1


@dataclass(frozen=True)
class Degradation:
    """Concrete steps for an HR image of one size; calling it is a pure function of the pixels.

    Attributes:
        size: (height, width) of the HR image it was drawn for.
        scale: HR side / LR side.
        steps: The operations, in order.
    """

    size: Size
    scale: int
    steps: tuple[Step, ...]

    @property
    def lr_size(self) -> Size:
        """(height, width) of the result."""
        size = self.size
        for step in self.steps:
            size = step.params.output_size(size)
        return size

    def __call__(self, hr: Any) -> Any:
        """Degrade an image.

        Args:
            hr: Of the size that was drawn for: uint8, uint16 or float32 (in [0, 1]) array, (H, W), (H, W, 1) or
                (H, W, 3) RGB, or a PIL image.

        Returns:
            The LR image as the same kind. It has always been clipped and rounded (half to even) to 8 bits, so float32
            values are levels / 255.

        Raises:
            ImageError: Another kind, range or size.
        """
        image, restore = to_image(hr)
        return restore(self.pixels(image))

    def pixels(self, image: Image) -> Pixels:
        """As `__call__`, from the library's own kind of image, (H, W, C) float32, to 8-bit pixels."""
        from degradekit.functional.levels import to_pixels

        return to_pixels(self.image(image))

    def image(self, image: Image) -> Image:
        """As `pixels`, before the result is clipped and rounded."""
        self._check_size(image)
        for step in self.steps:
            image = step(image)
        return image

    def trace(self, image: Image) -> Iterator[tuple[Step, Image]]:
        """Each step with the image after it, (H, W, C) float32, which blur and resize may have left outside [0, 1]."""
        self._check_size(image)
        for step in self.steps:
            image = step(image)
            yield step, image

    def _check_size(self, image: Image) -> None:
        height, width = image.shape[:2]
        if (height, width) != self.size:
            wanted = f"{self.size[0]} x {self.size[1]}"
            raise ImageError(f"size: must be the one drawn for, {wanted} (got {height} x {width})")

    def kernels(self) -> "tuple[Any, ...]":
        """The PSF kernels of the steps that blur, in order: (k, k) float32 arrays of sum 1."""
        return tuple(kernel for step in self.steps if (kernel := step.kernel()) is not None)

    def __str__(self) -> str:
        """The steps as a table: number, operator, parameters, size after it."""
        rows = [("", "HR", "", self.size)]
        size = self.size
        for number, step in enumerate(self.steps, 1):
            size = step.params.output_size(size)
            rows.append((str(number), step.op, str(step), size))
        wide = [max(len(str(row[column])) for row in rows) for column in range(3)]
        return "\n".join(
            f"{number:>{wide[0]}}  {op:<{wide[1]}}  {text:<{wide[2]}}  {width} x {height}"
            for number, op, text, (height, width) in rows
        )

    def to_dict(self) -> dict[str, Any]:
        """The record as plain data."""
        steps = [step.to_dict() for step in self.steps]
        return {"format": FORMAT, "size": list(self.size), "scale": self.scale, "steps": steps}

    def to_json(self) -> str:
        """The record as one line of JSON; `from_json` gives an equal degradation back."""
        return json.dumps(self.to_dict(), separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Degradation":
        """Read a record.

        Raises:
            RecordError: No JSON, an unknown format or operator, or parameters that break a rule.
        """
        try:
            data = json.loads(text)
        except ValueError as error:
            raise RecordError(f"record: must be JSON ({error})") from None
        found = data.get("format") if isinstance(data, dict) else data
        if found != FORMAT:
            raise RecordError(f"format: must be {FORMAT}, the one this version reads (got {found!r})")
        try:
            head = _HEAD.validate_json(text, strict=True)
        except ValidationError as error:
            raise RecordError("\n".join(explain(_Head, error.errors()))) from None
        steps = tuple(_read_step(number, step) for number, step in enumerate(head.steps))
        degradation = cls(size=head.size, scale=head.scale, steps=steps)
        try:
            _ = degradation.lr_size
        except ValueError as error:
            raise RecordError(f"steps: {error}") from None
        return degradation


def degrade_all(degradations: Sequence[Degradation], image: Image) -> list[Pixels]:
    """The LR of several degradations of one HR, the steps that all begin with applied once.

    Args:
        degradations: Of the size of the image; at least one.
        image: (H, W, C) float32.
    """
    shared = 0
    for steps in zip(*(degradation.steps for degradation in degradations), strict=False):
        if any(step != steps[0] for step in steps):
            break
        shared += 1
    first = degradations[0]
    common = replace(first, steps=first.steps[:shared])
    prepared = common.image(image)
    return [replace(d, size=common.lr_size, steps=d.steps[shared:]).pixels(prepared) for d in degradations]


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True)
class _Head:
    format: int
    size: tuple[int, int]
    scale: int
    steps: list[dict[str, Any]]

    def __post_init__(self) -> None:
        if min(self.size) < 1 or self.scale < 1:
            raise ValueError("size and scale must be >= 1")


_HEAD = TypeAdapter(_Head)


@cache
def _reader(leaf: type[Leaf[Any]]) -> TypeAdapter[Params]:
    return TypeAdapter(with_config(ConfigDict(extra="forbid"))(leaf.Params))


def _read_step(number: int, data: dict[str, Any]) -> Step:
    place = f"steps[{number}]"
    values = dict(data)
    try:
        leaf = find_leaf(values.pop("op", None))
        return Step(leaf, _reader(leaf).validate_json(json.dumps(values), strict=True))
    except RecipeError as error:
        raise RecordError(f"{place}.op: {error}") from None
    except ValidationError as error:
        raise RecordError("\n".join(explain(leaf.Params, error.errors(), place))) from None
