"""What all commands share: how an error of the library reaches the person at the terminal."""

import re
from typing import Any

import click


class Failure(click.ClickException):
    """A command's end with a message of one line or several, and exit status 1."""

    def show(self, file: Any = None) -> None:
        """Print the message; a line that is indented belongs to the one above."""
        for line in self.message.splitlines():
            click.echo(line if line.startswith(" ") else f"error: {line}", file=file, err=file is None)


class Command(click.Command):
    """A command whose library errors end it in words, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        from degradekit.errors import DegradekitError

        try:
            return super().invoke(ctx)
        except DegradekitError as error:
            raise Failure("\n".join(map(self._with_dashes, str(error).splitlines()))) from error
        except BrokenPipeError:
            raise  # of `... | head`, which click ends quietly
        except OSError as error:
            named = (
                f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror or str(error)
            )
            raise Failure(named) from error

    def _with_dashes(self, line: str) -> str:
        """Name options as the command line does, where the library names its parameters: `min_size`, `strict=True`."""
        for parameter in self.params:
            if isinstance(parameter, click.Option) and parameter.name:
                line = re.sub(rf"^{parameter.name}(?=: )", max(parameter.opts, key=len), line)
        return re.sub(r"\b(\w+)=True\b", lambda flag: "--" + flag[1].replace("_", "-"), line)
