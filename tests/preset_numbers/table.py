"""What each preset should draw."""

from preset_numbers import bsrgan, faces, photos, trainers

RECIPES = {**photos.RECIPES, **bsrgan.RECIPES, **faces.RECIPES, **trainers.RECIPES}
