"""The generators of the random numbers of a match, apart from those of its draws."""

import numpy as np


def generator(seed: int, use: int = 0) -> np.random.Generator:
    """Return a generator of random numbers.

    Args:
        seed: Any integer; NumPy itself takes no negative ones.
        use: What the numbers are for: other uses have other numbers.
    """
    return np.random.Generator(np.random.PCG64([abs(seed), use, int(seed < 0)]))
