"""The reference's own classes, run as they are on a CPU, to check the chain of peer_basicsr.py against them.

basicsr holds the data set and the model with which Real-ESRGAN was trained: the one draws the kernels, the other the
rest. Three things are put in: basicsr's sharpening over OpenCV instead of torch, which is faster; batches of 1; and no
pool in which pairs wait. The options are those of docs/model.md, section Chain.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import peer_basicsr
import torch
from basicsr.data.realesrgan_dataset import RealESRGANDataset
from basicsr.models.realesrgan_model import RealESRGANModel
from basicsr.utils.img_process_util import usm_sharp
from fidelity_streams import SCALE, Tile, seed_basicsr, to_image, to_tensor
from torch import Tensor

from degradekit.dataset.pictures import encode
from degradekit.functional.levels import to_float, to_pixels
from degradekit.types import Pixels

SIDE = 400
"""Side of a tile, which its data set does not let one choose."""
STAGES: tuple[dict[str, Any], ...] = (
    {
        "blur_sigma": [0.2, 3], "resize_prob": [0.2, 0.7, 0.1], "resize_range": [0.15, 1.5],
        "noise_range": [1, 30], "poisson_scale_range": [0.05, 3.0],
    },
    {
        "blur_sigma": [0.2, 1.5], "resize_prob": [0.3, 0.4, 0.3], "resize_range": [0.3, 1.2],
        "noise_range": [1, 25], "poisson_scale_range": [0.05, 2.5],
    },
)  # fmt: skip
BOTH_STAGES = {
    "blur_kernel_size": 21,
    "kernel_list": peer_basicsr.KINDS,
    "kernel_prob": peer_basicsr.PROBABILITIES,
    "betag_range": [0.5, 4],
    "betap_range": [1, 2],
    "sinc_prob": 0.1,
    "gaussian_noise_prob": 0.5,
    "gray_noise_prob": 0.4,
    "jpeg_range": [30, 95],
}
OPTIONS = {"second_blur_prob": 0.8, "final_sinc_prob": 0.8, "scale": SCALE, "gt_size": SIDE} | {
    f"{name}{suffix}": value
    for stage, suffix in zip(STAGES, ("", "2"), strict=True)
    for name, value in (BOTH_STAGES | stage).items()
}


def published(tiles: Sequence[Tile], seed: int) -> Iterator[Pixels]:
    """Yield the LR of each tile of SIDE x SIDE, seeded like the stream `fidelity_streams.reference`."""
    model: Any = RealESRGANModel.__new__(RealESRGANModel)  # its constructor builds the networks too, on a GPU
    model.is_train, model.opt, model.device = True, OPTIONS, torch.device("cpu")
    model.jpeger, model.usm_sharpener = peer_basicsr.jpeger, _sharpen
    model._dequeue_and_enqueue = lambda: None
    with TemporaryDirectory() as folder:
        names = [f"{index}.png" for index in range(len(tiles))]
        for name, tile in zip(names, tiles, strict=True):
            (Path(folder) / name).write_bytes(encode(tile.hr, "png"))
        names_file = Path(folder) / "names.txt"
        names_file.write_text("\n".join(names), encoding="ascii")
        reading = {"dataroot_gt": folder, "meta_info": str(names_file), "io_backend": {"type": "disk"}}
        dataset = RealESRGANDataset(OPTIONS | reading | {"use_hflip": False, "use_rot": False})
        for index, tile in enumerate(tiles):
            seed_basicsr(seed, tile.key)
            drawn = dataset[index]
            model.feed_data({name: value[None] for name, value in drawn.items() if isinstance(value, Tensor)})
            yield to_pixels(to_image(model.lq))


def sharpening_difference(tiles: Iterable[Tile]) -> float:
    """Return the largest difference between basicsr's sharpening over torch and over OpenCV, in levels."""
    differences = [peer_basicsr.usm(hr) - _sharpen(hr) for hr in (to_tensor(to_float(tile.hr)) for tile in tiles)]
    return 255 * max(float(each.abs().max()) for each in differences)


def _sharpen(hr: Tensor) -> Tensor:
    return to_tensor(usm_sharp(to_image(hr)))
