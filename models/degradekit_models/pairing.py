"""Which pictures are pairs of HR and LR: one rule by the names of folders and files, for `pairs` and `val` alike.

It knows the layouts in which benchmark and training sets are published: HR/ and LR/, GT/ and LQ/, DIV2K_train_HR/ and
DIV2K_train_LR_bicubic/X4/, GTmod12/ and LRbicx4/, image_SRF_4/ with NAME_HR.png beside NAME_LR.png. What could be meant
in two ways is refused.
"""

import os
import re
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple, NoReturn

from degradekit.dataset.sources.choice import LOW_RESOLUTION, SHARPENED, split_by_name
from degradekit.errors import Mistake
from degradekit.folder_walks import list_folder
from degradekit.picture_folders import LeftOut, pictures_in
from degradekit.retrying import reason_of
from degradekit_models.config import ConfigError

Side = Literal["HR", "LR"]
NAME_BOTH = "name both folders, as in 'FOLDER/HR,FOLDER/LR'"
"""The cure where the rule cannot decide."""
_HIGH_RESOLUTION = re.compile(r"(?:^|[^a-z])(?:hr|gt)(?:$|[^a-z]|mod\d)", re.IGNORECASE)
_SCALE = re.compile(r"(?:x|mod|srf_?|lr|lq)(\d+)|^(\d+)$", re.IGNORECASE)
"""The scale in the name of a file or folder: X4, LRbicx4, GTmod4, image_SRF_4, NAME_LR4, or the folder 4."""
_MARK = re.compile(
    r"[-_. ](?P<side>hr|gt|lr|lq)(?:bi|bd|dn|bic|bicubic)?\d?$|[-_. ]?x\d[md]?$|[-_. ]\dx$", re.IGNORECASE
)
"""Side and scale at the end of a file's name, as in NAME_HR, NAME_LR4, NAMEx4, NAMEx4m, NAME_LRBI_x4."""


class PicturePair(NamedTuple):
    """The files of a pair; `lr` is None in a folder of HRs alone."""

    hr: Path
    lr: Path | None


class WantedPairs(NamedTuple):
    """What to look for where a folder holds more than one set of pairs.

    Attributes:
        field: The option whose value the folder is, for errors.
        splits: Names of splits, of which the first that exists is taken.
        scale: HR side / LR side; None accepts any.
    """

    field: str
    splits: tuple[str, ...]
    scale: int | None


def side_of_name(name: str) -> Side | None:
    """Return which side of pairs a folder or column holds, by its name; None where it says neither, or HR_USM."""
    if LOW_RESOLUTION.search(name):
        return "LR"
    return "HR" if _HIGH_RESOLUTION.search(name) and not SHARPENED.search(name) else None


def pairs_in(folder: Path, wanted: WantedPairs, left_out: LeftOut) -> list[PicturePair]:
    """Return the pairs in a folder, sorted by the names of the HRs; of HRs alone where there are no LRs.

    Args:
        folder: Holds a folder of HRs and one of LRs, or pictures with both in their names, at whatever depth the
            scale and the split lead to.
        wanted: What to look for.
        left_out: Counts the pictures without a partner.

    Raises:
        ConfigError: There are no pairs, or several sets of them.
    """
    inner = _folders_in(folder, wanted)
    sides: dict[Side | None, list[str]] = {"HR": [], "LR": [], None: []}
    for name in inner:
        sides[side_of_name(name)].append(name)
    if sides["LR"]:
        lr = _inside(folder / _only(sides["LR"], "folders of LRs", folder, wanted), wanted)
        wanted_hr = wanted._replace(scale=wanted.scale or _scale_in(os.fspath(lr.relative_to(folder))))
        if not sides["HR"]:
            usm = next((name for name in inner if SHARPENED.search(name)), None)
            both = NAME_BOTH.replace("HR", str(usm), 1)
            also = f"; {usm}/ holds sharpened ones: to take them, {both}" if usm else ""
            _refuse(f"must have a folder of HRs beside {lr.relative_to(folder)}/{also}", folder, wanted)
        hr = _inside(folder / _only(sides["HR"], "folders of HRs", folder, wanted_hr), wanted_hr)
        for name in filter(SHARPENED.search, sides[None]):
            left_out.add("folders of sharpened HRs", f"{name}/")
        return pairs_of(hr, lr, wanted, left_out)
    if sides["HR"]:
        hr = _inside(folder / _only(sides["HR"], "folders of HRs", folder, wanted), wanted)
        return [PicturePair(path, None) for path in pictures_in(hr, left_out)]
    pictures = pictures_in(folder, left_out, at_any_depth=False)
    if pictures:
        return _pairs_by_marks(pictures, folder, wanted, left_out)
    if not inner:
        _refuse("must hold pairs, as HR/ and LR/ with pictures of the same names do", folder, wanted)
    return pairs_in(folder / _only(inner, "folders", folder, wanted), wanted, left_out)


def pairs_of(hr: Path, lr: Path, wanted: WantedPairs, left_out: LeftOut) -> list[PicturePair]:
    """Return the pairs of a folder of HRs and one of LRs, sorted.

    Raises:
        ConfigError: There are none, or the partner of a picture is ambiguous.
    """
    hrs, lrs = (_by_name(side, wanted, left_out) for side in (hr, lr))
    pairs = _matched(hrs, lrs, wanted, left_out)
    if not pairs:
        rule = "must hold HRs and LRs whose names are the same, or differ in marks such as _HR, _LR and x4"
        _refuse(rule, f"{hr},{lr}", wanted)
    return pairs


def _pairs_by_marks(pictures: list[Path], folder: Path, wanted: WantedPairs, left_out: LeftOut) -> list[PicturePair]:
    """Return the pairs in one folder, where the names of the files say which are HRs and which LRs."""
    sides: dict[Side | None, dict[str, Path]] = {"HR": {}, "LR": {}, None: {}}
    for path in pictures:
        sides[_plain(path.stem)[1]][path.stem] = path
    if not sides["LR"]:
        if side_of_name(folder.name) == "LR":
            _refuse(f"must hold HRs, and its name says that it holds LRs; {NAME_BOTH}", folder, wanted)
        return [PicturePair(path, None) for path in pictures]
    for path in sides[None].values():
        left_out.add("neither HRs nor LRs by their names", path.name)
    pairs = _matched(sides["HR"], sides["LR"], wanted, left_out)
    return pairs or _refuse("must hold an HR for its LRs, as NAME_HR.png is for NAME_LR.png", folder, wanted)


def _matched(hrs: dict[str, Path], lrs: dict[str, Path], wanted: WantedPairs, left_out: LeftOut) -> list[PicturePair]:
    """Match the pictures of two sides, given by their paths without extension below their folder."""
    pairs = [PicturePair(path, lrs[name]) for name, path in hrs.items() if name in lrs]
    groups: dict[str, tuple[list[str], list[str]]] = {}
    for side, names in enumerate((hrs, lrs)):
        for name in names:
            if name not in hrs or name not in lrs:
                groups.setdefault(_plain(name)[0], ([], []))[side].append(name)
    for hr_candidates, lr_candidates in groups.values():
        if not lr_candidates or not hr_candidates:
            for name in hr_candidates:
                left_out.add("HRs without an LR of the same name", hrs[name].name)
            for name in lr_candidates:
                left_out.add("LRs without an HR of the same name", lrs[name].name)
            continue
        hr_names, lr_names = _of_scale(hr_candidates, wanted.scale), _of_scale(lr_candidates, wanted.scale)
        if len(hr_names) > 1 or len(lr_names) > 1:
            paths = [*(hrs[name] for name in hr_names), *(lrs[name] for name in lr_names)]
            ambiguous = ", ".join(path.name for path in paths[:6])
            rule = f"must pair each HR with one LR; {ambiguous} are ambiguous, so name the pairs in a list"
            _refuse(rule, paths[0].parent, wanted)
        pairs.append(PicturePair(hrs[hr_names[0]], lrs[lr_names[0]]))
    return sorted(pairs)


def _by_name(side: Path, wanted: WantedPairs, left_out: LeftOut) -> dict[str, Path]:
    """Return the pictures in a folder by their paths below it, without extension."""
    paths: dict[str, Path] = {}
    for path in pictures_in(side, left_out):
        other = paths.setdefault(path.relative_to(side).with_suffix("").as_posix(), path)
        if other != path:
            _refuse(f"must pair each HR with one LR; {other.name} and {path.name} have the same name", side, wanted)
    return paths


def _plain(name: str) -> tuple[str, Side | None]:
    """Return a name of a file without its marks, and the side that they name."""
    side: Side | None = None
    while (match := _MARK.search(name)) and match.start() > name.rfind("/") + 1:
        if match["side"]:
            side = "HR" if match["side"].lower() in ("hr", "gt") else "LR"
        name = name[: match.start()]
    return name, side


def _only(names: list[str], what: str, folder: Path, wanted: WantedPairs) -> str:
    """Return the one name that fits what is wanted, by its split and its scale."""
    for split in wanted.splits:
        split_names = [name for name in names if split_by_name(name) == split]
        named = [name for name in split_names if split in name.lower()]  # other names are of the split `train` too
        if split_names:
            names = named or split_names
            break
    names = _of_scale(names, wanted.scale)
    if len(names) > 1:
        _refuse(f"has several {what}: {', '.join(names)}; name one, or {NAME_BOTH}", folder, wanted)
    return names[0]


def _of_scale(names: list[str], scale: int | None) -> list[str]:
    """Return the names of a scale; if there are none those without a scale, or else all, as where any scale will do."""
    scales = [_scale_in(PurePosixPath(name).name) for name in names]
    for accepted in (scale, None) if scale else ():
        if accepted in scales:
            return [name for name, each in zip(names, scales, strict=True) if each == accepted]
    return names


def _inside(folder: Path, wanted: WantedPairs) -> Path:
    """Return the folder of the scale in a folder that holds one for each, as LR_bicubic/ holds X2/, X3/ and X4/."""
    inner = _folders_in(folder, wanted)
    if inner and all(_scale_in(name) for name in inner) and not pictures_in(folder, LeftOut(), at_any_depth=False):
        return folder / _only(inner, "folders", folder, wanted)
    return folder


def _scale_in(name: str) -> int | None:
    match = _SCALE.search(name)
    return int(match[1] or match[2]) if match else None


def _folders_in(folder: Path, wanted: WantedPairs) -> list[str]:
    try:
        return [name for name in list_folder(os.fspath(folder))[0] if not name.startswith(".")]
    except OSError as error:
        _refuse(f"cannot be read ({reason_of(error)})", folder, wanted)


def _refuse(rule: str, value: object, wanted: WantedPairs) -> NoReturn:
    raise ConfigError(Mistake(wanted.field, rule, str(value)))
