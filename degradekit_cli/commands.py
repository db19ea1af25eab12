"""What all commands share: how they are stopped, and how they print errors of the library."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from degradekit_cli.headings import write_options
from degradekit_cli.stopping import stopped_by_signals
from degradekit_cli.streams import lasting_streams, lost_output


def echo(text: str, err: bool = False, file: Any = None) -> None:
    """Print a line, with whatever is not printable in it escaped, as names of files may hold it."""
    from degradekit.wording import printable

    click.echo(printable(text), file=file, err=err)


class Failure(click.ClickException):
    """A command's end with a message of one line or several, and exit status 1."""

    def show(self, file: Any = None) -> None:
        """Print the message; a line that is indented belongs to the one above."""
        for line in self.message.split("\n"):
            echo(line if line.startswith(" ") else f"error: {line}", file=file, err=file is None)


class Stopped(click.ClickException):
    """A command's end because the person has stopped it."""

    exit_code = 130

    def show(self, file: Any = None) -> None:
        """Print the message without the word `Error`; importing anything may fail where an import was interrupted."""
        click.echo(self.message, file=file, err=file is None)


@contextmanager
def _stopped_in_words(words: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as stop:
        raise Stopped("\n".join([*getattr(stop, "__notes__", ()), words])) from None


class Group(click.Group):
    """All commands, called as a process of their own, in sections of the help text."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._sections: dict[str, list[str]] = {}

    def add_section(self, heading: str, *commands: click.Command) -> None:
        """Add commands, below a heading of the help text."""
        for command in commands:
            self.add_command(command)
        self._sections[heading] = [str(command.name) for command in commands]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands below their headings, with all explanations in one column."""
        width = max(map(len, self.commands))
        limit = formatter.width - width - 6
        for heading, names in self._sections.items():
            with formatter.section(heading):
                rows = [(name.ljust(width), self.commands[name].get_short_help_str(limit)) for name in names]
                formatter.write_dl(rows)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command, with streams that cannot end it and signals as KeyboardInterrupt, and end the process."""
        with lasting_streams(), stopped_by_signals():
            return self.main(*args, **kwargs)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the arguments."""
        with _stopped_in_words("stopped"):
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that the arguments name."""
        with _stopped_in_words("stopped"):
            return super().invoke(ctx)


class Command(click.Command):
    """A command that ends in words, without a traceback, whatever ends it.

    Attributes:
        stopped: What it prints when it is stopped.
        prints: Whether what it prints is all that it makes, so that it fails where this cannot be written.
    """

    stopped = "stopped"
    prints = False

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options below their headings."""
        write_options([each for each in self.get_params(ctx) if isinstance(each, click.Option)], ctx, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse empty arguments, as of shell variables that are not set: as paths they would be the current folder."""
        for before, word in zip(["", *args], args, strict=False):
            if not word or re.fullmatch(r"--[^=]+=", word):
                which = f"after {before} " if before and not word else f"{word} " if word else ""
                raise click.UsageError(f"an argument {which}is empty; is it a shell variable that is not set?", ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _stopped_in_words(self.stopped):
            return self._invoke(ctx)

    def _invoke(self, ctx: click.Context) -> Any:
        from degradekit.decoders import silence_decoders
        from degradekit.errors import DegradekitError
        from degradekit.locations import working_folder

        silence_decoders()
        try:
            working_folder()
            result = super().invoke(ctx)
        except click.exceptions.Exit:
            self._check_output()
            raise
        except DegradekitError as error:
            raise Failure("\n".join(map(self.with_dashes, str(error).split("\n")))) from error
        except ImportError as error:  # a package is missing or broken, or a library of the system that it needs
            raise Failure(f"{error}; `degradekit doctor` looks at this installation and has the cure") from error
        except OSError as error:
            named = (
                f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror or str(error)
            )
            raise Failure(named) from error
        self._check_output()
        return result

    def _check_output(self) -> None:
        """Report that something could not be printed, unless its reader had enough, as in `... | head`."""
        lost = lost_output()
        if lost is not None and lost.errno != errno.EPIPE:
            message = f"stdout: cannot be written: {lost.strerror}"
            if self.prints:
                raise Failure(message)
            echo(f"note: {message}", err=True)

    def with_dashes(self, line: str) -> str:
        """Name options as the command line does, where the library names its parameters: `min_size`, `strict=True`."""
        for parameter in self.params:
            if isinstance(parameter, click.Option) and parameter.name:
                line = re.sub(rf"^{parameter.name}(?=: )", max(parameter.opts, key=len), line)
        return re.sub(r"\b(\w+)=True\b", lambda flag: "--" + flag[1].replace("_", "-"), line)


class ResumableCommand(Command):
    """A command that goes on where it stopped when it is run again."""

    stopped = "stopped; run the same command again to resume from the last finished shard"


class PrintingCommand(Command):
    """A command that makes nothing but what it prints."""

    prints = True
