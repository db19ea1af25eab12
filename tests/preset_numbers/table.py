"""What each preset should draw."""

from preset_numbers import anime, bsrgan, destroyers, faces, kadid, photos, trainers, waifu2x, web

RECIPES = {
    name: recipe for part in (photos, bsrgan, destroyers, faces, kadid, trainers, anime, waifu2x, web) for name, recipe in part.RECIPES.items()
}
