"""The weighted sum of shifted lines: the inner loop of every filter and every resampler.

Up to 64 neighboring sums stay in vector registers from their first product to their last, which numba does not achieve
with loops, so the loop over the terms is written for LLVM, which splits its vectors into those that the processor has.
Each sum begins with zero and adds its terms in order, and no product is fused with its addition, so every machine
computes the same bits.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

Flat = NDArray[np.float32]


def weighted_sum(
    target: Flat,
    target_start: int,
    source: Flat,
    source_starts: NDArray[np.int64],
    weights: Flat,
    terms: tuple[int, int],
    span: tuple[int, int],
) -> None:
    """Set target[target_start + x] to the sum over t of weights[t] source[source_starts[t] + x], for each x in a span.

    Nothing is checked: all these elements must exist, and none that is read may be one that is written.

    Args:
        target: (N,) float32, contiguous; changed.
        target_start: The index in `target` of x = 0.
        source: (M,) float32, contiguous; it may be the same array.
        source_starts: (T,) int64, the index in `source` of x = 0, for each term.
        weights: (T,) float32.
        terms: The first t and the end of their range; there must be at least one.
        span: The first x and the end of their range.
    """
    first, end = span
    total = np.zeros(end - first, np.float32)
    for t in range(*terms):
        total += weights[t] * source[source_starts[t] + first : source_starts[t] + end]
    target[target_start + first : target_start + end] = total


@overload(weighted_sum, strict=False)  # type: ignore[untyped-decorator]  # numba has no types
def _compiled(*_: Any) -> Any:
    def implementation(
        target: Any, target_start: Any, source: Any, source_starts: Any, weights: Any, terms: Any, span: Any
    ) -> None:
        t, t_end = terms
        x, end = span
        length = end - x
        while x < end and length >= 64:
            start = min(x, end - 64)  # The last block may overlap the one before, and computes the same bits again.
            _sums_of_64(target, target_start + start, source, start, source_starts, weights, t, t_end)
            x += 64
        while x < end and length >= 16:
            start = min(x, end - 16)
            _sums_of_16(target, target_start + start, source, start, source_starts, weights, t, t_end)
            x += 16
        while x < end:
            _sum(target, target_start + x, source, x, source_starts, weights, t, t_end)
            x += 1

    return implementation


def _sums(lanes: int, vectors: int) -> Any:
    """Return an intrinsic that sets `lanes` times `vectors` neighboring elements of the target."""
    index, vector = ir.IntType(64), ir.VectorType(ir.FloatType(), lanes)

    def type_and_code(
        _context: Any, target: Any, _at: Any, source: Any, _x: Any, starts: Any, weights: Any, _t: Any, _end: Any
    ) -> tuple[Any, Any]:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            def array(position: int) -> Any:
                return context.make_array(signature.args[position])(context, builder, arguments[position])

            def vector_at(pointer: Any, offset: int) -> Any:
                return builder.bitcast(builder.gep(pointer, [index(offset)]), vector.as_pointer())

            outputs = builder.gep(array(0).data, [arguments[1]])
            inputs = builder.gep(array(2).data, [arguments[3]])
            before, loop = builder.block, builder.append_basic_block("terms")
            after = builder.append_basic_block("sums")
            builder.branch(loop)

            builder.position_at_end(loop)
            t = builder.phi(index)
            totals = [builder.phi(vector) for _ in range(vectors)]
            start = builder.load(builder.gep(array(4).data, [t]))
            weight = builder.load(builder.gep(array(5).data, [t]))
            lane = builder.insert_element(ir.Constant(vector, ir.Undefined), weight, ir.IntType(32)(0))
            everywhere = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
            weight = builder.shuffle_vector(lane, lane, everywhere)
            part = builder.gep(inputs, [start])
            sums = [
                builder.fadd(total, builder.fmul(weight, builder.load(vector_at(part, lanes * v), align=4)))
                for v, total in enumerate(totals)
            ]
            following = builder.add(t, index(1))
            for phi, at_first, then in [(t, arguments[6], following)] + [
                (total, ir.Constant(vector, [0.0] * lanes), later) for total, later in zip(totals, sums, strict=True)
            ]:
                phi.add_incoming(at_first, before)
                phi.add_incoming(then, loop)
            builder.cbranch(builder.icmp_signed("<", following, arguments[7]), loop, after)

            builder.position_at_end(after)
            for v, total in enumerate(sums):
                builder.store(total, vector_at(outputs, lanes * v), align=4)
            return context.get_dummy_value()

        return types.void(target, types.int64, source, types.int64, starts, weights, types.int64, types.int64), code

    return intrinsic(type_and_code)


_sums_of_64, _sums_of_16, _sum = _sums(16, 4), _sums(16, 1), _sums(1, 1)
