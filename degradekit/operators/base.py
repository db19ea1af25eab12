"""What an operator is: a distribution over steps; and what a step is: one concrete operation."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, NamedTuple, TypeAlias, TypeVar, final

from pydantic import BeforeValidator, GetPydanticSchema
from pydantic_core import core_schema

from degradekit.errors import RecipeError
from degradekit.image import to_image
from degradekit.operators.validation import build, config, json_reference
from degradekit.rng import Stream, stream
from degradekit.types import Image, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from degradekit.degradation import Degradation


class Context(NamedTuple):
    """All that a draw may look at: sizes and the scale, never pixels."""

    size: Size
    """(height, width) of the image as it arrives at the operator."""
    hr: Size
    """(height, width) of the HR image, cropped to multiples of the scale."""
    scale: int
    """HR side / LR side."""

    @property
    def lr(self) -> Size:
        """(height, width) of the LR image."""
        return self.hr[0] // self.scale, self.hr[1] // self.scale


@dataclass(frozen=True)
class Params:
    """The concrete parameters of one step: JSON-able values, enough to apply it without any generator."""

    def output_size(self, size: Size) -> Size:
        """(height, width) after the step, from that before it."""
        return size


P = TypeVar("P", bound=Params)


class Step(NamedTuple):
    """One concrete operation: a leaf operator and the parameters drawn for it."""

    leaf: "type[Leaf[Any]]"
    params: Params

    @property
    def op(self) -> str:
        """The operator's name in recipes and records."""
        return self.leaf.op

    def __call__(self, image: Image) -> Image:
        """Apply to an image: (H, W, C) float32, not changed."""
        return self.leaf.apply(image, self.params)

    def kernel(self) -> "NDArray[Any] | None":
        """The effective PSF kernel, (k, k) float32 of sum 1, or None for a step that is no blur."""
        return self.leaf.kernel(self.params)

    def __str__(self) -> str:
        return self.leaf.describe(self.params)

    def to_dict(self) -> dict[str, Any]:
        """The step as JSON-able data; parameters that do not apply (None) are left out."""
        values = {f.name: getattr(self.params, f.name) for f in fields(self.params)}
        return {"op": self.op} | {name: value for name, value in values.items() if value is not None}


@config
class Operator(ABC):
    """An immutable, validated distribution over degradations.

    Attributes:
        name: Names the operator's random stream among its siblings. Without one it is the type and its ordinal, so
            give a name to an operator inserted before a sibling of its own type, and no other draw moves.
    """

    op: ClassVar[str]

    name: str | None = field(default=None, kw_only=True)

    @abstractmethod
    def steps(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw: the concrete steps, in the order of execution."""

    @property
    def named(self) -> str | None:
        """The explicit name that decides the random stream, if there is one."""
        return self.name

    @property
    def type_name(self) -> str:
        """What is counted among the siblings where there is no explicit name."""
        return self.op

    @property
    def lr_scale(self) -> int | None:
        """HR side / LR side, for an operator that promises one."""
        return None

    @final
    def sample(self, size: Size, *, seed: int, key: str = "", variant: int = 0) -> "Degradation":
        """Draw one degradation, without pixels.

        Args:
            size: (height, width) of the HR image.
            seed: Any integer.
            key: Names what is degraded, so that every image of a set has draws of its own.
            variant: Which of several degradations of the same key.

        Raises:
            RecipeError: The image is smaller than the scale, or the recipe does not end at the LR size.
        """
        from degradekit.degradation import Degradation

        if len(size) != 2 or min(size) < 1:
            raise RecipeError(f"size: must be (height, width), both >= 1 (got {tuple(size)})")
        height, width = (int(side) for side in size)
        scale = self.lr_scale or 1
        steps = self.steps(stream(seed, key, variant), Context((height, width), (height, width), 1))
        drawn = Degradation(size=(height, width), scale=scale, steps=steps)
        wanted = (height // scale, width // scale)
        if self.lr_scale and drawn.lr_size != wanted:
            raise RecipeError(
                "recipe: must end at the LR size; let the last resize have `to: lr`"
                f" (got {drawn.lr_size[0]} x {drawn.lr_size[1]} instead of {wanted[0]} x {wanted[1]})"
            )
        return drawn

    @final
    def __call__(self, hr: Any, *, seed: int, key: str = "", variant: int = 0) -> Any:
        """Draw one degradation and apply it: `sample` and then the result's `__call__`."""
        image, restore = to_image(hr)
        size = (image.shape[0], image.shape[1])
        return restore(self.sample(size, seed=seed, key=key, variant=variant).pixels(image))

    def to_dict(self) -> dict[str, Any]:
        """The operator as plain data, every field written out; `Recipe.from_dict` reads it."""
        data: dict[str, Any] = {"op": self.op}
        for f in fields(self):
            value = getattr(self, f.name)
            if not (f.name == "name" and value is None):
                data[f.name] = plain(value)
        return data


@config
class Leaf(Operator, Generic[P]):
    """An operator that draws parameters and applies one pure function with them."""

    Params: ClassVar[type[Params]]

    @abstractmethod
    def draw(self, rng: Stream, context: Context) -> P:
        """Draw concrete parameters; the only method that sees a generator."""

    @staticmethod
    @abstractmethod
    def apply(image: Image, params: Any) -> Image:
        """Apply concrete parameters to (H, W, C) float32; the input is not changed."""

    @staticmethod
    @abstractmethod
    def describe(params: Any) -> str:
        """The step in a few words, for people."""

    @staticmethod
    def kernel(params: Any) -> "NDArray[Any] | None":
        """The effective PSF kernel, (k, k) float32 of sum 1; None for an operator that does not blur."""
        return None

    @final
    def steps(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """The one step with drawn parameters."""
        return (Step(type(self), self.draw(rng, context)),)


@config
class Composite(Operator):
    """An operator made of operators; what it draws is its children's steps."""

    @abstractmethod
    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the children's steps in the order of execution."""

    @final
    def steps(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """As `draw`."""
        return self.draw(rng, context)


def from_data(value: Any, default: "type[Operator] | None" = None) -> Any:
    """An operator from its plain data, with its name in `op`; what is no mapping is passed on as it is.

    Args:
        value: Such as {"op": "jpeg", "quality": [30, 95]}.
        default: The class where there is no `op`.
    """
    if not isinstance(value, Mapping):
        return value
    from degradekit.operators.catalogue import find

    fields = dict(value)
    if "op" not in fields and default is None:
        raise ValueError("an operator must have the field 'op'")
    cls = find(fields.pop("op")) if "op" in fields else default
    assert cls is not None
    return build(cls, fields)


AnyOperator: TypeAlias = Annotated[
    Operator,
    GetPydanticSchema(lambda _source, _handler: core_schema.is_instance_schema(Operator)),
    BeforeValidator(from_data),
    json_reference("AnyOperator"),
]
"""A field that takes any operator of the catalogue, or its plain data with the name in `op`."""


def plain(value: Any) -> Any:
    """A field's value as plain data: mappings, lists, numbers and text."""
    if isinstance(value, Operator):
        return value.to_dict()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value
