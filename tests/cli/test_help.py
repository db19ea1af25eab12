"""The help texts of all commands, and the options that they name."""

import re
from collections import defaultdict

import click
import pytest
from click.testing import CliRunner
from command_tree import commands

from degradekit_cli.headings import HEADINGS, Option
from degradekit_cli.main import main

COMMANDS = commands()
NAMED: dict[str, list[Option]] = defaultdict(list)
"""The options of all commands by each name."""
for _command in COMMANDS.values():
    for _option in _command.params:
        if isinstance(_option, Option):
            for _name in (*_option.opts, *_option.secondary_opts):
                NAMED[_name].append(_option)


def help_of(*words: str) -> str:
    """The help text of a command, as a terminal of 80 columns shows it."""
    return CliRunner().invoke(main, [*words, "--help"], prog_name="degradekit", terminal_width=80).output


def meaning(option: Option) -> str:
    """What an option means in every command: its explanation up to what holds for one of them."""
    text = option.help or ""
    return "Where to write" if text.startswith("Where to write ") else re.split(r"; |\. |\.$", text)[0]


def former(parameter: click.Parameter) -> list[str]:
    """The names that an option once had."""
    return [*parameter.former] if isinstance(parameter, Option) else []


def test_every_command_stands_in_one_section():
    names = re.findall(r"^  ([a-z][\w-]*)  +[A-Z]", help_of(), re.MULTILINE)
    assert sorted(names) == sorted(main.commands)


@pytest.mark.parametrize("words", [[], ["recipe"], ["train"]], ids=" ".join)
def test_what_a_command_does_is_not_cut_off(words):
    _, *lines = help_of(*words).splitlines()
    assert [line for line in lines if line.endswith("...")] == []


@pytest.mark.parametrize("words", ["", "recipe", "train", *COMMANDS])
def test_a_help_text_fits_into_eighty_columns_with_explanations_in_one(words):
    text = help_of(*words.split())
    assert max(map(len, text.splitlines())) <= 80
    options = [section for section in text.split("\n\n") if section.partition(":")[0] in (*HEADINGS, "Options")]
    assert options
    columns = {match.end() - match.start() for match in re.finditer(r"^  -.*?  +(?=\S)", "\n".join(options), re.M)}
    assert len(columns) == 1


@pytest.mark.parametrize("words", COMMANDS)
def test_every_option_stands_below_a_heading(words):
    for option in COMMANDS[words].params:
        assert isinstance(option, click.Argument) or option.heading in HEADINGS, option.name
    headings = re.findall(r"^(\w+):", help_of(*words.split()), re.MULTILINE)[1:]  # the first is Usage
    assert headings == [heading for heading in (*HEADINGS, "Options") if heading in headings]


@pytest.mark.parametrize("name", [name for name, options in NAMED.items() if len(options) > 1])
def test_an_option_has_one_meaning_in_all_commands(name):
    def kind(option: Option) -> tuple[object, ...]:
        return option.heading, meaning(option), option.multiple, option.is_flag, option.type.name

    assert len({kind(option) for option in NAMED[name]}) == 1, [kind(option) for option in NAMED[name]]


@pytest.mark.parametrize("words", [words for words, command in COMMANDS.items() if any(map(former, command.params))])
def test_a_former_name_works_and_is_not_shown(words):
    command = COMMANDS[words]
    for option in command.params:
        for name in former(option):
            values, _, _ = command.make_parser(click.Context(command)).parse_args([name, "7"])
            assert values[option.name] == "7"
            assert not re.search(rf"{name}\b(?!-)", help_of(*words.split()))
