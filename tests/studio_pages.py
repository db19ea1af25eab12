"""The studio's page in a browser: how tests open it and act on it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
LONG_MS = 600_000
"""The first draw compiles, on a machine that may be busy."""
IN_A_BROWSER = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]


@contextmanager
def served(folder: Path, *arguments: str) -> Iterator[str]:
    """Run the studio in a folder, where its temporary files would be too, and return the address that it prints."""
    command = [sys.executable, "-m", "degradekit_cli", "studio", *arguments, "--no-browser"]
    others = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}  # NiceGUI looks at it
    environment = others | {"PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(folder)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder, env=environment) as process:
        try:
            address = re.match(r"http://127\.0\.0\.1:\d+/\S+", process.stdout.readline())
            assert address, "no address was printed"
            yield address.group()
        finally:
            process.terminate()


@contextmanager
def opened(browser, address: str, drawn: str = "#panels .panel"):
    """Open the page, and return it after its first draw; whatever it reports as an error fails the test."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(LONG_MS)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(address)
    page.wait_for_selector(drawn)
    yield page
    page.close()
    assert not errors


def wait_for_redraw(page, act):
    """Do something, and wait for new pictures."""
    before = page.get_attribute("#panels", "data-stamp")
    act()
    page.wait_for_function(f"document.getElementById('panels').dataset.stamp !== '{before}'")


def lr_pixels(page) -> list[int]:
    """Return the pixels of the LR as the browser shows them."""
    return page.evaluate(
        """() => {
            const image = document.querySelectorAll('.panel img')[1];
            const canvas = Object.assign(document.createElement('canvas'),
                {width: image.naturalWidth, height: image.naturalHeight});
            const context = canvas.getContext('2d');
            context.drawImage(image, 0, 0);
            return [...context.getImageData(0, 0, canvas.width, canvas.height).data];
        }"""
    )


def open_section(page, path):
    page.click(f'[data-section="{path}"] .q-item')
    page.wait_for_selector(f'[data-section="{path}"] .control')


def open_tab(page, label):
    page.click(f'.q-tab:has-text("{label}")')


def send(page, kind, path):
    with page.expect_file_chooser() as chooser:
        page.evaluate(f"studio.choose('{kind}', '', false)")
    chooser.value.set_files(path)
