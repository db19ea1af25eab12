"""Which picture files are enlarged, and what the enlarged ones are called."""

import os
import unicodedata
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from degradekit.errors import Mistake
from degradekit.picture_files import WRITABLE
from degradekit.picture_folders import LeftOut, left_out_lines, pictures_in
from degradekit_models.upscale import UpscaleError


class Job(NamedTuple):
    """A picture file to read, and the file to write.

    Attributes:
        source: The file to read.
        target: The file to write.
        name: What the source is called in lists: its path below the folder.
    """

    source: Path
    target: Path
    name: str


def plan_jobs(source: Path, target: Path, left_out: LeftOut | None = None, format: str | None = None) -> list[Job]:
    """Return the files to read and to write.

    Pictures of a folder become PNGs of the same names, or files of `format`; where that would be one name for several,
    all of these keep their extensions: a.jpg and a.png become a.jpg.png and a.png.png.

    Args:
        source: A picture file or a folder.
        target: A file or folder for one picture, a folder for a folder.
        left_out: Counts the files of the folder that are not taken for pictures.
        format: An extension of `WRITABLE` without its dot; None is png, or what a target file's name says.

    Raises:
        UpscaleError: There is nothing to read, a picture would be written over one that is read, two pictures would
            be written to the same file, or a target has another extension than `write_picture` takes.
    """
    if format is not None and f".{format}" not in WRITABLE:
        known = ", ".join(extension[1:] for extension in WRITABLE)
        raise UpscaleError(Mistake("format", f"must be one of {known}", format))
    extension = f".{format or 'png'}"
    if source.is_dir():
        jobs = _jobs_of_folder(source, target, extension, LeftOut() if left_out is None else left_out)
    elif not source.exists():
        raise UpscaleError(f"source: no such file or folder (got {str(source)!r})")
    elif target.is_dir() or not target.suffix:
        jobs = [Job(source, target / f"{source.stem}{extension}", source.name)]
    elif format is not None and target.suffix.lower() != extension:
        raise UpscaleError(Mistake("format", f"must be left out, or be that of {target.name!r}", format))
    else:
        jobs = [Job(source, target, source.name)]
    sources = {_identity(job.source) for job in jobs}
    for job in jobs:
        if job.target.suffix.lower() not in WRITABLE:
            raise UpscaleError(f"target: must end in {', '.join(WRITABLE)} (got {str(job.target)!r})")
        if _identity(job.target) in sources:
            raise UpscaleError(
                f"target: must not be where the sources are; choose another folder or name (got {str(job.target)!r})"
            )
    return jobs


def _jobs_of_folder(source: Path, target: Path, extension: str, left_out: LeftOut) -> list[Job]:
    if target.exists() and not target.is_dir():
        raise UpscaleError(f"target: must be a folder, as the source is one (got {str(target)!r})")
    paths, inside = pictures_in(source, left_out), os.path.realpath(target)
    if inside != os.path.realpath(source):  # a target inside of the source holds what an earlier call has made
        results = [path for path in paths if Path(os.path.realpath(path)).is_relative_to(inside)]
        for path in results:
            left_out.add("pictures in the target", path.relative_to(source).as_posix())
        paths = sorted(set(paths).difference(results))
    if not paths:
        reasons = "".join(f"; {line}" for line in left_out_lines(left_out.named()))
        raise UpscaleError(f"source: has no pictures in it{reasons} (got {str(source)!r})")
    keep_extension: set[Path] = set()
    while True:
        names = {path: _name(path.relative_to(source), extension, path in keep_extension) for path in paths}
        counts = Counter(map(_folded, names.values()))
        colliding = [path for path in paths if counts[_folded(names[path])] > 1]
        if not colliding:
            return [Job(path, target / names[path], path.relative_to(source).as_posix()) for path in paths]
        if keep_extension.issuperset(colliding):
            one, other = [path for path in colliding if _folded(names[path]) == _folded(names[colliding[0]])][:2]
            raise UpscaleError(
                f"source: two pictures would be written to {str(target / names[one])!r}, on disks that do not"
                f" distinguish capitals at least; rename one (got {str(one)!r} and {str(other)!r})"
            )
        keep_extension.update(colliding)


def _name(path: Path, extension: str, keep_extension: bool) -> Path:
    return path.with_suffix(f"{path.suffix}{extension}" if keep_extension else extension)


def _folded(path: Path) -> str:
    """Return a path as it is compared by disks that know neither capitals nor Unicode's several spellings."""
    return unicodedata.normalize("NFC", path.as_posix()).casefold()


def _identity(path: Path) -> object:
    """Return what is equal for two paths to the same file, by links too."""
    try:
        status = path.stat()
    except OSError:  # it does not exist yet, or is a link to itself
        return os.path.realpath(path)
    return status.st_dev, status.st_ino
