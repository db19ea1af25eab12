"""Blocks of the pages that are not run: commands have the options that they name, and data can be read."""

import json
import re
import shlex
import tomllib

import click
import pytest
import yaml
from pages import DOCUMENTS, page

from degradekit_cli.main import main

READ = {"yaml": yaml.safe_load, "toml": tomllib.loads, "json": json.loads}
KNOWN = {"python", "sh", "text", "console", "dockerfile", *READ}
"""The languages of blocks; test_docs.py runs the first two."""


def blocks_of(text: str) -> list[tuple[str, str]]:
    return re.findall(r"^```(.*)\n((?s:.*?))^```$", text, re.MULTILINE)


def commands_in(text: str) -> list[str]:
    """Return the command lines in blocks and between backticks, without the explanations beside them."""
    lines = [line for _, code in blocks_of(text) for line in code.replace("\\\n", " ").splitlines()]
    spans = re.findall(r"`([^`]+)`", re.sub(r"^```(?s:.*?)^```$", "", text, flags=re.MULTILINE))
    lines += [" ".join(span.split()) for span in spans]
    commands = [re.split(r"\s{2,}|\s#", line.strip().removeprefix("$ "))[0] for line in lines]
    return [command for command in commands if re.match(r"degradekit [a-z]", command)]


def refusal(line: str) -> str:
    """Return what the command line would answer to the names of commands and options; nothing if they exist."""
    command: click.Command = main
    words = shlex.split(line)[1:]
    try:
        while isinstance(command, click.Group) and words:
            _, command, words = command.resolve_command(click.Context(command), words)
        command.make_parser(click.Context(command, info_name=command.name)).parse_args(words)
    except click.UsageError as error:
        return error.format_message()
    return ""


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_have_the_options_that_they_name(document):
    commands = commands_in(page(document))
    assert [f"{command}: {refusal(command)}" for command in commands if refusal(command)] == []


def test_commands_are_seen_with_their_mistakes():
    text = "`degradekit synth --order 2`\n```text\n$ degradekit train \\\nnet --none   words\n```\n`degradekit none`"
    commands = commands_in(text)
    assert commands == ["degradekit train", "degradekit synth --order 2", "degradekit none"]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_blocks_have_a_language_that_something_checks(document):
    text = page(document)
    languages = {language for language, _ in blocks_of(text) if not language.startswith("{")}
    assert languages <= KNOWN, "a block without a known language is never run"
    assert not re.search(r"^( +```|~~~)", text, re.MULTILINE), "a block must begin a line, or nothing runs it"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_data_in_blocks_can_be_read(document):
    """Other tests load recipes and option files."""
    for language, code in blocks_of(page(document)):
        assert language not in READ or READ[language](code)
