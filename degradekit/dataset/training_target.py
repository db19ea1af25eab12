"""Which image of a pair is the training target: what a dataset keeps of it, and what people should know about it.

LRs are made from the HR, and by many recipes from the sharpened HR. A dataset keeps the plain HR, the sharpened one, or
both; in the words of BasicSR `hr` is gt, `hr_usm` gt_usm, and `lr` lq.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

TrainingTarget: TypeAlias = Literal["plain", "sharpened", "both"]
PICTURES_OF: Mapping[TrainingTarget, tuple[str, ...]] = MappingProxyType(
    {"plain": ("hr", "lr"), "sharpened": ("hr_usm", "lr"), "both": ("hr", "hr_usm", "lr")}
)
"""The columns of pictures of each kind of dataset, in order."""

HowOften: TypeAlias = Literal["never", "sometimes", "always"]
_PARTS = ("blur", "resize", "noise", "compress")
_SHARPENING, _OTHER, _NOTHING = "sharpening", "another step", "no step"


def how_often_sharpened(recipe: Any) -> HowOften:
    """Return how often the LRs of a recipe are made from a sharpened HR.

    Args:
        recipe: The recipe as plain data, whose operators may not be installed; of any kind, as plans may be anybody's.
    """
    beginnings = _beginnings(recipe)
    if _SHARPENING not in beginnings:
        return "never"
    return "sometimes" if beginnings - {_SHARPENING} else "always"


def _beginnings(operator: Any) -> set[str]:
    """Return with what the draws of an operator may begin, as far as a crop is no step."""
    match operator:
        case None | {"op": "crop"} | {"op": "sharpen", "weight": 0}:
            return {_NOTHING}
        case {"op": "sharpen"}:
            return {_SHARPENING}
        case {"op": "maybe", "child": child, "probability": probability}:
            return (_beginnings(child) if probability else set()) | ({_NOTHING} if probability != 1 else set())
        case {"op": "chain", "children": [*children]}:
            return _of_the_first(children)
        case {"op": "stage"}:
            return _of_the_first(operator.get(part) for part in _PARTS)
        case {"op": "high_order", "stages": [*stages]}:
            return _of_the_first([operator.get("sharpen"), *stages])
        case {"op": "shuffle", "children": [*children]}:
            return _of_any(children)
        case {"op": "one_of", "children": [*children], "weights": [*weights]}:
            return _of_any(child for child, weight in zip(children, weights, strict=False) if weight)
        case {"op": "one_of", "children": [*children]}:
            return _of_any(children)
    return {_OTHER}


def _of_the_first(operators: Iterable[Any]) -> set[str]:
    """Return with what operators in order may begin: an operator counts where those before it may draw no step."""
    beginnings = {_NOTHING}
    for operator in operators:
        if _NOTHING in beginnings:
            beginnings = beginnings - {_NOTHING} | _beginnings(operator)
    return beginnings


def _of_any(operators: Iterable[Any]) -> set[str]:
    return set().union(*map(_beginnings, operators))


_NOT_READ = "as `hr` is not kept, degradekit cannot read this dataset again."
_EXPLANATIONS: Mapping[TrainingTarget, Mapping[HowOften, str]] = MappingProxyType(
    {
        "plain": {
            "never": "`lr` is made from `hr` as it is: the recipe does not sharpen.",
            "sometimes": "`lr` is made from the sharpened HR in some rows, and `hr` is the plain one in all."
            " `degradekit train` sharpens it for the loss; for other trainers run `degradekit export` with"
            " `--target sharpened`.",
            "always": "`lr` is made from the sharpened HR, and `hr` is the plain one. RealESRGANModel and"
            " `degradekit train` sharpen it for the loss; for other trainers run `degradekit export` with"
            " `--target sharpened`.",
        },
        "both": {
            "never": "`lr` is made from `hr` as it is: the recipe does not sharpen, so `hr_usm` equals `hr`.",
            "sometimes": "`lr` is made from `hr_usm`, the sharpened HR in some rows and the plain one in the others;"
            " `hr` is the plain one in all.",
            "always": "`lr` is made from `hr_usm`, the sharpened HR; `hr` is the plain one, for models that sharpen it"
            " themselves, as RealESRGANModel does.",
        },
        "sharpened": {
            "never": f"`lr` is made from `hr_usm`, which is the plain HR: the recipe does not sharpen; {_NOT_READ}",
            "sometimes": "`lr` is made from `hr_usm`, the sharpened HR in some rows and the plain one in the others;"
            f" {_NOT_READ}",
            "always": f"`lr` is made from `hr_usm`, the sharpened HR; {_NOT_READ}",
        },
    }
)


def explanation(recipe: Any, training_target: TrainingTarget) -> str:
    """Return in a sentence or two what the LRs of a dataset are made from, and what its HR is; Markdown.

    Args:
        recipe: The recipe as plain data.
        training_target: The HR that the dataset keeps.
    """
    return _EXPLANATIONS[training_target][how_often_sharpened(recipe)]
