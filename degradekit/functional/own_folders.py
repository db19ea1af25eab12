"""Folders on this machine for what a process keeps for the next one, and no other user can touch."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from numba.misc.appdirs import AppDirs


def own_folder(application: str, name: str) -> Path | None:
    """Return a writable folder below the user's cache, or else among the temporary files.

    Args:
        application: The folder of the user's cache that it is in.
        name: Its own name.

    Returns:
        The folder, which exists; None if there is none that only this user can write to.
    """
    for root in _own_roots(application):
        folder = root / name
        if takes_files(folder) and _is_ours(folder):
            return folder
    return None


def _own_roots(application: str) -> Iterator[Path]:
    """Yield the user's cache, and a folder among the temporary files that no other user can enter."""
    user_wide = Path(AppDirs(appname=application, appauthor=False).user_cache_dir)
    if user_wide.is_absolute():  # there is a home
        yield user_wide
    with contextlib.suppress(OSError):  # there is no folder for temporary files
        user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
        root = Path(tempfile.gettempdir()).resolve() / f"degradekit-{user}"
        root.mkdir(mode=0o700, exist_ok=True)
        if not hasattr(os, "getuid") or stat.S_IMODE(root.lstat().st_mode) == 0o700:
            yield root


def takes_files(folder: Path) -> bool:
    """Return whether files can be written into a folder, which is made if there is none."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


def _is_ours(folder: Path) -> bool:
    """Return whether no other user can put files into a folder, or another folder in its stead."""
    if not hasattr(os, "getuid"):  # Windows, where folders of a user are that user's
        return True
    real = folder.resolve()
    for each in (real, *real.parents):
        status = each.stat()
        if status.st_uid not in (0, os.getuid()):
            return False
        if status.st_mode & stat.S_ISVTX and each != real:  # as of /tmp, where nobody can replace what others own
            continue
        if status.st_mode & stat.S_IWOTH or (status.st_mode & stat.S_IWGRP and not _is_private(status.st_gid)):
            return False
    return True


def _is_private(group_id: int) -> bool:
    """Return whether a group is the one that many systems make for each user, with nobody else in it."""
    import grp
    import pwd

    try:
        group, user = grp.getgrgid(group_id), pwd.getpwuid(os.getuid())
    except KeyError:  # as in containers
        return False
    return group.gr_gid == user.pw_gid and group.gr_name == user.pw_name and set(group.gr_mem) <= {user.pw_name}
