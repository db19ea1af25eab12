"""Degrades the HR tiles of a dataset anew, without the photos."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from degradekit.dataset.card import load_own_part
from degradekit.dataset.degrading import Degrader, require_scale, try_recipe
from degradekit.dataset.engines import LOCAL, Engine
from degradekit.dataset.opening import Dataset
from degradekit.dataset.photos import load_photos
from degradekit.dataset.pictures import encoding_of
from degradekit.dataset.plan import Plan
from degradekit.dataset.progress import SILENT, Progress
from degradekit.dataset.report import Outcome, Report
from degradekit.dataset.rewriting import RewriteShard, refuse_itself
from degradekit.dataset.row import DigestedTile, Row
from degradekit.dataset.run import run_plan
from degradekit.dataset.writing import ShardTarget
from degradekit.errors import DatasetError
from degradekit.locations import Location
from degradekit.operators.base import Operator
from degradekit.storage import Folder


@dataclass(frozen=True)
class RedegradeShard(RewriteShard):
    """The task of degrading the tiles of a shard anew."""

    keeps_rows = False

    degrader: Degrader

    def make_tile(self, rows: list[Row], on_row: Callable[[], object]) -> DigestedTile:
        """Return new rows of the tile."""
        row, scale, encoding = rows[0], self.degrader.scale, self.target.encoding
        hr = row.decode("hr")
        if hr.shape[0] % scale or hr.shape[1] % scale:
            raise DatasetError(
                f"recipe: its scale must divide the sides of all HR tiles; {row.key!r} has one of"
                f" {hr.shape[1]} x {hr.shape[0]} (got scale {scale})"
            )
        stored_hr = row.hr if encoding_of(row.hr) == encoding else None
        return self.degrader.degrade(hr, row.key, row.tile, encoding, on_row, stored_hr)


def redegrade(
    shards: Location,
    target: Location,
    recipe: Operator | None = None,
    *,
    seed: int | None = None,
    variants: int | None = None,
    engine: Engine = LOCAL,
    overwrite: bool = False,
    progress: Progress = SILENT,
) -> Outcome:
    """Degrade the HR tiles of a finished dataset anew, into a dataset of the same format and training target.

    With the recipe, seed and variants of the dataset itself, the rows are the same again, and those that a filter has
    left out of its tiles are made again.

    Args:
        shards: The dataset, a path or a URL.
        target: The folder to make.
        recipe: What to degrade with; its scale must divide the sides of the tiles. None is the dataset's own.
        seed: None takes the dataset's.
        variants: Degradations of each tile; None takes the dataset's.
        engine: Where the shards are built.
        overwrite: Delete a degradekit dataset of another plan that is in the way.
        progress: Is notified as the work goes on.

    Returns:
        What the new dataset holds, and what this run has done for it.

    Raises:
        DatasetError: There is no finished dataset, the target cannot be used, or an option breaks its rule.
        RecipeError: The recipe cannot degrade a tile, or is the dataset's own and has an unknown operator.
    """
    dataset, folder = Dataset.open_finished(shards), Folder.of(target)
    refuse_itself(dataset.folder, folder)
    engine.refuse_memory(folder)
    old = dataset.plan
    recipe = old.recipe if recipe is None else recipe
    scale = require_scale(recipe)
    options = replace(
        old.options,
        seed=old.options.seed if seed is None else seed,
        variants=old.options.variants if variants is None else variants,
    )
    try_recipe(recipe, options)
    photos, own = load_photos(dataset.folder, old.photos), load_own_part(dataset.folder, old)
    with engine.start(len(old.shards)) as workers:
        plan = Plan(
            recipe_data=recipe.to_dict(),
            options=options,
            scale=scale,
            fingerprint=workers.fingerprint(recipe),
            photos=old.photos,
            left_out=old.left_out,
            degraded_from=Report.load(dataset.folder).digest,
        )
        degrader = Degrader(recipe, scale, options.seed, options.variants)

        def make_task(shard: str) -> RedegradeShard:
            shard_target = ShardTarget(folder, plan.hash, shard, options)
            return RedegradeShard(dataset, shard_target, degrader)

        return run_plan(
            Dataset(folder, plan), photos, make_task, workers, progress, recipe=recipe, overwrite=overwrite, own=own
        )
