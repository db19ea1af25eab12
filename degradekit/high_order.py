"""The high-order degradation model of Real-ESRGAN."""

from functools import cached_property
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from degradekit.compose import Maybe, Scale, Sequence, Shuffle, draw_in_order
from degradekit.operators.base import AnyOperator, Composite, Context, Operator, Step, from_data
from degradekit.operators.jpeg import JPEG
from degradekit.operators.kernel import Kernel
from degradekit.operators.noise import Noise
from degradekit.operators.resize import Resize
from degradekit.operators.sharpen import Sharpen
from degradekit.operators.sinc import Sinc
from degradekit.operators.validation import FrozenWeights, Integer, config, json_reference
from degradekit.rng import Stream


@config
class Stage(Composite):
    """One classical degradation: blur, resize, noise, compression, in this order; the defaults are the first stage's.

    Attributes:
        blur, resize, noise, compress: Any operators; None leaves the step out.
    """

    op: ClassVar[str] = "stage"

    blur: AnyOperator | None = Kernel()
    resize: AnyOperator | None = Resize()
    noise: AnyOperator | None = Noise()
    compress: AnyOperator | None = JPEG()

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the steps that there are, each from the stream named like its field."""
        named = self.parts
        return draw_in_order(tuple(named.values()), tuple(named), range(len(named)), rng, context)

    @property
    def parts(self) -> dict[str, Operator]:
        """The operators by the name of their field."""
        parts = {"blur": self.blur, "resize": self.resize, "noise": self.noise, "compress": self.compress}
        return {name: part for name, part in parts.items() if part is not None}


AnyStage = Annotated[Stage, BeforeValidator(lambda value: from_data(value, Stage)), json_reference("stage")]

FIRST = Stage()
"""The published first stage."""

SECOND = Stage(
    blur=Maybe(Kernel(sigma=(0.2, 1.5)), 0.8),
    resize=Resize(to="lr", factor=(0.3, 1.2), direction=FrozenWeights(up=0.3, down=0.4, keep=0.3)),
    noise=Noise(sigma=(1.0, 25.0), scale=(0.05, 2.5)),
)
"""The published second stage."""

CLASSICAL = Stage(resize=Resize(to="lr"))
"""The only stage of order 1: resized straight to the LR size."""

RESIZE_BACK = Sequence((Resize(to="lr"), Maybe(Sinc(), 0.8)))
"""The published resize to the LR size with its final sinc."""


@config
class HighOrder(Composite):
    """`order` classical degradations in a row; order 2 is Real-ESRGAN, order 1 the classical model.

    The last stage's compression is shuffled with the final resize and sinc, two orders with equal chance. An HR whose
    sides the scale does not divide is cropped at the bottom and right first. The LR is HR // scale.

    Attributes:
        order: Number of stages, >= 1.
        scale: HR side / LR side.
        sharpen: What happens to the HR before the first stage (USM), or None.
        stages: One per order. By default the published first and second; stages that are not given repeat the second.
        last: What the last compression is shuffled with; by default the resize to the LR size and the final sinc,
            and nothing for order 1, whose resize goes straight to the LR size.

    Source: spec sections 1 to 7; Wang et al., Real-ESRGAN (ICCVW 2021), with the numbers of its published options.
    """

    op: ClassVar[str] = "high_order"

    order: Annotated[Integer, Field(ge=1, le=16)] = 2
    scale: Scale = 4
    sharpen: AnyOperator | None = Sharpen()
    stages: tuple[AnyStage, ...] = ()
    last: AnyOperator | None = None

    @model_validator(mode="after")
    def _fill_stages(self) -> "HighOrder":
        if len(self.stages) > self.order:
            raise ValueError(f"stages: must be at most one for each order, {self.order} (got {len(self.stages)})")
        published = (FIRST, SECOND) if self.order > 1 else (CLASSICAL,)
        stages = self.stages + published[len(self.stages) :]
        stages += stages[-1:] * (self.order - len(stages))
        object.__setattr__(self, "stages", stages)
        if self.last is None and self.order > 1:
            object.__setattr__(self, "last", RESIZE_BACK)
        return self

    @property
    def lr_scale(self) -> int:
        """The scale."""
        return self.scale

    @cached_property
    def chain(self) -> Sequence:
        """The same distribution, spelled out with Sequence and Shuffle."""
        children: list[Operator] = [] if self.sharpen is None else [self.sharpen]
        children += self.stages[:-1]
        final = self.stages[-1]
        body = Stage(blur=final.blur, resize=final.resize, noise=final.noise, compress=None)
        ending = [part for part in (self.last, final.compress) if part is not None]
        return Sequence((*children, body, *([Shuffle(tuple(ending), name="last")] if ending else [])), self.scale)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the whole chain."""
        return self.chain.draw(rng, context)
