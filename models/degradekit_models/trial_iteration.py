"""A trial iteration before any data are read: whether memory suffices, and how long an iteration takes on a CPU."""

import gc
import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor

from degradekit.errors import Mistake
from degradekit.memory import available_bytes
from degradekit_models.batch_parts import Part
from degradekit_models.config import Config
from degradekit_models.devices import out_of_memory_as
from degradekit_models.networks import TrainingError
from degradekit_models.run import Run
from degradekit_models.world import World

_SIDE = 64
"""Side of the HR patches of a trial on the CPU in pixels; one of the default network takes about a second."""
_OVERHEAD, _OVERHEAD_OF_ADVERSARIAL = 1.5, 1.8
"""Memory of a part / what autograd keeps of it. The rest is gradients of images and workspaces of convolutions.

In 13 runs of both stages on a CPU, of 16 to 64 features and patches of 64 to 128, in fp32 and bf16, the peak of the
process was 1.2 to 1.42 times it for the generator alone, and 1.08 to 1.79 times it with a discriminator and VGG19.
"""
_ADVISED = 0.8
"""Fraction of the memory available that an advised size may need: readers and validations need some too."""
_SLOW = 10.0
"""Seconds that an iteration may take without a line of advice."""


def try_iteration(run: Run, config: Config, world: World) -> list[str]:
    """Try an iteration on black images. The run does not change, and the memory is released.

    A GPU computes a whole part, as it reports an error where memory does not suffice. On a CPU, where the system would
    kill the process instead and a part may take minutes, the needs of a part are extrapolated from small ones.

    Args:
        run: The run before its next iteration.
        config: Its configuration.
        world: This process.

    Returns:
        Lines of advice for people.

    Raises:
        TrainingError: Memory does not suffice.
    """
    share = config.batch // world.size // config.accumulation_steps
    if run.iteration >= config.iterations:
        return []
    try:
        with out_of_memory_as(too_large(config)):
            if world.device.type == "cpu":
                if config.compile or share * config.patch**2 <= _SIDE**2:  # compiled for its size; as small as a trial
                    return []
                return _advice(config, world, _extrapolated(run, config), available_bytes())
            parts = [_black_part(run, share, config.patch) for _ in range(config.accumulation_steps)]
            moments = [torch.empty_like(weight) for weight in _without_moments(run) for _ in range(2)]
            run.compute_gradients(parts[:1])
            if world.device.type == "cuda":
                torch.cuda.synchronize(world.device)
            del parts, moments
            return []
    finally:
        for network in run.networks:
            network.optimizer.zero_grad(set_to_none=True)
        _release(world.device)


def too_large(config: Config) -> TrainingError:
    """Return the mistake of a batch that the device has too little memory for."""
    rule = f"needs more memory than the device has; raise accumulation_steps, which is {config.accumulation_steps}"
    return TrainingError(Mistake("batch", rule, config.batch))


class _Needs(NamedTuple):
    """What the iterations of a run need.

    Attributes:
        fixed: Bytes of the gradients and the moments of Adam, whatever the batch is.
        pixel: Bytes for each HR pixel of a part.
        seconds: Seconds for each HR pixel of a batch.
    """

    fixed: int
    pixel: float
    seconds: float

    def bytes(self, patches: int, side: int) -> float:
        """Return the memory for parts of so many patches."""
        return self.fixed + self.pixel * patches * side**2


def _extrapolated(run: Run, config: Config) -> _Needs:
    side = min(config.patch, _SIDE)
    kept = []
    for count in (1, 2):
        with _counting_saved_bytes() as bytes_kept:
            run.compute_gradients([_black_part(run, count, side)])
        kept.append(max(bytes_kept))
    started = time.perf_counter()
    run.compute_gradients([_black_part(run, 2, side)])
    seconds = (time.perf_counter() - started) / (2 * side**2)
    weights = [weight for network in run.networks for weight in network.network.parameters()]
    fixed = sum(weight.nbytes for weight in weights) + 2 * sum(weight.nbytes for weight in _without_moments(run))
    overhead = _OVERHEAD_OF_ADVERSARIAL if config.is_adversarial else _OVERHEAD
    return _Needs(fixed, overhead * (kept[1] - kept[0]) / side**2, seconds)


def _advice(config: Config, world: World, needs: _Needs, available: int | None) -> list[str]:
    """Return lines of advice about the size of a run on the CPU.

    Raises:
        TrainingError: The run needs more memory than is available.
    """
    share = config.batch // world.size
    needed = needs.bytes(share // config.accumulation_steps, config.patch)
    if available is not None and needed > available:
        counts = [count for count in range(1, share + 1) if share % count == 0]
        fitting = [count for count in counts if needs.bytes(share // count, config.patch) <= _ADVISED * available]
        one = needs.bytes(1, config.patch)
        if fitting:
            cure = f"accumulation_steps {fitting[0]} needs {_gb(needs.bytes(share // fitting[0], config.patch))}"
        else:
            cure = f"even one patch at a time needs {_gb(one)}, so choose smaller patches, or fewer features or blocks"
        rule = f"needs about {_gb(needed)} of memory, and {_gb(available)} are available; {cure}"
        raise TrainingError(Mistake("batch", rule, config.batch))
    seconds = needs.seconds * share * config.patch**2
    if seconds < _SLOW:
        return []
    days = math.ceil(seconds * config.iterations / 86400)
    return [
        f"no GPU: an iteration takes about {seconds:.0f} s and {_gb(needed)} of memory, and the run {days:,} days;"
        " to try it on a CPU, use features 16, blocks 2, batch 8 and patch 64, which take less than a second"
    ]


@contextmanager
def _counting_saved_bytes() -> Iterator[list[int]]:
    """Count the bytes that autograd keeps for backward passes in a block; the list gets the sum at each change."""
    owners: Counter[int] = Counter()
    sums = [0]

    class Kept:
        def __init__(self, tensor: Tensor) -> None:
            storage = tensor.untyped_storage()
            self.tensor, self.address, self.size = tensor, storage.data_ptr(), storage.nbytes()
            owners[self.address] += 1
            if owners[self.address] == 1:
                sums.append(sums[-1] + self.size)

        def __del__(self) -> None:
            owners[self.address] -= 1
            if owners[self.address] == 0:
                sums.append(sums[-1] - self.size)

    with torch.autograd.graph.saved_tensors_hooks(Kept, lambda kept: kept.tensor):
        yield sums


def _black_part(run: Run, count: int, side: int) -> Part:
    """Return a part of black patches."""
    device, scale = next(run.ema.parameters()).device, run.ema.scale
    lr, hr = (torch.zeros(count, 3, pixels, pixels, device=device) for pixels in (side // scale, side))
    lr, hr = (images.contiguous(memory_format=torch.channels_last) for images in (lr, hr))
    return Part(lr, hr, hr.clone())


def _without_moments(run: Run) -> list[Tensor]:
    """Return the weights for which Adam has no moments yet."""
    return [
        weight
        for network in run.networks
        for weight in network.network.parameters()
        if weight not in network.optimizer.state
    ]


def _release(device: torch.device) -> None:
    """Give back what the allocator keeps, and forget the peak, which is not that of training."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
    elif device.type == "mps":
        torch.mps.empty_cache()


def _gb(size: float) -> str:
    return f"{size / 1e9:.1f} GB"
