"""Arrays of pictures as tensors."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def to_tensor(picture: NDArray[Any]) -> Tensor:
    """Return a picture, (H, W, C), as a tensor of its own, (C, H, W), of the same type and on the CPU."""
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))
