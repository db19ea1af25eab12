"""Packages that only some operators need, each an extra that is imported at its first use; versions of packages."""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

from degradekit.errors import DegradekitError


class Extra(NamedTuple):
    """A package that is not installed with degradekit itself.

    Attributes:
        name: The extra that brings it: `pip install 'degradekit[name]'`.
        module: What is imported.
        package: Its name in the package index; its version is part of the fingerprint of a machine.
    """

    name: str
    module: str
    package: str

    def load(self, user: str) -> Any:
        """Import the package.

        Args:
            user: What needs it, for the message, such as the name of an operator.

        Raises:
            DegradekitError: It is not installed; the message has the command that installs it.
        """
        try:
            return import_module(self.module)
        except ImportError as error:
            raise DegradekitError(
                f"{user}: needs the package {self.package}; install it with: pip install 'degradekit[{self.name}]'"
                f" ({error})"
            ) from None


VIDEO = Extra("video", "av", "av")
JXL = Extra("jxl", "pillow_jxl", "pillow-jxl-plugin")

OPENCV_BUILDS = tuple(f"opencv-{more}python{ending}" for more in ("", "contrib-") for ending in ("", "-headless"))
"""The packages that bring OpenCV: without windows for machines that have no display, or with more modules. What
degradekit uses is the same in all of them."""


def installed_version(package: str) -> str:
    """Return the version of an installed package, and of whichever of OpenCV's is installed for `opencv-python`.

    Raises:
        PackageNotFoundError: It is not installed.
    """
    for name in OPENCV_BUILDS if package == OPENCV_BUILDS[0] else ():
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return version(package)
