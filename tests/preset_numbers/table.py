"""What each preset should draw."""

from preset_numbers import bsrgan, faces, photos

RECIPES = {**photos.RECIPES, **bsrgan.RECIPES, **faces.RECIPES}
