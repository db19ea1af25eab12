"""A page for each command, made of what click knows of it: its help text, arguments and options."""

import re
from collections.abc import Iterator
from inspect import cleandoc

import click

from degradekit_cli.main import main
from reference_pages.markdown import Page, block, code, contents, definitions, directive, joined, words


def command_pages() -> Iterator[Page]:
    """Yield a page for each command, and one for the command line as a whole."""
    context = click.Context(main, info_name="degradekit")
    recorder = _Recorder()
    main.format_commands(context, recorder)
    lists = [
        joined([f"## {heading}", contents(("command", "what it does"), ((name, words(about)) for name, about in rows))])
        for heading, rows in recorder.sections.items()
    ]
    yield Page("commands/index.md", joined(["# Command line", *help_text(main), _EXIT_STATUS, *lists]))
    for name, command in main.commands.items():
        yield Page(f"commands/{name}.md", joined(command_parts(command, click.Context(command, context, name))))


_EXIT_STATUS = """\
Exit status: 0 if all is done, 1 if it failed, with the reason in words, 2 if the arguments are wrong, 130 if it was
stopped. A command with others lists them on its page."""


def command_parts(command: click.Command, context: click.Context, level: int = 1) -> list[str]:
    """Return the parts of a command's description, and of those of its commands, if it has any."""
    parts = [
        f"{'#' * level} {context.command_path}",
        directive("program", context.command_path),
        block("text", f"{context.command_path} {' '.join(command.collect_usage_pieces(context))}"),
        *help_text(command),
    ]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.commands[name]
            parts += command_parts(inner, click.Context(inner, context, name), level + 1)
        return parts
    for heading, options in sections(command, context).items():
        parts += [f"{'#' * (level + 1)} {heading}", *(_option(name, text) for name, text in options)]
    return parts


def _option(name: str, text: str) -> str:
    """Return an option with its explanation, so that the search and links lead to it."""
    return (
        directive("option", name, words(text)) if name.startswith("-") else definitions([(code(name), [words(text)])])
    )


def help_text(command: click.Command) -> list[str]:
    """Return the paragraphs of a help text; those that click leaves as they are become code blocks."""
    paragraphs = re.split(r"\n\n+", cleandoc(command.help or "").strip())
    return [
        block("text", each.removeprefix("\b\n")) if each.startswith("\b") else words(" ".join(each.split()))
        for each in paragraphs
    ]


def sections(command: click.Command, context: click.Context) -> dict[str, list[tuple[str, str]]]:
    """Return the options by their heading in the help text, each with its explanation."""
    formatter = _Recorder()
    command.format_options(context, formatter)
    return formatter.sections


class _Recorder(click.HelpFormatter):
    """Keeps what a command writes into its sections, unwrapped."""

    def __init__(self) -> None:
        super().__init__()
        self.sections: dict[str, list[tuple[str, str]]] = {}
        self._heading = ""

    def write_heading(self, heading: str) -> None:
        """Begin a section."""
        self._heading = heading

    def write_dl(self, rows: object, col_max: int = 30, col_spacing: int = 2) -> None:
        """Keep the rows of a section, but for the help text, which this is."""
        assert isinstance(rows, list)
        shown = [(name.strip(), text) for name, text in rows if "--help" not in name]
        if shown:
            self.sections.setdefault(self._heading, []).extend(shown)
