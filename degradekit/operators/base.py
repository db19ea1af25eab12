"""What an operator is: a distribution over degradations."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, fields
from functools import cached_property
from operator import index
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, Self, TypeAlias, TypeVar, final, overload

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, GetPydanticSchema, Strict, WithJsonSchema, model_validator
from pydantic_core import core_schema

from degradekit import catalogue
from degradekit.degradation import Degradation
from degradekit.errors import DegradekitError, Mistake, RecipeError, RecordError
from degradekit.extras import Extra
from degradekit.fields import NotEmpty, Stored, listed
from degradekit.image import is_pil, to_image
from degradekit.limits import MAX_OPERATOR_DEPTH, MAX_OPERATORS
from degradekit.mistakes import validated
from degradekit.rng import Stream, stream
from degradekit.step import Step
from degradekit.types import Frame, Lens, Size, lens_of

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage

Level = TypeVar("Level", bound=np.generic)

Reading: TypeAlias = Callable[[Any], float | str | None]
"""Returns what a field decided, read off a step that the field's operator drew; None where the step does not show it.
Of a probability it is whether it happened."""


class Context(NamedTuple):
    """All that a draw may look at: sizes and the scale, never pixels."""

    size: Size
    """(height, width) of the image as it arrives at the operator."""
    hr: Size
    """(height, width) of the HR image, cropped to multiples of the scale."""
    scale: int
    """HR side / LR side."""
    origin: Size
    """(height, width) of the image that `sample` was asked for."""
    frame: Frame
    """Where that image lies in its photo."""

    @property
    def lr(self) -> Size:
        """(height, width) of the LR image."""
        return self.hr[0] // self.scale, self.hr[1] // self.scale

    @property
    def lens(self) -> Lens:
        """The photo's lens in pixels of the image as it arrives; a crop to multiples of the scale counts as one."""
        return lens_of(self.frame, self.size[0] / self.origin[0], self.size[1] / self.origin[1])


@validated(RecipeError)
class Operator(ABC):
    """An immutable, validated distribution over degradations.

    An operator has its own name in `op`, its settings as fields, and `draw`; it is made by `validated(RecipeError)`.

    Attributes:
        op: The operator's name in recipes.
        step_types: The classes of steps that it draws, but for those that belong to other operators.
        extra: The package that its steps need beside those that degradekit always has.
        name: Names the operator's random stream among its siblings. Without one it is the type and its ordinal, so
            give a name to an operator inserted before a sibling of its own type, and no other draw moves.
    """

    op: ClassVar[str]
    step_types: ClassVar[tuple[type[Step], ...]] = ()
    extra: ClassVar[Extra | None] = None

    name: str | None = field(default=None, kw_only=True, repr=False)

    @abstractmethod
    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the concrete steps, in the order of execution.

        All randomness comes from `rng`, all knowledge of the image from `context`. An operator that holds others gives
        each a stream of its own: `rng.fork(name)`.
        """

    @property
    def spelled_out(self) -> "Operator":
        """The same distribution with all operators that it consists of in its fields."""
        return self

    def readings(self) -> Mapping[str, Reading | None]:
        """Return how what fields decide is read off a step, where it is not the step's field of the same name.

        For weights that is also the one whose name is the singular, or what follows the dot in the step's `op`; for
        `x_probability`, it is `x`. None stands for a field that steps do not show, or that decides nothing, as another
        one rules it out. A value is what the field has: of a span of variances, it is the variance.
        """
        return {}

    def inner_operators(self) -> tuple["Operator", ...]:
        """Return the operators in the fields, not those inside of them in turn."""
        return tuple(_operators_in([getattr(self, each.name) for each in fields(self)]))

    def all_operators(self) -> Iterator["Operator"]:
        """Yield the operator itself and those inside of it, in the order of their fields."""
        yield self
        for operator in self.inner_operators():
            yield from operator.all_operators()

    def require(self) -> None:
        """Refuse the operator by itself where what it needs beside its fields is missing, such as a folder.

        Raises:
            DegradekitError: Something is; the message has the cure, such as the command that installs a package.
        """
        if self.extra is not None:
            self.extra.load(self.op)

    def require_all(self) -> None:
        """Refuse the recipe where what an operator needs is missing, however rarely it is drawn: see `require`.

        Raises:
            RecipeError: As `require`.
        """
        for operator in self.all_operators():
            try:
                operator.require()
            except DegradekitError as error:
                raise RecipeError(*error.mistakes) from None

    @cached_property
    def extent(self) -> tuple[int, int]:
        """How many operators the recipe has, itself and shared ones each time included, and how many in each other."""
        inner = [operator.extent for operator in self.inner_operators()]
        return 1 + sum(count for count, _ in inner), 1 + max((depth for _, depth in inner), default=0)

    @model_validator(mode="after")
    def _check_extent(self) -> Self:
        count, depth = self.extent
        if count > MAX_OPERATORS:
            raise RecipeError(Mistake("", f"must have at most {MAX_OPERATORS:,} operators", count))
        if depth > MAX_OPERATOR_DEPTH:
            raise RecipeError(Mistake("", f"must nest operators at most {MAX_OPERATOR_DEPTH} deep", depth))
        return self

    @property
    def stream_name(self) -> str | None:
        """The explicit name of the random stream, if there is one."""
        return self.name

    @property
    def stream_kind(self) -> str:
        """What is counted among the siblings where there is no explicit name."""
        return self.op

    @property
    def lr_scale(self) -> int | None:
        """HR side / LR side, for an operator that promises one."""
        return None

    @final
    def sample(
        self, size: Size, *, seed: int, key: str = "", variant: int = 0, frame: Frame | None = None
    ) -> Degradation:
        """Draw one degradation, without pixels.

        Args:
            size: (height, width) of the HR image, in pixels.
            seed: Any integer.
            key: Names what is degraded, so that every image of a set has draws of its own.
            variant: Which of several degradations of the same key.
            frame: Where the image lies in the photo that it was cut from, for operators that imitate its lens; by
                default it is the whole photo.

        Returns:
            The degradation, the same for the same arguments on every machine; called with the image, it makes the LR.

        Raises:
            RecipeError: The image is smaller than the scale, the recipe does not end at the LR size, or what is drawn
                is more work than `degradekit.limits` allows.
        """
        height, width = _checked(size)
        if frame is not None and not _is_frame(frame):
            rule = "must be a degradekit.types.Frame, the top, left, height and width in pixels, integers"
            raise RecipeError(Mistake("frame", rule, frame))
        scale = self.lr_scale or 1
        try:
            whole = height, width
            context = Context(whole, whole, 1, whole, frame or Frame(0, 0, height, width))
            drawn = Degradation(whole, scale, self.draw(stream(seed, key, variant), context))
        except RecordError as error:
            raise RecipeError(f"recipe: draws steps that are refused: {error}") from None
        expected = (height // scale, width // scale)
        if self.lr_scale and drawn.lr_size != expected:
            raise RecipeError(
                "recipe: must end at the LR size; let the last resize have `to: lr`"
                f" (got {drawn.lr_size[0]} x {drawn.lr_size[1]} instead of {expected[0]} x {expected[1]})"
            )
        return drawn

    @overload
    def __call__(self, hr: "PILImage", *, seed: int, key: str = "", variant: int = 0) -> "PILImage": ...
    @overload
    def __call__(self, hr: NDArray[Level], *, seed: int, key: str = "", variant: int = 0) -> NDArray[Level]: ...
    @final
    def __call__(self, hr: Any, *, seed: int, key: str = "", variant: int = 0) -> Any:
        """Draw one degradation and apply it: `sample`, and then `Degradation.__call__`.

        Args:
            hr: A uint8, uint16 or float32 (in [0, 1]) array of shape (H, W), (H, W, 1) or (H, W, 3) RGB, or a PIL
                image.
            seed: Any integer.
            key: Names what is degraded, so that every image of a set has draws of its own.
            variant: Which of several degradations of the same key.

        Returns:
            The LR image as the same kind, clipped and rounded to 8 bits.

        Raises:
            ImageError: The image is of another kind or range.
            RecipeError: The image is smaller than the scale, or what is drawn is refused: see `sample`.
        """
        from degradekit.functional.levels import to_float

        image, restore = to_image(hr)
        size = (image.shape[0], image.shape[1])
        return restore(to_float(self.sample(size, seed=seed, key=key, variant=variant).to_pixels(image)))

    def _repr_html_(self) -> str:
        """Return the recipe as tables that fold, for notebooks."""
        from degradekit.pages import render

        return render("notebook/recipe.html", recipe=self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return the operator as plain data, every field written out; `recipes.from_dict` reads it."""
        values = {each.name: to_plain(getattr(self, each.name)) for each in fields(self)}
        if self.name is None:
            del values["name"]
        return {"op": self.op} | values


def _operators_in(value: Any) -> Iterator[Operator]:
    if isinstance(value, Operator):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _operators_in(item)
    elif isinstance(value, Mapping):
        yield from _operators_in(list(value.values()))


def _checked(size: Any) -> Size:
    try:
        height, width = (index(side) for side in size)
    except (TypeError, ValueError):
        height = width = 0
    if min(height, width) < 1:
        rule = "must be (height, width) in pixels, integers >= 1"
        if (shape := getattr(size, "shape", None)) is not None:  # an image; its pixels do not belong into a message
            cure = "sample takes the size alone, such as hr.shape[:2]; to degrade an image, call the recipe"
            raise RecipeError(f"size: {rule}; {cure} (got {type(size).__name__} of shape {tuple(shape)})")
        if is_pil(size):
            cure = "sample takes the size alone, (hr.height, hr.width); to degrade an image, call the recipe"
            raise RecipeError(f"size: {rule}; {cure} (got {size.mode} of {size.width} x {size.height})")
        if type(size) is int:
            raise RecipeError(f"size: {rule}, such as ({size}, {size}) (got {size})")
        if isinstance(size, tuple) and len(size) == 3:  # the shape of an image
            rule += "; leave the channels out, such as hr.shape[:2]"
        raise RecipeError(Mistake("size", rule, size))
    return height, width


def _is_frame(frame: object) -> bool:
    if not (isinstance(frame, Frame) and all(isinstance(pixels, int | np.integer) for pixels in frame)):
        return False
    return min(frame.height, frame.width) >= 1


def operator_from_dict(data: Any, default: type[Operator] | None = None) -> Any:
    """Make an operator from its plain data; anything but a mapping is returned as it is.

    Args:
        data: Such as {"op": "jpeg", "quality": [30, 95]}.
        default: The class where there is no `op`.

    Raises:
        RecipeError: There is no such operator, or fields break their rules.
    """
    if not isinstance(data, Mapping):
        return data
    values = dict(data)
    if "op" in values:
        return catalogue.find_operator(values.pop("op"))(**values)
    if default is None:
        raise RecipeError("an operator must have the field 'op'")
    return default(**values)


DEFINITION = "x-definition"


def json_reference(name: str) -> WithJsonSchema:
    """Return a JSON Schema that points to a shared definition.

    pydantic looks up every `$ref` while it builds one class's schema; `recipes.schema` writes them when all are there.
    """
    return WithJsonSchema({DEFINITION: name})


AnyOperator: TypeAlias = Annotated[
    Operator,
    GetPydanticSchema(lambda _source, _handler: core_schema.is_instance_schema(Operator)),
    BeforeValidator(operator_from_dict),
    json_reference("AnyOperator"),
]
"""A field that takes any operator, or its plain data with the name in `op`."""

Operators: TypeAlias = Annotated[
    Sequence[Operator],
    Stored(Annotated[tuple[AnyOperator, ...], Strict(), NotEmpty()], listed),
]
"""A field that takes a list of at least one operator."""


def to_plain(value: Any) -> Any:
    """Return a field's value as plain data: mappings, lists, numbers and text."""
    if isinstance(value, Operator):
        return value.to_dict()
    if isinstance(value, Mapping):
        return dict(value)
    return [to_plain(item) for item in value] if isinstance(value, tuple) else value
