"""The configuration and the data of a run, in a file for people and programs."""

from pathlib import Path

import yaml

from degradekit.errors import Mistake
from degradekit.whole_files import write_whole
from degradekit_models.config import Config, ConfigError
from degradekit_models.patches import Patches

NAME = "run.yaml"
_HEAD = "# The configuration and the data of this run when it was last started.\n"


def write_run_summary(out: Path, config: Config, patches: Patches) -> None:
    """Write `run.yaml` into a run's folder: the configuration, and the size, share and digest of each source.

    Raises:
        DegradekitError: It cannot be written, or the folder has such a file that is not of a run.
    """
    data = [
        {"source": source.name, source.unit: len(source), "share": round(share, 6), "digest": source.digest}
        for source, share in zip(patches.sources, patches.shares, strict=True)
    ]
    summary = {"scale": patches.scale, "data": data, "config": config.to_dict()}
    path, text = out / NAME, yaml.safe_dump(summary, sort_keys=False, allow_unicode=True, width=120)
    if path.exists() and not path.read_bytes().startswith(_HEAD.encode()):
        raise ConfigError(Mistake("out", f"has a {NAME} that is not of a run; choose another folder", str(path)))
    write_whole(path, (_HEAD + text).encode())
