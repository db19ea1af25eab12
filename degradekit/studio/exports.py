"""A draft as what people take home: a recipe file, a command line, Python code."""

import shlex
from typing import Any

from degradekit import recipes
from degradekit.extending import is_file_name
from degradekit.studio.drafts import Draft
from degradekit.yaml_text import write, write_inline

FILE_NAME = "recipe.yaml"
"""What the recipe file is called, and what the command line and the code name where a recipe has no name."""


def short_yaml(draft: Draft) -> str:
    """Return a recipe file that extends the preset, or else every field.

    Raises:
        RecipeError: The draft breaks a rule.
    """
    recipe = draft.recipe
    if draft.text is not None or is_file_name(draft.name):
        return recipes.dumps(recipe)
    return write({"extends": draft.name, **_variation(draft), **draft.changes})


def full_yaml(draft: Draft) -> str:
    """Return a recipe file with every field and a comment on each.

    Raises:
        RecipeError: The draft breaks a rule.
    """
    return recipes.dumps(draft.recipe, comments=True)


def command(draft: Draft) -> str:
    """Return the command that builds a dataset with the recipe, as a shell of POSIX reads it."""
    words = ["degradekit", "synth", "PHOTOS", "SHARDS"]
    if _needs_file(draft):
        words += ["--recipe", FILE_NAME]
    else:
        words += ["--recipe" if is_file_name(draft.name) else "--preset", draft.name]
        for name, value in _variation(draft).items():
            words += [f"--{name}", f"{value:g}"]
        for path, value in draft.changes.items():
            words += ["--set", f"{path}={write_inline(value)}"]
    return shlex.join(words)


def python(draft: Draft, seed: int) -> str:
    """Return Python code that makes the recipe and degrades a photo with the seed."""
    lines = ["from degradekit import recipes", "", f"recipe = {_made(draft)}"]
    return "\n".join([*lines, f"lr = recipe(hr, seed={seed})  # hr: a NumPy array or a PIL image", ""])


def _made(draft: Draft) -> str:
    if _needs_file(draft):
        return f"recipes.load({FILE_NAME!r})"
    changes = {**_variation(draft), **draft.changes}
    if not changes:
        return f"recipes.named({draft.name!r})"
    lines = [f"    {path!r}: {value!r}," for path, value in changes.items()]
    return "\n".join([f"recipes.varied(lambda scale: recipes.named({draft.name!r}, scale), {{", *lines, "})"])


def _needs_file(draft: Draft) -> bool:
    """Return whether the recipe is too long for a line: text that a person has written, or operators among changes."""
    return draft.text is not None or any(map(_has_operators, draft.changes.values()))


def _has_operators(value: Any) -> bool:
    return any(map(_has_operators, value)) if isinstance(value, list) else isinstance(value, dict) and "op" in value


def _variation(draft: Draft) -> dict[str, Any]:
    scale = {} if draft.scale is None else {"scale": draft.scale}
    return scale | ({} if draft.strength == 1 else {"strength": draft.strength})
