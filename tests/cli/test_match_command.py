"""`degradekit match`, with a match that is made up."""

import json
import shutil

import pytest
from click.testing import CliRunner
from made_up_match import made_up_match, refused_match

from degradekit import recipes
from degradekit.matching import report
from degradekit_cli.main import main


@pytest.fixture
def folder(photos, tmp_path, monkeypatch):
    """The current folder, with a folder of HR photos, and one of LRs by its name."""
    shutil.copytree(photos, tmp_path / "hr")
    shutil.copytree(photos, tmp_path / "real" / "LR")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def calls(monkeypatch):
    """Each call of `degradekit.match`, which measures nothing here."""
    calls = []

    def match(*photos, progress, **options):
        progress.note("drawing 3,000 LRs, which takes about 4 minutes")
        calls.append((photos, options))
        return made_up_match()

    monkeypatch.setattr("degradekit.matching.match_photos.match", match)
    return calls


def run(*arguments):
    return CliRunner().invoke(main, ["match", "real", "--hr", "hr", *arguments])


def test_what_is_asked_for_is_written_and_a_summary_is_printed(folder, calls):
    arguments = ["-o", "out/fitted.yaml", "--html", "report.html", "--json", "report.json", "--seed", "3"]
    done = run(*arguments, "--preset", "real-esrgan", "--draws", "500", "--workers", "0")
    assert done.exit_code == 0, done.output
    match, command = made_up_match(), f"degradekit match real --hr hr {' '.join(arguments)}"
    command += " --preset real-esrgan --draws 500 --workers 0"
    assert done.stdout.startswith(report.text(match))
    assert done.stderr == "drawing 3,000 LRs, which takes about 4 minutes\n"
    assert recipes.load(folder / "out" / "fitted.yaml") == match.recipe
    assert (folder / "report.html").read_text(encoding="utf-8") == report.html(match, command)
    assert (folder / "report.json").read_text(encoding="utf-8") == report.to_json(match, command)
    assert [line.partition(":")[0] for line in done.stdout.splitlines()[-3:]] == arguments[1:6:2]
    ((real, hr, recipe), options) = calls[0]
    assert (real, hr, recipe.scale) == ("real", ("hr",), 4)
    assert (options["draws"], options["seed"], options["widen"], options["photos"]) == (500, 3, 1.25, None)


@pytest.mark.usefixtures("calls")
def test_a_mixture_keeps_some_of_the_recipe_before_the_fit(folder):
    done = run("-o", "mixed.yaml", "--mix", "0.7")
    assert done.exit_code == 0, done.output
    mixture = recipes.load(folder / "mixed.yaml")
    assert tuple(mixture.weights) == (0.7, 0.3)
    assert [child.name for child in mixture.children] == ["fitted", "preset"]


def test_that_nothing_is_fitted_is_stated_and_no_failure(folder, monkeypatch):
    monkeypatch.setattr("degradekit.matching.match_photos.match", lambda *_, **__: refused_match())
    done = run("-o", "fitted.yaml", "--json", "report.json")
    assert done.exit_code == 0
    assert done.stdout.startswith("3 real photos can be used, and a fit needs at least 10: nothing is fitted.\n")
    assert recipes.load(folder / "fitted.yaml") == refused_match().preset
    assert not json.loads((folder / "report.json").read_text(encoding="utf-8"))["is_fitted"]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--mix", "0.5"], 2, "--mix: is a share of the recipe that is written; give --output too"),
        (["--mix", "1.5", "-o", "a.yaml"], 2, "--mix: must be between 0 and 1 (got 1.5)"),
        (["--html", "a", "--json", "./a"], 2, "--html, --json: must be different files"),
        (["--html", "real/LR/chelsea.png"], 2, "--html: must not be one of the photos (got 'real/LR/chelsea.png')"),
        (["-o", "hr/chelsea.png"], 2, "--output: must not be one of the photos (got 'hr/chelsea.png')"),
        (["--json", "real"], 1, "error: real: cannot be written (it is not a regular file)"),
        (["--preset", "real-esrgam"], 1, "error: --preset: unknown name 'real-esrgam'"),
        (["--set", "stages.7.noise=1"], 1, "error: stages: must be followed by an index from 0 to 1 (got '7')"),
    ],
)
def test_a_mistake_is_explained_in_a_line_before_any_work(arguments, status, message, folder, calls):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    done = run(*arguments)
    assert (done.exit_code, calls) == (status, [])
    assert message in done.stderr
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--photos", "0"], "error: --photos: must be"),
        (["--draws", "5"], "error: --draws: must be"),
        (["--widen", "0.5"], "error: --widen: must be"),
    ],
)
def test_rules_of_the_library_name_the_option(arguments, message):
    done = run(*arguments)
    assert done.exit_code == 1
    assert done.stderr.startswith(message)
