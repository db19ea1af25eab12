"""Makes new LRs for the HR tiles of a dataset, without the photos."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace

from degradekit import recipes
from degradekit.dataset.build import Place, Work, fulfil, ignore
from degradekit.dataset.engines import make_engine
from degradekit.dataset.export import Rewrite, open_finished, refuse_itself
from degradekit.dataset.formats import Row
from degradekit.dataset.manifest import Photo, load
from degradekit.dataset.plan import options_of
from degradekit.dataset.report import Report, load_report
from degradekit.dataset.shard import pairs
from degradekit.dataset.writing import ShardWriter
from degradekit.errors import DatasetError
from degradekit.operators.base import Operator
from degradekit.picture_files import decode
from degradekit.storage import Folder


@dataclass(frozen=True)
class Replay(Rewrite):
    """The task of degrading a shard's tiles anew."""

    recipe: Operator
    seed: int
    variants: int

    def add(self, writer: ShardWriter, photo: Photo, tiles: Iterator[list[Row]]) -> bool:
        """Degrade and write one photo's tiles."""
        writer.add(photo.key, self._degraded(tiles))
        return True

    def _degraded(self, tiles: Iterator[list[Row]]) -> Iterator[list[Row]]:
        scale = self.recipe.lr_scale or 1
        for rows in tiles:
            row = rows[0]
            hr = decode(row.hr)
            if hr.shape[0] % scale or hr.shape[1] % scale:
                raise DatasetError(
                    f"recipe: its scale must divide the sides of all HR tiles; {row.key!r} has one of"
                    f" {hr.shape[1]} x {hr.shape[0]} (got scale {scale})"
                )
            yield pairs(row.hr, hr, row.key, row.tile, self.recipe, self.seed, self.variants)


def replay(
    shards: Place,
    target: Place,
    recipe: Operator | None = None,
    *,
    seed: int | None = None,
    variants: int | None = None,
    workers: int | None = None,
    overwrite: bool = False,
    on_start: Callable[[int], object] = ignore,
    on_photos: Callable[[int], object] = ignore,
) -> Report:
    """Degrade the HR tiles of a finished dataset anew, into a dataset of the same format.

    With the recipe, seed and variants of the dataset itself it comes out the same.

    Args:
        shards: The dataset, a path or a URL.
        target: The folder to make.
        recipe: What to degrade with; its scale must divide the sides of the tiles. None is the dataset's own.
        seed: None takes the dataset's.
        variants: Of each tile; None takes the dataset's.
        workers: Processes; see `synthesize`.
        overwrite: Delete a degradekit dataset of another plan that is in the way.
        on_start: Called with the number of photos to do.
        on_photos: Called with the number of photos done since the last call.

    Raises:
        DatasetError: There is no finished dataset, the target cannot be used, or an option breaks its rule.
    """
    folder, plan = open_finished(shards)
    target_folder = Folder.of(target)
    refuse_itself(folder, target_folder)
    if recipe is None:
        recipe = recipes.from_dict(plan.record["recipe"])
    if recipe.lr_scale is None:
        raise DatasetError(f"recipe: must have a scale; put the {recipe.op} into a sequence with one")
    old = options_of(plan.record)
    options = replace(
        old, seed=old.seed if seed is None else seed, variants=old.variants if variants is None else variants
    ).resolve(1)
    names = plan.shard_names
    with make_engine("local", workers, None, len(names)) as engine:
        new = replace(
            plan,
            record=plan.record
            | {"recipe": recipe.to_dict(), "scale": recipe.lr_scale, "options": asdict(options)}
            | {"replay_of": load_report(folder)["digest"]}
            | engine.fingerprint(),
        )

        def task(number: int) -> Replay:
            manifest = load(folder, names[number])
            photos = len(manifest.photos) if manifest else 0
            rewrite = (folder, plan.format, names[number], target_folder, new.hash, plan.format, photos)
            return Replay(*rewrite, recipe, options.seed, options.variants)

        return fulfil(target_folder, new, task, Work(engine, on_start, on_photos), overwrite=overwrite)
