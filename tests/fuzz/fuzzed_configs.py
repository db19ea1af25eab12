"""Configurations of trainings: YAML, damaged."""

import random
from pathlib import Path

from damaged_yaml import damaged_text
from degradekit_models.config import GAN, NET, Config
from fuzzed import Kind, Uses
from odd_data import changed, to_yaml


class Configs(Kind):
    """Loaded from a file, for both stages."""

    def make(self, draw: random.Random, folder: Path) -> Path:
        """Return a damaged file."""
        data = draw.choice((NET, GAN)).to_dict()
        text = to_yaml(changed(data, draw)) if draw.random() < 0.5 else damaged_text(to_yaml(data), draw)
        path = folder / "config.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return path

    def uses(self, made: Path) -> Uses:
        """Load the file."""
        yield "load", lambda: _check(Config.load(made))
        yield "load for gan", lambda: _check(Config.load(made, GAN))


def _check(config: Config) -> None:
    assert Config(**config.to_dict()) == config
