"""Python, and the packages that degradekit needs or can use."""

import io
import platform
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Any

from degradekit.extras import OPENCV_BUILDS, installed_version
from degradekit_cli.checkup.findings import Finding

_MODULES = {"opencv-python": "cv2", "pillow": "PIL", "pyyaml": "yaml"}
"""What is imported, where it is not called like the package."""
_HEADLESS = "pip uninstall -y opencv-python && pip install opencv-python-headless"
_OF_DEVELOPERS = ("dev", "docs")
"""The extras for work on degradekit itself."""


def python() -> Iterator[Finding]:
    """Look at Python and the system."""
    system = f"{platform.system()} {platform.release()} on {platform.machine()}"
    text = f"{platform.python_implementation()} {platform.python_version()}, {system}, in {sys.prefix}"
    if sys.maxsize < 2**32:
        yield Finding("Python", "problem", f"{text}; it has 32 bits", "install a Python of 64 bits")
    else:
        yield Finding("Python", "ok", text)


def libraries() -> Iterator[Finding]:
    """Import the packages that degradekit always needs, but for OpenCV."""
    working, broken = [], {}
    for name in _asked_for()[""]:
        if name == "opencv-python":
            continue
        try:
            import_module(_MODULES.get(name, name.replace("-", "_")))
            working.append(f"{name} {version(name)}")
        except PackageNotFoundError:  # it is there, without its metadata
            working.append(name)
        except Exception as error:  # a package whose parts do not fit together raises nearly anything
            is_missing = isinstance(error, ModuleNotFoundError) and not _is_installed(name)
            broken[name] = "is not installed" if is_missing else f"cannot be imported: {error}"
    yield Finding("libraries", "ok", ", ".join(working))
    for name, text in broken.items():
        yield Finding("libraries", "problem", f"{name} {text}", f"pip install --force-reinstall {name}")


def opencv() -> Iterator[Finding]:
    """Import OpenCV, which needs libraries of the system."""
    builds = {}
    for name in OPENCV_BUILDS:
        with suppress(PackageNotFoundError):
            builds[name] = version(name)
    names = " and ".join(f"{name} {number}" for name, number in builds.items())
    try:
        cv2 = import_module("cv2")
    except Exception as error:  # as for the other libraries
        shared = re.search(r"\blib[\w.+-]+", str(error))
        if not builds:
            yield Finding("OpenCV", "problem", "is not installed", "pip install opencv-python")
        elif shared:
            text = f"{names} needs {shared[0]}, which this system does not have"
            advice = f"take the build without windows, {_HEADLESS}; or install the library, such as libgl1 of Debian"
            yield Finding("OpenCV", "problem", text, advice)
        else:
            advice = f"pip install --force-reinstall {' '.join(builds)}"
            yield Finding("OpenCV", "problem", f"{names} cannot be imported: {error}", advice)
        return
    if len(builds) > 1:
        text = f"{names} are installed together, and each overwrites files of the other"
        advice = f"pip uninstall -y {' '.join(builds)} && pip install opencv-python-headless"
        yield Finding("OpenCV", "problem", text, advice)
    else:
        yield Finding("OpenCV", "ok", names or cv2.__version__)


def codecs() -> Iterator[Finding]:
    """Write and read a small picture in each format that builds, operators and exports use."""
    yield _finding("Pillow", "pillow", dict(_codecs_of_pillow()))
    yield _finding("OpenCV", "opencv-python", dict(_codecs_of_opencv()))


def _finding(library: str, package: str, works: dict[str, bool]) -> Finding:
    """Return the finding on a library, by which of its codecs work."""
    if lacking := [name for name, does_work in works.items() if not does_work]:
        advice = f"pip install --force-reinstall --only-binary=:all: {package}"
        return Finding("codecs", "problem", f"{library} has no {', '.join(lacking)}", advice)
    return Finding("codecs", "ok", f"{library} has {', '.join(works)}")


def _codecs_of_pillow() -> Iterator[tuple[str, bool]]:
    """Yield each codec, and whether it works."""
    from PIL import Image

    shown = Image.new("RGB", (16, 16), (200, 100, 50))
    for name, pillows in (("JPEG", "JPEG"), ("WebP", "WEBP"), ("AVIF", "AVIF"), ("JPEG 2000", "JPEG2000")):
        try:
            shown.save(file := io.BytesIO(), pillows)
            Image.open(file).load()
        except (OSError, KeyError):  # Pillow was built without the codec
            yield name, False
        else:
            yield name, True


def _codecs_of_opencv() -> Iterator[tuple[str, bool]]:
    """Yield each codec, and whether it works."""
    import cv2
    import numpy as np

    levels = np.arange(256, dtype=np.uint16).reshape(16, 16) * 257
    gray = levels.astype(np.uint8)
    rgb = np.dstack([gray] * 3)
    written: list[tuple[str, str, Any]]
    written = [("PNG", ".png", gray), ("PNG of 16 bits", ".png", levels), ("WebP", ".webp", rgb)]
    for name, ending, pixels in written:
        try:
            _, data = cv2.imencode(ending, pixels)  # without options, WebP is lossless
            read = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
        except cv2.error:  # OpenCV was built without the codec
            read = None
        yield name, read is not None and np.array_equal(read, pixels)


def extras() -> Iterator[Finding]:
    """Look for the packages of each extra."""
    lacking = {
        extra: [name for name in names if not _is_installed(name)]
        for extra, names in _asked_for().items()
        if extra not in ("", *_OF_DEVELOPERS)
    }
    there = ", ".join(extra for extra, names in lacking.items() if not names) or "none"
    gone = {extra: names for extra, names in lacking.items() if names}
    if gone:
        listed = ", ".join(f"{extra} ({', '.join(names)})" for extra, names in gone.items())
        advice = f"where you need one: pip install 'degradekit[{','.join(gone)}]'"
        yield Finding("extras", "ok", f"installed: {there}; not installed: {listed}", advice)
    else:
        yield Finding("extras", "ok", f"installed: {there}")


def installed() -> dict[str, str]:
    """Return the versions of the installed packages that degradekit needs or its extras bring, by their names."""
    names = [name for extra, names in _asked_for().items() if extra not in _OF_DEVELOPERS for name in names]
    return {name: installed_version(name) for name in names if _is_installed(name)}


def _asked_for() -> dict[str, list[str]]:
    """Return the names of the packages that each extra brings, and those that are always needed as that of ""."""
    asked: dict[str, list[str]] = {"": []}
    for text in requires("degradekit") or ():
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", text)
        asked.setdefault(extra[1] if extra else "", []).append(re.split(r"[^\w.-]", text)[0])
    return asked


def _is_installed(package: str) -> bool:
    try:
        installed_version(package)
    except PackageNotFoundError:
        return False
    return True
