"""What each preset should draw."""

from preset_numbers import anime, bsrgan, faces, photos, trainers, web

RECIPES = {
    name: recipe for part in (photos, bsrgan, faces, trainers, anime, web) for name, recipe in part.RECIPES.items()
}
