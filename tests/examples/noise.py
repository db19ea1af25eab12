"""Noise models beside Gaussian, Poisson and speckle; the pool is made of pictures that the tests write."""

import atexit
import shutil
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from degradekit import FractalNoise, Noise, NoisePool, PaperTexture, PhotoGrain, ResizedNoise, SaltPepper, UniformNoise
from degradekit.functional.normal import standard_normal

POOL = Path(tempfile.mkdtemp(prefix="degradekit-pool-"))
atexit.register(shutil.rmtree, POOL, ignore_errors=True)
for _seed, _level in enumerate((90, 160)):
    _noise = np.rint(_level + 3 * standard_normal((256, 512, 3), seed=_seed))
    Image.fromarray(_noise.astype(np.uint8)).save(POOL / f"{_level}.png")

LEAVES = {
    "noise luma and chroma": Noise(kinds={"gaussian": 1.0, "speckle": 1.0}, channels={"luma": 1.0, "chroma": 1.0}),
    "uniform_noise": UniformNoise(),
    "uniform_noise gated": UniformNoise(
        channels={"gray": 1.0, "luma": 1.0, "chroma": 1.0}, luma_above=(10, 90), luma_below=(150, 250), offset=(-20, 20)
    ),
    "salt_pepper": SaltPepper(),
    "salt_pepper kinds": SaltPepper(density=0.3, kinds={"both": 1.0, "salt": 1.0, "pepper": 1.0}, channels="gray"),
    "resized_noise": ResizedNoise(),
    "resized_noise all": ResizedNoise(
        resize_probability=0.7,
        per_axis=True,
        filters={"lanczos": 1.0, "bilinear": 1.0, "nearest": 1.0},
        blurs={"none": 1.0, "gaussian": 1.0, "line": 2.0},
        sharpening=(1.0, 3.0),
        signs={"both": 1.0, "lighten": 1.0, "darken": 1.0},
        sparse_probability=0.5,
        block_size=(1, 8),
        channels={"color": 1.0, "gray": 1.0, "luma": 1.0, "chroma": 1.0},
        shadow_probability=0.3,
    ),
    "resized_noise line": ResizedNoise(resize_probability=0, blurs="line", renormalize=False),
    "fractal_noise": FractalNoise(),
    "fractal_noise rotated": FractalNoise(octaves=(2, 4), lacunarity=2, angle=(-3, 3), channels="color"),
    "photo_grain": PhotoGrain(shadow_probability=0.25),
    "paper_texture": PaperTexture(),
    "paper_texture rotated": PaperTexture(angle=(-3, 3), period=(2, 30)),
    "noise_pool": NoisePool(str(POOL)),
    "noise_pool mean": NoisePool(str(POOL), strength=(0, 8), subtract="mean"),
}

GOLDENS = {
    "noise luma and chroma": "993b2b776af19c2b",
    "uniform_noise": "6490f881681812bc",
    "uniform_noise gated": "8bac4099c2dcf715",
    "salt_pepper": "44afe9aa7e65071a",
    "salt_pepper kinds": "067c689a347ca5bf",
    "resized_noise": "14a9118fda0ec06b",
    "resized_noise all": "cd09df54708800dd",
    "resized_noise line": "be56d8bdefbc306f",
    "fractal_noise": "79702de53dd723e4",
    "fractal_noise rotated": "65bb90380914672c",
    "photo_grain": "c93a16327602c245",
    "paper_texture": "1c002367edd82532",
    "paper_texture rotated": "3d9c0babf40c434f",
    "noise_pool": "5fb540fb6a6b4490",
    "noise_pool mean": "c1a58ed688465cd7",
}
