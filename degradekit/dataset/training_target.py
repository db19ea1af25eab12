"""Which image of a pair is the training target: which pictures a dataset keeps, and how they are explained to people.

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
    """Return which kinds of step the draws of an operator may begin with; crops are not counted as steps."""
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
    """Return what operators in order may begin with: an operator counts if all those before it may draw no step."""
    beginnings = {_NOTHING}
    for operator in operators:
        if _NOTHING in beginnings:
            beginnings = beginnings - {_NOTHING} | _beginnings(operator)
    return beginnings


def _of_any(operators: Iterable[Any]) -> set[str]:
    return set().union(*map(_beginnings, operators))


_EXPORT = "For any other trainer, run `degradekit export` with `--training-target sharpened`."
_NOT_READ = "As `hr` is not kept, degradekit cannot read this dataset again."
_EXPLANATIONS: Mapping[TrainingTarget, Mapping[HowOften, str]] = MappingProxyType(
    {
        "plain": {
            "never": "The target is `hr`: `lr` is made from it, as the recipe does not sharpen.",
            "sometimes": "In some rows `lr` is made from a sharpened copy of `hr`; `hr` itself is never sharpened."
            f" `degradekit train` sharpens `hr` for the loss where the row needs it. {_EXPORT}",
            "always": "The target is a sharpened copy of `hr`: `lr` is made from it, and `hr` itself is not sharpened."
            f" `degradekit train` and RealESRGANModel of BasicSR sharpen `hr` for the loss. {_EXPORT}",
        },
        "both": {
            "never": "The target is `hr`: `lr` is made from it, as the recipe does not sharpen, so `hr_usm` equals"
            " `hr`.",
            "sometimes": "The target is `hr_usm`: `lr` is made from it. It is a sharpened copy of `hr` in some rows and"
            " equals `hr` in the others.",
            "always": "The target is `hr_usm`, a sharpened copy of `hr`: `lr` is made from it. `hr` is for models that"
            " sharpen it themselves, such as RealESRGANModel of BasicSR.",
        },
        "sharpened": {
            "never": "The target is `hr_usm`: `lr` is made from it. It equals the plain HR, as the recipe does not"
            f" sharpen. {_NOT_READ}",
            "sometimes": "The target is `hr_usm`: `lr` is made from it. It is the sharpened HR in some rows and the"
            f" plain HR in the others. {_NOT_READ}",
            "always": f"The target is `hr_usm`, the sharpened HR: `lr` is made from it. {_NOT_READ}",
        },
    }
)


def explanation(recipe: Any, training_target: TrainingTarget) -> str:
    """Return in a few sentences of Markdown what the LRs of a dataset are made from, and what its HR is.

    Args:
        recipe: The recipe as plain data.
        training_target: The HR that the dataset keeps.
    """
    return _EXPLANATIONS[training_target][how_often_sharpened(recipe)]
