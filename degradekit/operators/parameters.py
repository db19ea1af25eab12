"""Types of parameters that steps of several families have."""

import math
from typing import Annotated, Literal, TypeAlias

from degradekit.fields import Between, Integer, Number
from degradekit.limits import MAX_NOISE

Seed: TypeAlias = Annotated[Integer, Between(0, 2**53 - 1)]
"""The seed of a field of noise, one of those that `Stream.seed` draws."""
Angle: TypeAlias = Annotated[Number, Between(-2 * math.pi, 2 * math.pi)]
"""An angle in radians; a drawn one may be the sum of two."""
NoiseLevel: TypeAlias = Annotated[Number, Between(0, MAX_NOISE)]
"""A standard deviation or an amplitude of noise, on the 0..255 scale, or a factor of one."""
Subsampling: TypeAlias = Literal["4:2:0", "4:2:2", "4:4:4"]
"""How the chroma is subsampled: in both directions, horizontally, or not at all."""
GrayLevel: TypeAlias = Annotated[Number, Between(0, 255)]
"""A level on the 0..255 scale."""
