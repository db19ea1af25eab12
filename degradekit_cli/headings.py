"""Options that stand below headings of the help text."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import click

Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]
"""What adds an option to a command."""

HEADINGS = ("Input", "Recipe", "Draws", "Tiles", "Network", "Training", "Output", "Machine")
"""The headings of all commands, in their order."""
_OPTION_WIDTH = 30
"""Characters of an option in a help text, beyond which its explanation begins on the next line."""


class Option(click.Option):
    """An option below a heading.

    Args:
        heading: One of `HEADINGS`.
        former: Names that it once had; they go on working and are not shown.
        shown_default: What happens where the option is not given, if it is more than a value.
    """

    def __init__(
        self, *args: Any, heading: str, former: Sequence[str] = (), shown_default: str | None = None, **settings: Any
    ) -> None:
        super().__init__(*args, **{"show_default": True} | settings)
        self.heading, self.former, self._shown_default = heading, former, shown_default

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Make the parser know the option by all its names."""
        names = self.opts
        self.opts = [*names, *self.former]
        super().add_to_parser(parser, ctx)
        self.opts = names

    def get_help_extra(self, ctx: click.Context) -> Any:
        """Return what stands in brackets: the default and whether the option is required, but no range."""
        extra = super().get_help_extra(ctx)
        extra.pop("range", None)
        if self._shown_default is not None:
            extra["default"] = self._shown_default
        elif type(self.default) is int:
            extra["default"] = f"{self.default:,}"
        return extra


def option(heading: str, *names: str, **settings: Any) -> Decorator:
    """Add an option to a command, below one of `HEADINGS`; the settings are those of `Option`."""
    return click.option(*names, cls=Option, heading=heading, **settings)


def write_options(options: Sequence[click.Option], ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write options below their headings, with all explanations in one column; others stand below `Options`."""
    sections: dict[str, list[tuple[str, str]]] = {heading: [] for heading in (*HEADINGS, "Options")}
    for each in options:
        record = each.get_help_record(ctx)
        if record is not None:
            sections[each.heading if isinstance(each, Option) else "Options"].append(record)
    names = [name for records in sections.values() for name, _ in records]
    width = max((len(name) for name in names if len(name) <= _OPTION_WIDTH), default=0)
    for heading, records in sections.items():
        if records:
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), text) for name, text in records], width)
