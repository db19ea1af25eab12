"""The kinds of things that are fuzzed, by name; a new kind is a file here and a line in the table."""

from importlib import import_module

from fuzzed import Kind

KINDS = {
    "pictures": "fuzzed_pictures:Pictures",
    "records": "fuzzed_records:Records",
    "recipes": "fuzzed_recipes:Recipes",
    "datasets": "fuzzed_datasets:Datasets",
    "weights": "fuzzed_weights:Weights",
    "configs": "fuzzed_configs:Configs",
}
"""Class of each kind; those of the trainer are only imported where torch is."""


def find_kind(name: str) -> type[Kind]:
    """Return the class of a kind, or of `MODULE:CLASS`."""
    module, _, attribute = KINDS.get(name, name).partition(":")
    kind: type[Kind] = getattr(import_module(module), attribute)
    return kind
