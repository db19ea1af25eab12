"""What a shell completes: the values that a metavar names, fields of a recipe, files; and `degradekit completion`."""

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ZshComplete,
    add_completion_class,
    get_completion_class,
)

from degradekit_cli.commands import PrintingCommand

if TYPE_CHECKING:
    from degradekit.operators.base import Operator

_NEITHER_FILES_NOR_NAMES = ("GLOB", "HOST:PORT", "N")
_VARIABLE = "_DEGRADEKIT_COMPLETE"


class _Bash(BashComplete):
    """Bash, with no space after a field of a recipe, as its value follows."""

    source_template = BashComplete.source_template.replace(
        "COMPREPLY+=($value)", 'COMPREPLY+=("$value"); [[ $value == *= ]] && compopt -o nospace'
    )


class _Zsh(ZshComplete):
    """Zsh, with no space after a field either."""

    source_template = ZshComplete.source_template.replace(
        "compadd -U",
        "local -a no_space; [[ ${completions[1]} == *= ]] && no_space=(-S '')\n        compadd \"${no_space[@]}\" -U",
    )


class _Fish(FishComplete):
    """Fish, with descriptions beyond their first comma; it puts no space after a `=` by itself."""

    source_template = FishComplete.source_template.replace('string split ","', 'string split --max 1 ","')


for each in (_Bash, _Zsh, _Fish):
    add_completion_class(each)


def complete_values(command: click.Command) -> None:
    """Let a shell complete the values of a command and of all commands in it."""
    if isinstance(command, click.Group):
        for each in command.commands.values():
            complete_values(each)
    for parameter in command.params:
        if isinstance(parameter.type, click.types.StringParamType | click.Path):
            complete = functools.partial(_completions, parameter)
            parameter.shell_complete = complete  # type: ignore[method-assign] # whoever has declared it


def _completions(parameter: click.Parameter, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Return what the metavar of a parameter stands for: names that fit, or else a mark for files or folders."""
    metavar = parameter.metavar or (parameter.name or "").upper()
    if metavar == "PATH=VALUE":
        words, kinds = [f"{path}=" for path in _fields(ctx)], []
    else:
        kinds = metavar.strip("[]").removesuffix("...").split("|")
        words = [kind for kind in kinds if kind.islower()]
        if "NAME" in kinds:
            words += _preset_names()
    fitting = [CompletionItem(word) for word in words if word.startswith(incomplete)]
    named = [kind for kind in kinds if not (kind.islower() or kind == "NAME" or kind in _NEITHER_FILES_NOR_NAMES)]
    if fitting or not named or any(mark in metavar for mark in ",="):
        return fitting
    return [CompletionItem(incomplete, type="dir" if named == ["FOLDER"] else "file")]


def _preset_names() -> list[str]:
    from degradekit.presets import NAMES

    return list(NAMES)


def _fields(ctx: click.Context) -> Iterator[str]:
    """Yield the paths of the fields of the recipe that the words before have chosen."""
    from degradekit.errors import DegradekitError

    try:
        recipe = _recipe(ctx)
    except DegradekitError:  # a word before is wrong, which the command itself explains
        return
    yield from _paths(recipe.spelled_out.to_dict())


def _recipe(ctx: click.Context) -> "Operator":
    from degradekit import recipes
    from degradekit_cli.options import RecipeChoice, Variation

    values = ctx.params
    # The argument of `degradekit recipe show` stays in `args` where an option has no value yet.
    if "recipe" in values:
        return recipes.named(ctx.args[0] if ctx.args else values["recipe"])
    return RecipeChoice(values.get("order"), values.get("preset"), values.get("recipe_file"), Variation()).recipe()


def _paths(node: Any, path: str = "") -> Iterator[str]:
    items = enumerate(node) if isinstance(node, list) else node.items()
    for name, value in items:
        if name in ("op", "name"):
            continue
        inner = f"{path}.{name}" if path else str(name)
        if not isinstance(node, list):
            yield inner
        if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(each, dict) for each in value)):
            yield from _paths(value, inner)


@click.command(cls=PrintingCommand, short_help="Print what lets a shell complete commands.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script by which a shell completes commands, options, files, recipes and their fields.

    \b
    eval "$(degradekit completion bash)"    in ~/.bashrc
    eval "$(degradekit completion zsh)"     in ~/.zshrc, after compinit
    degradekit completion fish | source     in ~/.config/fish/config.fish
    """  # noqa: D301 - click keeps the lines below its mark, a real backspace, as they are
    complete = get_completion_class(shell)
    assert complete is not None
    click.echo(complete(ctx.find_root().command, {}, "degradekit", _VARIABLE).source())
