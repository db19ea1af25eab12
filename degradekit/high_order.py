"""The high-order degradation model of Real-ESRGAN."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias

from pydantic import BeforeValidator, GetPydanticSchema, Strict, WithJsonSchema, model_validator
from pydantic_core import core_schema

from degradekit.compose import Chain, Maybe, Scale, Shuffle, draw_in_order
from degradekit.errors import Mistake, RecipeError
from degradekit.fields import Between, FrozenWeights, Integer, Stored, listed
from degradekit.limits import MAX_ORDER
from degradekit.mistakes import validated
from degradekit.operators.base import DEFINITION, AnyOperator, Context, Operator, json_reference, operator_from_dict
from degradekit.operators.jpeg import JPEG
from degradekit.operators.kernel import Kernel
from degradekit.operators.noise import Noise
from degradekit.operators.resize import Resize
from degradekit.operators.sharpen import Sharpen
from degradekit.operators.sinc import Sinc
from degradekit.rng import Stream
from degradekit.step import Step


def _stage_part(value: Any) -> Any:
    part = operator_from_dict(value)
    if part is None or isinstance(part, Operator) or (isinstance(part, str) and part == "published"):
        return part
    raise ValueError("must be an operator, null, or 'published'")


StagePart: TypeAlias = Annotated[
    Operator | Literal["published"] | None,
    GetPydanticSchema(lambda _source, _handler: core_schema.no_info_plain_validator_function(_stage_part)),
    WithJsonSchema({"anyOf": [{DEFINITION: "AnyOperator"}, {"type": "null"}, {"const": "published"}]}),
]
"""An operator; None for no step; or `published`, for the published operator at the stage's position."""


@validated(RecipeError)
class Stage(Operator):
    """One classical degradation: blur, resize, noise, compression, in this order.

    Attributes:
        blur, resize, noise, compress: Any operators. None leaves the step out; what is not given is the published one
            for the stage's position in a HighOrder, and the first stage's elsewhere.
    """

    op: ClassVar[str] = "stage"

    blur: StagePart = "published"
    resize: StagePart = "published"
    noise: StagePart = "published"
    compress: StagePart = "published"

    def filled(self, published: "Stage") -> "Stage":
        """Return the stage with what is not given taken from a published one."""
        missing = {part: getattr(published, part) for part in PARTS if getattr(self, part) == "published"}
        return replace(self, **missing) if missing else self

    @property
    def spelled_out(self) -> "Stage":
        """The stage with the published first one for what is not given."""
        return self.filled(FIRST)

    @cached_property
    def operators(self) -> dict[str, Operator]:
        """The operators that there are, by the name of their field, which names their random stream too."""
        stage = self.spelled_out
        return {part: operator for part in PARTS if (operator := getattr(stage, part)) is not None}

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the steps that there are."""
        return draw_in_order(self.operators.items(), rng, context)


PARTS = ("blur", "resize", "noise", "compress")

_AnyStage = Annotated[
    Stage, BeforeValidator(lambda value: operator_from_dict(value, Stage)), json_reference("AnyStage")
]

FIRST = Stage(blur=Kernel(), resize=Resize(), noise=Noise(), compress=JPEG())
"""The published first stage."""

SECOND = Stage(
    blur=Maybe(Kernel(sigma=(0.2, 1.5)), 0.8),
    resize=Resize(to="lr", factor=(0.3, 1.2), direction=FrozenWeights(up=0.3, down=0.4, keep=0.3)),
    noise=Noise(sigma=(1.0, 25.0), scale=(0.05, 2.5)),
    compress=JPEG(),
)
"""The published second stage."""

CLASSICAL = replace(FIRST, resize=Resize(to="lr"))
"""The only stage of order 1: resized straight to the LR size."""

RESIZE_BACK = Chain((Resize(to="lr"), Maybe(Sinc(), 0.8)))
"""The published resize to the LR size with its final sinc."""


@validated(RecipeError)
class HighOrder(Operator):
    """Classical degradations in a row: `order` 2 is Real-ESRGAN, 1 the classical model.

    The last stage's compression is shuffled with the final resize and sinc, two orders with equal chance. An HR whose
    sides the scale does not divide is cropped at the bottom and right first. The LR is HR // scale.

    Attributes:
        order: Number of stages, >= 1.
        scale: HR side / LR side.
        sharpen: What happens to the HR before the first stage (USM, at any order), or None.
        stages: At most one per order. Where there is none, and for what a stage does not give, the published first and
            second hold; stages beyond the second that are not given repeat the second.
        last: What the last compression is shuffled with; by default the resize to the LR size and the final sinc,
            and nothing for order 1, whose resize goes straight to the LR size.

    Source: docs/model.md, section Chain; Wang et al., Real-ESRGAN (ICCVW 2021), with its published options.
    """

    op: ClassVar[str] = "high_order"

    order: Annotated[Integer, Between(1, MAX_ORDER)] = 2
    scale: Scale = 4
    sharpen: AnyOperator | None = Sharpen()
    stages: Annotated[Sequence[Stage], Stored(Annotated[tuple[_AnyStage, ...], Strict()], listed)] = ()
    last: AnyOperator | None = None

    @model_validator(mode="after")
    def _check_stages(self) -> Self:
        if len(self.stages) > self.order:
            rule = f"must have at most one item for each order, {self.order}"
            raise RecipeError(Mistake("stages", rule, len(self.stages)))
        return self

    def inner_operators(self) -> tuple[Operator, ...]:
        """Return the operators in the fields, and the second stage again for those that repeat it."""
        repeated = tuple(self.stages[1:2]) * (self.order - len(self.stages))
        return (*super().inner_operators(), *repeated)

    @property
    def lr_scale(self) -> int:
        """The scale."""
        return self.scale

    @cached_property
    def spelled_out(self) -> "HighOrder":
        """The same distribution with every stage and `last` written out."""
        published = (FIRST, *(SECOND,) * (self.order - 1)) if self.order > 1 else (CLASSICAL,)
        given = [*self.stages]
        given += (given[1:2] or [Stage()]) * (self.order - len(given))
        stages = [stage.filled(default) for stage, default in zip(given, published, strict=True)]
        last = RESIZE_BACK if self.last is None and self.order > 1 else self.last
        return replace(self, stages=stages, last=last)

    def to_dict(self) -> dict[str, Any]:
        """Return the operator as plain data, the published stages written out too."""
        return Operator.to_dict(self.spelled_out)

    def __eq__(self, other: object) -> bool:
        """Compare as distributions, whether their published stages are written out or not."""
        return isinstance(other, HighOrder) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        whole = self.spelled_out
        return hash((whole.order, whole.scale, whole.sharpen, whole.stages, whole.last, whole.name))

    @cached_property
    def chain(self) -> Chain:
        """The same distribution, spelled out with Chain and Shuffle."""
        *stages, final = self.spelled_out.stages
        ending = [part for part in (self.spelled_out.last, final.operators.get("compress")) if part is not None]
        sharpen = [self.sharpen] if self.sharpen else []
        shuffled = [Shuffle(ending, name="last")] if ending else []
        return Chain([*sharpen, *stages, replace(final, compress=None), *shuffled], self.scale)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the whole chain."""
        return self.chain.draw(rng, context)
