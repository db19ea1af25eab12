"""Where machine code is kept: never where another user could put in some of his own."""

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

import degradekit
from degradekit.functional import machine_code, own_folders
from degradekit.functional.compiled import cache_folder, compiled, inlined

pytestmark = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="numba is switched off")
posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")

READ_ONLY = "/proc/self/module.py" if sys.platform == "linux" else "/module.py"
"""A source in a folder that takes no files, not even root's."""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A folder for temporary files, for a user without a home."""
    monkeypatch.setattr(own_folders.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(own_folders.AppDirs, "user_cache_dir", "~/.cache/numba")
    machine_code._folder.cache_clear()
    yield tmp_path
    machine_code._folder.cache_clear()


def test_machine_code_lies_beside_the_source(tmp_path):
    assert machine_code._folder(str(tmp_path / "module.py"), "") == tmp_path / "__pycache__"


def test_a_chosen_folder_is_taken_as_it_is(tmp_path):
    folder = machine_code._folder(READ_ONLY, str(tmp_path / "chosen"))
    assert folder is not None
    assert folder.parent == tmp_path / "chosen"


@posix
def test_without_a_home_a_temporary_folder_that_no_other_user_can_enter_is_taken(temporary, monkeypatch):
    monkeypatch.chdir(temporary)
    folder = machine_code._folder(READ_ONLY, "")
    assert folder is not None
    assert folder.parent == temporary / f"degradekit-{os.getuid()}"
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    assert not Path("~").exists()


@posix
@pytest.mark.parametrize("mode", [0o777, 0o750])
def test_a_temporary_folder_that_others_can_enter_is_not_taken(mode, temporary):
    planted = temporary / f"degradekit-{os.getuid()}"
    planted.mkdir()
    planted.chmod(mode)
    assert machine_code._folder(READ_ONLY, "") is None


@posix
def test_a_temporary_folder_that_others_can_replace_is_not_taken(temporary):
    temporary.chmod(0o777)
    assert machine_code._folder(READ_ONLY, "") is None
    machine_code._folder.cache_clear()
    temporary.chmod(0o1777)  # as /tmp is
    assert machine_code._folder(READ_ONLY, "") is not None


@posix
@pytest.mark.parametrize("is_private", [True, False])
def test_a_temporary_folder_of_a_group_is_taken_if_nobody_else_is_in_it(is_private, temporary, monkeypatch):
    temporary.chmod(0o770)
    monkeypatch.setattr(own_folders, "_is_private", lambda _: is_private)
    assert (machine_code._folder(READ_ONLY, "") is not None) == is_private


@posix
def test_a_group_with_other_members_or_without_an_entry_is_not_private(monkeypatch):
    import grp
    import pwd

    ada = pwd.struct_passwd(("ada", "x", 1000, 1000, "", "/home/ada", "/bin/sh"))
    groups = {1000: ("ada", "x", 1000, []), 1001: ("ada", "x", 1001, []), 100: ("users", "x", 100, ["ada"])}
    monkeypatch.setattr(pwd, "getpwuid", lambda _: ada)
    monkeypatch.setattr(grp, "getgrgid", lambda group_id: grp.struct_group(groups[group_id]))
    assert [own_folders._is_private(group_id) for group_id in (1000, 1001, 100, 7)] == [True, False, False, False]
    groups[1000] = ("ada", "x", 1000, ["ada", "bob"])
    assert not own_folders._is_private(1000)


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_the_folder_of_another_user_is_not_taken(temporary):
    planted = temporary / "degradekit-0"
    planted.mkdir(mode=0o700)
    os.chown(planted, 1, 1)
    assert machine_code._folder(READ_ONLY, "") is None


@pytest.mark.skipif(sys.platform != "linux", reason="only there is an unwritable folder for everyone")
def test_the_library_works_without_any_folder(tmp_path):
    """In a process of its own, as in a container: nothing is writable, and there is no home."""
    code = (
        "import tempfile; tempfile.tempdir = '/proc/none'\n"
        "import degradekit.functional.levels as levels, numpy as np\n"
        "print(levels.to_pixels(np.ones(1, np.float32)), levels._round.stats.cache_path)"
    )
    environment = {"NUMBA_CACHE_DIR": "/proc/none", "HOME": "/proc/none", "PATH": os.environ["PATH"]}
    environment["PYTHONPATH"] = str(Path(degradekit.__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("[255] None\n", "")
    assert not list(tmp_path.iterdir())


def test_a_change_of_a_function_that_is_called_makes_the_code_stale(tmp_path, monkeypatch):
    sources = tmp_path / "sources"
    shutil.copytree(machine_code._SOURCES, sources, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(machine_code, "_SOURCES", sources)
    machine_code._stamp.cache_clear()
    before = machine_code._stamp(__file__)
    with (sources / "bits.py").open("a") as file:
        file.write("# changed\n")
    machine_code._stamp.cache_clear()
    assert machine_code._stamp(__file__) != before
    machine_code._stamp.cache_clear()


def test_compiling_for_more_than_a_moment_is_logged_once(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(machine_code._notice, "_functions", 0)
    function = compiled(lambda x: x)
    with caplog.at_level(logging.WARNING, "degradekit"):
        for compilations, kind in enumerate("bhilBHIL", start=1):
            function(np.ones(1, kind))
            assert len(caplog.messages) == (compilations > 4)
    assert caplog.messages == [machine_code.COMPILING]


def test_an_inlined_function_is_part_of_its_caller(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))

    @inlined
    def double(x):
        return 2 * x

    def caller(x):
        return double(x) + 1

    function = compiled(caller)
    assert function(3) == 7
    assert not double.overloads
    assert cache_folder(function) == next(tmp_path.iterdir())
