"""What is kept on the disk between processes: machine code, and the simulations of matches."""

import contextlib
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from degradekit_cli.checkup.findings import Finding

_WARM_UP = 'python -c "import degradekit; degradekit.warm_up()"'


def machine_code() -> Iterator[Finding]:
    """Look for numba's machine code of the compiled functions."""
    from degradekit.functional.compiled import cache_folder, is_cached
    from degradekit.wording import byte_size

    folders = {function: folder for function in _compiled_functions() if (folder := cache_folder(function))}
    if not folders:
        text = "no folder is writable for machine code, so each process compiles for itself, for many seconds"
        yield Finding("machine code", "problem", text, "set NUMBA_CACHE_DIR to a folder that is writable")
        return
    kept = sum(map(is_cached, folders))
    size = sum(file.stat().st_size for folder in set(folders.values()) for file in folder.glob("*.nb[ci]"))
    where = " and ".join(sorted(map(str, set(folders.values()))))
    if kept:
        text = f"{kept} of {len(folders)} functions are compiled, {byte_size(size)} in {where}"
        yield Finding("machine code", "ok", text)
    else:
        text = f"nothing is compiled yet in {where}; the first use of a recipe takes some seconds longer"
        yield Finding("machine code", "note", text, f"ahead of time: {_WARM_UP}")


def simulations() -> Iterator[Finding]:
    """Look for the simulations that matches have kept."""
    from degradekit.functional.own_folders import own_folder
    from degradekit.matching.cache import FOLDER
    from degradekit.wording import byte_size, counted

    folder = own_folder(*FOLDER)
    if folder is None:
        text = "no folder of yours is writable for simulations, so each match draws anew"
        yield Finding("match cache", "note", text, "make the cache of your home writable, or set XDG_CACHE_HOME")
        return
    files = list(folder.glob("*.npz"))
    size = sum(file.stat().st_size for file in files)
    yield Finding("match cache", "ok", f"{counted(len(files), 'simulation')}, {byte_size(size)} in {folder}")


def _compiled_functions() -> Iterator[Any]:
    """Yield the functions that numba compiles and whose machine code is kept."""
    from degradekit import functional

    seen = set()
    for module_info in pkgutil.iter_modules(functional.__path__, f"{functional.__name__}."):
        with contextlib.suppress(ImportError):  # of OpenCV, for which another check has words
            for each in vars(import_module(module_info.name)).values():
                if hasattr(each, "stats") and hasattr(each, "py_func") and id(each) not in seen:
                    seen.add(id(each))
                    yield each
