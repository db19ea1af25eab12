"""Versions of installed packages."""

from importlib.metadata import PackageNotFoundError, version

import pytest

from degradekit import extras
from degradekit.extras import installed_version


def test_versions_are_those_of_the_installed_packages():
    assert installed_version("numpy") == version("numpy")
    with pytest.raises(PackageNotFoundError):
        installed_version("degradekit-gone")


@pytest.mark.parametrize("build", ["opencv-python", "opencv-python-headless", "opencv-contrib-python-headless"])
def test_any_build_of_opencv_has_opencvs_version(build, monkeypatch):
    def only(name: str) -> str:
        if name != build:
            raise PackageNotFoundError(name)
        return "5.0.0.93"

    monkeypatch.setattr(extras, "version", only)
    assert installed_version("opencv-python") == "5.0.0.93"
    with pytest.raises(PackageNotFoundError):
        installed_version("numpy")
