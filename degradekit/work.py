"""How much work the steps of a degradation are; too much is refused before any of it is done."""

from collections.abc import Sequence

from degradekit.errors import Mistake, RecordError
from degradekit.limits import (
    FREE_PIXELS,
    LEAST_PIXELS,
    MAX_ENLARGEMENT,
    MAX_PIXELS,
    MAX_SIDE,
    MAX_STEPS,
    MAX_TAPS,
)
from degradekit.step import Step
from degradekit.types import Size


def size_after(steps: Sequence[Step], size: Size) -> Size:
    """Return the (height, width) after steps, from that of the HR.

    Raises:
        RecordError: The steps do not fit the sizes before them, or are more work than `degradekit.limits` allows.
    """
    if max(size) > MAX_SIDE or size[0] * size[1] > MAX_PIXELS:
        rule = f"must have at most {MAX_PIXELS:,} pixels, and {MAX_SIDE:,} along a side; cut the image into tiles"
        raise RecordError(Mistake("size", rule, size))
    if len(steps) > MAX_STEPS:
        raise RecordError(Mistake("steps", f"must be at most {MAX_STEPS:,}", len(steps)))
    hr_pixels = largest = size[0] * size[1]
    most = min(max(FREE_PIXELS, MAX_ENLARGEMENT * hr_pixels), MAX_PIXELS)
    after, taps, index = size, 0, 0
    try:
        for step in steps:
            before, after = after, step.output_size(after)
            if after is not before:
                pixels = after[0] * after[1]
                if pixels > most or max(after) > MAX_SIDE:
                    sizes = f"{most:,} pixels for an HR of {hr_pixels:,}, and {MAX_SIDE:,} along a side"
                    raise RecordError(Mistake("", f"must result in at most {sizes}", after))
                if pixels > largest:
                    largest = pixels
            taps += step.taps
            index += 1
    except RecordError as error:
        raise error.inside(f"steps[{index}]") from None
    if taps * max(largest, LEAST_PIXELS) > MAX_TAPS * max(hr_pixels, LEAST_PIXELS):
        _require_few_products(steps, size)  # which takes longer to count, and nearly never comes up
    return after


def _require_few_products(steps: Sequence[Step], size: Size) -> None:
    pixels = hr_pixels = max(size[0] * size[1], LEAST_PIXELS)
    products = 0
    for step in steps:
        before, size = pixels, step.output_size(size)
        pixels = max(size[0] * size[1], LEAST_PIXELS)
        products += step.taps * max(before, pixels)
    if products > MAX_TAPS * hr_pixels:
        rule = f"must take at most {MAX_TAPS:,} multiplications for each pixel of the HR; use smaller kernels"
        raise RecordError(Mistake("steps", rule, products // hr_pixels))
