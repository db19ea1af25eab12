"""How learning rates change over a run."""

import math
from bisect import bisect_right

from degradekit_models.config import Config


def rate_factor(config: Config, completed: int) -> float:
    """Return the factor of the learning rate after some completed iterations.

    It is that of torch's MultiStepLR or CosineAnnealingLR as a function of the iteration. Those derive each rate from
    the one before it, so a run that resumes would have to trust a rate in a file.
    """
    if config.schedule == "multistep":
        return float(config.gamma ** bisect_right(config.milestones, completed))
    if config.schedule == "cosine":
        return (1 + math.cos(math.pi * completed / config.iterations)) / 2
    return 1.0
