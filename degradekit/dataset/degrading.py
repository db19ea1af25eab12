"""Makes the rows of a tile, for a build from photos and for one from the HR tiles of a dataset."""

from collections.abc import Callable
from dataclasses import dataclass

from degradekit import recipes
from degradekit.compose import Chain, OneOf
from degradekit.dataset.options import Options
from degradekit.dataset.pictures import Encoding, encode
from degradekit.dataset.row import DigestedTile, Row, pixel_digest
from degradekit.dataset.tiles import Tile
from degradekit.degradation import Degradation, degrade_each
from degradekit.errors import DatasetError, RecipeError
from degradekit.functional.levels import to_float
from degradekit.operators.base import Operator
from degradekit.types import Pixels

_TRIAL_DRAWS = 50


@dataclass(frozen=True)
class Degrader:
    """What makes LRs from HR tiles.

    Attributes:
        recipe: What to draw from.
        scale: The scale of the recipe, HR side / LR side.
        seed: Any integer.
        variants: Degradations of each tile.
    """

    recipe: Operator
    scale: int
    seed: int
    variants: int

    def degrade(
        self,
        hr: Pixels,
        key: str,
        tile: Tile,
        encoding: Encoding,
        on_row: Callable[[], object],
        stored_hr: bytes | None = None,
    ) -> DigestedTile:
        """Return the rows of one tile.

        Args:
            hr: (H, W, 3) uint8.
            key: The key of the photo.
            tile: The part of the photo.
            encoding: How the pictures are stored.
            on_row: Called after each row.
            stored_hr: The HR in this encoding, if it exists already.

        Raises:
            RecipeError: The recipe cannot degrade an image of this size.
            ImageError: The encoding cannot hold so large a picture.
        """
        size, name = (hr.shape[0], hr.shape[1]), tile.key(key)
        try:
            drawn = [
                self.recipe.sample(size, seed=self.seed, key=name, variant=variant, frame=tile.frame)
                for variant in range(self.variants)
            ]
        except RecipeError as error:
            raise RecipeError(f"the recipe cannot degrade {tile.height} x {tile.width}: {error}") from None
        hr_file, hr_digest = stored_hr or encode(hr, encoding), pixel_digest(hr)
        rows, digests = [], []
        for variant, (degradation, lr) in enumerate(zip(drawn, degrade_each(drawn, to_float(hr)), strict=True)):
            rows.append(Row(hr_file, encode(lr, encoding), degradation.to_json(), key, tile, variant, self.scale))
            digests.append(rows[-1].digest(hr_digest, pixel_digest(lr)))
            on_row()
        return DigestedTile(rows, digests)


def require_scale(recipe: Operator) -> int:
    """Return the scale of a recipe.

    Raises:
        DatasetError: It has none, or is not a recipe.
    """
    if not isinstance(recipe, Operator):
        raise DatasetError(f"recipe: must be an operator, such as preset('real-esrgan') (got {recipe!r})")
    if isinstance(recipe, OneOf) and recipe.is_mixture and recipe.lr_scale is None:
        scales = sorted({child.lr_scale for child in recipe.children if child.lr_scale is not None})
        rule = "the recipes of a mixture must have the same scale; give all of them one, such as `scale: 4`"
        raise DatasetError(f"recipe: {rule} (got {scales})")
    if recipe.lr_scale is None:
        cure = "give the chain one" if isinstance(recipe, Chain) else f"put the {recipe.op} into a chain with one"
        raise DatasetError(f"recipe: must have a scale; {cure}, such as `scale: 4`")
    return recipe.lr_scale


def try_recipe(recipe: Operator, options: Options) -> None:
    """Draw a few times, so that a recipe that cannot work is refused before anything is written.

    Raises:
        DegradekitError: A package of an extra is not installed.
        RecipeError: The recipe does not end at the LR size, or is not plain data.
        DatasetError: A record could not be read back, because an operator is not registered.
    """
    recipe.require_all()
    side = options.tile or 64 * require_scale(recipe)
    for variant in range(_TRIAL_DRAWS):
        drawn = recipe.sample((side, side), seed=options.seed, variant=variant)
        try:
            same = Degradation.from_json(drawn.to_json()) == drawn
        except (TypeError, ValueError) as error:
            raise DatasetError(
                f"recipe: its records cannot be read back: {error}; make its operators known with"
                " degradekit.register, and their fields JSON-able"
            ) from None
        if not same:
            raise DatasetError("recipe: its records read back as other degradations; make the fields JSON-able")
    recipes.from_dict(recipe.to_dict())  # as workers and readers of the plan do
