"""What a shell completes, by the protocol of click's scripts."""

import os
import shutil
import subprocess
import sys

import click
import pytest
from click.shell_completion import ShellComplete
from command_tree import commands

from degradekit import recipes
from degradekit.presets import NAMES
from degradekit_cli.main import main

COMPLETE = ShellComplete(main, {}, "degradekit", "_DEGRADEKIT_COMPLETE")
COMMANDS = commands()


def completed(line: str) -> list[tuple[str, str]]:
    """Return type and value of each completion of the last word of a line."""
    *words, last = line.split(" ")
    return [(item.type, item.value) for item in COMPLETE.get_completions(words, last)]


def plain(line: str) -> list[str]:
    return [value for kind, value in completed(line) if kind == "plain"]


@pytest.mark.parametrize(
    "line",
    [
        "synth pho",
        "synth photos shar",
        "inspect s3",
        "verify sh",
        "match real/ --hr p",
        "synth --recipe m",
        "recipe show ./mine.y",
        "recipe diff bsrgan mi",
        "recipe validate m",
        "upscale weights.pth p",
        "train net sh",
        "doctor --json r",
    ],
)
def test_paths_are_completed_by_the_shell(line):
    assert completed(line) == [("file", line.split()[-1])]


def test_a_folder_that_is_made_is_completed_among_folders():
    assert completed("bench -o o") == [("dir", "o")]


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("synth --preset real-e", ["real-esrgan"]),
        ("recipe show real-e", ["real-esrgan"]),
        ("recipe diff bsrgan real-e", ["real-esrgan"]),
        ("synth --format ", ["parquet", "webdataset", "folder", "null"]),
        ("export --format f", ["folder"]),
        ("synth --small ", ["pad", "skip", "keep"]),
        ("synth --engine r", ["ray"]),
        ("train net --precision b", ["bf16"]),
        ("train show ", ["net", "gan"]),
        ("upscale --device c", ["cuda", "cpu"]),
        ("completion ", ["bash", "zsh", "fish"]),
        ("synth --tile ", []),
        ("train net --loss-weights ", []),
    ],
)
def test_names_are_completed(line, values):
    assert completed(line) == [("plain", value) for value in values]


def test_all_presets_are_offered():
    assert plain("preview --preset ") == list(NAMES)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("synth --set stages.1.compress.q", "stages.1.compress.quality="),
        ("synth --preset bsrgan --set children.1.q", "children.1.quality="),
        ("recipe show bicubic --set sc", "scale="),
    ],
)
def test_fields_are_those_of_the_recipe_that_the_line_names(line, field):
    assert completed(line) == [("plain", field)]


@pytest.mark.parametrize("name", ["real-esrgan", "bsrgan", "web-repost"])
def test_every_field_that_is_offered_can_be_set(name):
    recipe = recipes.named(name)
    for field in plain(f"recipe show {name} --set "):
        value = recipe.spelled_out.to_dict()
        for part in field.removesuffix("=").split("."):
            value = value[int(part)] if isinstance(value, list) else value[part]
        recipes.changed(recipe, {field.removesuffix("="): value})


def test_a_recipe_that_cannot_be_read_has_no_fields_to_offer():
    assert completed("synth --recipe gone.yaml --set st") == []
    assert completed("synth --preset gone --set st") == []


@pytest.mark.parametrize("words", COMMANDS)
def test_every_text_of_every_command_has_completions_or_a_metavar_that_says_why_not(words):
    for parameter in COMMANDS[words].params:
        if isinstance(parameter.type, click.types.StringParamType | click.Path):
            assert parameter.shell_complete.func.__module__ == "degradekit_cli.completion"


def test_completing_starts_no_worker(monkeypatch):
    monkeypatch.setattr("degradekit.dataset.fork_server.start", lambda: pytest.fail("a process was started"))
    assert completed("synth photos --small p") == [("plain", "pad")]


SCRIPTS = {
    "bash": """
    eval "$(degradekit completion bash)"
    compopt() { options="$options $1 $2"; }
    COMP_WORDS=(degradekit recipe show --set ord) COMP_CWORD=4 options=
    _degradekit_completion degradekit
    echo "${COMPREPLY[@]}$options"
    """,
    "zsh": """
    compdef() { : }
    compadd() { print -r -- "${completions[@]} ${(qq)@}" }
    eval "$(degradekit completion zsh)"
    words=(degradekit recipe show --set ord) CURRENT=5
    _degradekit_completion
    """,
    "fish": """
    degradekit completion fish | source
    complete -C "degradekit recipe show --set ord"
    complete -C "degradekit insp"
    """,
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shell", "expected"),
    [
        ("bash", "order= -o nospace\n"),
        ("zsh", "order= '-S' '' '-U' '-V' 'unsorted' '-a' 'completions'\n"),
        ("fish", "order=\ninspect\tPrint what is in a dataset, and how its draws compare.\n"),
    ],
)
def test_a_shell_takes_its_script(shell, expected, tmp_path):
    """A field ends without a space, as its value follows; fish puts none after `=` by itself."""
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    (tmp_path / "degradekit").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m degradekit_cli "$@"\n')
    (tmp_path / "degradekit").chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run([shell, "-c", SCRIPTS[shell]], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout == expected


@pytest.mark.parametrize(("shell", "own"), [("bash", "-o nospace"), ("zsh", "no_space=(-S '')"), ("fish", "--max 1")])
def test_there_is_a_script_for_each_shell(shell, own):
    """It has what is changed in the script of click, of whatever version."""
    from terminal import degradekit_in_process

    script = degradekit_in_process("completion", shell).stdout
    assert f"_DEGRADEKIT_COMPLETE={shell}_complete" in script
    assert own in script
