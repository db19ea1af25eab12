"""The help texts of all commands."""

import re

import pytest
from click.testing import CliRunner

from degradekit_cli.main import main


def help_of(*words: str) -> str:
    """The help text of a command, as a terminal of 80 columns shows it."""
    return CliRunner().invoke(main, [*words, "--help"], prog_name="degradekit", terminal_width=80).output


def test_every_command_stands_in_one_section():
    names = re.findall(r"^  ([a-z][\w-]*)  +[A-Z]", help_of(), re.MULTILINE)
    assert sorted(names) == sorted(main.commands)


@pytest.mark.parametrize("words", [[], ["recipe"], ["train"]], ids=" ".join)
def test_what_a_command_does_is_not_cut_off(words):
    _, *lines = help_of(*words).splitlines()
    assert [line for line in lines if line.endswith("...")] == []
