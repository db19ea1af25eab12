"""All commands of the command line, for tests of what holds for each of them."""

import click

from degradekit_cli.main import main


def commands(group: click.Group = main) -> dict[str, click.Command]:
    """Return all commands but groups of them, by their words."""
    named: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        inner = commands(command) if isinstance(command, click.Group) else {"": command}
        named |= {f"{name} {words}".strip(): each for words, each in inner.items()}
    return named
