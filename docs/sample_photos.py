"""Copies the sample photos of `make demo` out of the scikit-image wheel.

Usage: python docs/sample_photos.py FOLDER
"""

import shutil
import sys
from pathlib import Path

import skimage

# NASA (public domain), Stefan van der Walt (CC0), Rachel Michetti (CC0), SpaceX (CC0), Daniel Scharstein.
NAMES = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png")


def main() -> None:
    """Copy."""
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        shutil.copyfile(Path(skimage.__file__).parent / "data" / name, target / name)


if __name__ == "__main__":
    main()
