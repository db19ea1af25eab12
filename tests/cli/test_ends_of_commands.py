"""How commands end that cannot do what they are asked for."""

import errno

import click
from click.testing import CliRunner

from degradekit_cli.commands import Command
from degradekit_cli.main import main


def test_a_closed_pipe_ends_a_command_without_a_message():
    """As in `degradekit inspect shards/ | head -1`."""

    @click.command(cls=Command)
    def write() -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    done = CliRunner().invoke(write)
    assert (done.exit_code, done.output) == (1, "")


def test_synth_with_one_argument_asks_for_the_other():
    done = CliRunner().invoke(main, ["synth", "photos"])
    assert done.exit_code == 2
    assert done.output.endswith("Error: give one or several SOURCES, and then the TARGET (got only 'photos')\n")
