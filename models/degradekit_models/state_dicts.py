"""Finds a network's weights in a file, whatever the tool that saved it has put around them.

Tools save weights under keys (`params_ema`, `state_dict`), with prefixes (`module.`, `net_g.`), next to other networks
and to averages of the same weights. No list of these could be complete. So a network is recognized by the name of a
tensor that all networks of its family have, anywhere in the file; what precedes that name is the prefix.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from degradekit_models.tensor_files import plain_tensors

_MOST_LEVELS, _MOST_MAPPINGS, _MOST_NETWORKS = 5, 1000, 20
"""Limits of the depth of mappings, their number, and the networks in one of them; what exceeds them is ignored."""
_AVERAGE = re.compile(r"(^|[^a-z])ema([^a-z]|$)", re.IGNORECASE)
_OPTIMIZERS = {"optimizers", "optimizer", "optimizer_states", "param_groups"}


class NetworkFamily(NamedTuple):
    """Networks with the same tensors.

    Attributes:
        title: What they are, for messages.
        marks: The names of one tensor that each of them has, in all releases.
        missing: What a message says of a file without such a tensor.
    """

    title: str
    marks: tuple[str, ...]
    missing: str


class NamedWeights(NamedTuple):
    """The weights of one network in a file.

    Attributes:
        tensors: In float32, by their names without their prefix.
        choice: A sentence about which of several networks of the file they are; empty where there is one only.
    """

    tensors: dict[str, Tensor]
    choice: str


class NoNetworkError(ValueError):
    """A file has no network of a family; the text has the reason."""


def find_network(data: Any, family: NetworkFamily) -> NamedWeights:
    """Return the weights of a network in what a file holds; of several, those of an average, or else of the first.

    Raises:
        NoNetworkError: There is none of the family.
        TensorFileError: Its tensors are not plain ones.
    """
    candidates = dict(_candidates(data, family))
    if not candidates:
        if isinstance(data, Mapping) and all(isinstance(value, Tensor) for value in data.values()):
            plain_tensors(data)  # whose message is more specific
        raise NoNetworkError(_what_else(data, family))
    where = min(candidates, key=lambda name: _AVERAGE.search(name) is None)
    # A copy, as a mapped file could not be replaced on Windows.
    tensors = {
        name: value.detach().to(torch.float32, copy=True) for name, value in plain_tensors(candidates[where]).items()
    }
    others = [_shown(name) for name in candidates if name != where]
    choice = f"takes the weights in {_shown(where)}, not those in {', '.join(others[:5])}" if others else ""
    return NamedWeights(tensors, choice)


def _candidates(data: Any, family: NetworkFamily) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """Yield where a network is, and what is there by names without their prefix."""
    for where, mapping in _mappings(data):
        prefixes = dict.fromkeys(_prefix(name, mark) for name in mapping for mark in family.marks)
        for prefix in list(prefixes)[: _MOST_NETWORKS + 1]:  # one of which is None
            if prefix == "":
                yield ".".join(where), mapping
            elif prefix is not None:
                inside = {
                    name: value for name, value in mapping.items() if isinstance(name, str) and name.startswith(prefix)
                }
                yield (
                    ".".join([*where, prefix.removesuffix(".")]),
                    {name.removeprefix(prefix): value for name, value in inside.items()},
                )


def _prefix(name: Any, mark: str) -> str | None:
    """Return what is before the mark in a name, which is empty or ends with a dot, or None."""
    if not isinstance(name, str) or not name.endswith(mark):
        return None
    prefix = name.removesuffix(mark)
    return prefix if prefix == "" or prefix.endswith(".") else None


def _mappings(data: Any) -> Iterator[tuple[list[str], Mapping[Any, Any]]]:
    """Yield the mappings in nested data with their keys, outer ones first; one that is there twice, once."""
    waiting: list[tuple[list[str], Any]] = [([], data)]
    seen: set[int] = set()
    for _ in range(_MOST_MAPPINGS):
        if not waiting:
            return
        where, mapping = waiting.pop(0)
        if isinstance(mapping, Mapping) and id(mapping) not in seen:
            seen.add(id(mapping))
            yield where, mapping
            if len(where) < _MOST_LEVELS:
                waiting += [
                    ([*where, str(key)[:50]], each) for key, each in mapping.items() if isinstance(each, Mapping)
                ]


def _what_else(data: Any, family: NetworkFamily) -> str:
    names = [name for _, mapping in _mappings(data) for name, value in mapping.items() if isinstance(value, Tensor)]
    if isinstance(data, Mapping) and _OPTIMIZERS & data.keys():
        return "it is the state of an optimizer or of a training; the weights of its networks are in other files"
    return f"{family.missing}; it begins with {str(names[0])[:100]!r}" if names else ""


def _shown(where: str) -> str:
    return where[:100] or "the file itself"
