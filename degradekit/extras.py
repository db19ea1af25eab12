"""Packages that only some operators need: each is an extra of degradekit, and is imported at its first use."""

from importlib import import_module
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
