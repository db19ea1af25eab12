"""How commands end that cannot do what they are asked for."""

import errno

import click
from click.testing import CliRunner

from degradekit_cli.commands import Command


def test_a_closed_pipe_ends_a_command_without_a_message():
    """As in `degradekit inspect shards/ | head -1`."""

    @click.command(cls=Command)
    def write() -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    done = CliRunner().invoke(write)
    assert (done.exit_code, done.output) == (1, "")
