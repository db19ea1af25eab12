"""Shows what two recipes make of one photo: side by side, and step by step.

Run it with a photo: `python compare_recipes.py photo.png comparison.png`
"""

import sys

import numpy as np
from PIL import Image

from degradekit.presets import preset

NAMES = "real-esrgan", "bsrgan"
DRAWS = 4


def main(photo: str, comparison: str) -> None:
    """Degrade the middle of a photo by both recipes, and save a picture of the results."""
    hr = Image.open(photo).convert("RGB")
    left, top = (hr.width - 256) // 2, (hr.height - 256) // 2
    hr = hr.crop((left, top, left + 256, top + 256))
    rows = []
    for name in NAMES:
        recipe = preset(name, 4)
        lrs = [recipe(hr, seed=7, variant=variant) for variant in range(DRAWS)]
        # Enlarged without smoothing, so that every pixel of the LR can be seen.
        rows.append(np.hstack([hr, *(lr.resize(hr.size, Image.Resampling.NEAREST) for lr in lrs)]))

        # The same draw as data: what happens, in which order, with which numbers.
        degradation = recipe.sample((hr.height, hr.width), seed=7)
        print(f"{name}, draw 0\n{degradation}\n")
        assert degradation(hr).tobytes() == lrs[0].tobytes()

        # How far each step takes the picture from the HR, for as long as it has its size.
        full = np.asarray(hr, np.float32) / 255
        for step, image in degradation.trace(hr):
            if image.shape == full.shape:
                print(f"{step.op:16} mean difference {abs(image - full).mean() * 255:5.1f} of 255")
        print()
    Image.fromarray(np.vstack(rows)).save(comparison)
    print(f"{comparison}: above {NAMES[0]}, below {NAMES[1]}; the HR and {DRAWS} draws")


if __name__ == "__main__":
    main(*sys.argv[1:3])
