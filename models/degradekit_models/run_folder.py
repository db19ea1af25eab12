"""The folder of a run: one run at a time, and no file of anybody else replaced."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from degradekit.dataset.layout import PLAN
from degradekit.errors import Mistake
from degradekit.retrying import reason_of
from degradekit.storage import Folder
from degradekit.whole_files import delete_unfinished
from degradekit_models.config import Config
from degradekit_models.networks import TrainingError
from degradekit_models.world import World

EXPORTS = ("generator.safetensors", "generator.pth")
"""The files with the weights that a run hands on."""
_WRITTEN = re.compile(r"checkpoint\.pt|generator\.(safetensors|pth)|log\.csv|run\.yaml|\d+\.(safetensors|png)")
"""The names of the files that a run writes."""


@contextmanager
def locked(out: Path, world: World) -> Iterator[None]:
    """Keep other runs out of a run's folder until the end of the block, or of the process.

    Raises:
        TrainingError: Another run is in the folder, or there can be no folder.
    """
    with ExitStack() as stack:
        try:
            alone = stack.enter_context(Folder.of(out).locked()) if world.is_first else True
        except OSError as error:
            raise TrainingError(Mistake("out", f"must be a folder ({reason_of(error)})", str(out))) from None
        if not all(world.gather(alone)):
            raise TrainingError(
                Mistake("out", "another run is in this folder; wait for it or choose another", str(out))
            )
        yield


def check_folder(config: Config, out: Path, is_new: bool) -> None:
    """Refuse to replace files that are not of a run.

    Raises:
        TrainingError: The folder is a dataset or has such files, or a new run would replace the file that it reads.
    """
    if (out / PLAN).exists():
        raise TrainingError(Mistake("out", "must be a run's folder, and is a dataset; choose another", str(out)))
    if not is_new:
        return
    replaced = [out / name for name in EXPORTS]
    if config.init and Path(config.init).resolve() in [path.resolve() for path in replaced]:
        raise TrainingError(Mistake("init", "must not be a file that the run replaces; move it", config.init))
    for path in (*replaced, out / "weights", out / "val"):
        if path.exists() and not (out / "log.csv").exists():  # which a run writes first
            rule = f"has a {path.name} that is not of a run; choose another folder"
            raise TrainingError(Mistake("out", rule, str(out)))


def delete_unfinished_files(out: Path) -> None:
    """Delete what an interrupted run has left of files that it was writing."""
    for folder in (out, out / "weights", out / "val"):
        delete_unfinished(folder, _WRITTEN)
