"""The option files of the pages for other trainers, checked without the trainers."""

import json
import re
import tomllib

import pytest
import yaml
from pages import blocks

from degradekit import recipes

PARSERS = {"yaml": yaml.safe_load, "toml": tomllib.loads, "json": json.loads}
FILES = [
    pytest.param(PARSERS[language], code, id=f"{name}-{ordinal}")
    for name in ("basicsr", "trainner-redux", "neosr", "kair")
    for ordinal, (language, code) in enumerate(blocks(f"docs/with-{name}.md", *PARSERS))
]


def folders_of(options: object) -> list[str]:
    """Return the folders that options name, at any depth."""
    if not isinstance(options, dict):
        return []
    roots = [value for key, value in options.items() if key.startswith("dataroot_")]
    return [
        *(folder for root in roots for folder in ([root] if isinstance(root, str) else root)),
        *(folder for value in options.values() for folder in folders_of(value)),
    ]


@pytest.mark.parametrize(("parse", "code"), FILES)
def test_option_files_name_folders_of_an_export_or_are_recipes(parse, code):
    options = parse(code)
    if "op" in options:
        assert recipes.loads(code).scale == 4
        return
    folders = folders_of(options)
    assert folders
    for folder in folders:
        assert re.fullmatch(r"(\.\./)?paired/(train|validation)/(HR|HR_USM|LR)|shards|DIV2K", folder), folder
