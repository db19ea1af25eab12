"""Progress as a bar, in terminals and in notebooks."""

import sys
import warnings
from typing import Any, Self

from degradekit.dataset.progress import Progress
from degradekit.wording import printable

_FORMAT = "{l_bar}{bar}| {n:.1f}/{total_fmt} [{elapsed}<{remaining}, {rate_fmt}]"
"""Progress is notified in parts of photos."""
_SMOOTHING = 0.05
"""How much the latest rate counts: a shard begins with reading and decoding, and ends with writing."""


class ProgressBar(Progress):
    """Shows progress in a bar: pass one as `progress` to what takes long.

    In a terminal the bar vanishes at the end, and there is none where the error output goes to a file. A notebook keeps
    it; without ipywidgets it is one of text.

    Args:
        unit: What is counted.
    """

    def __init__(self, unit: str = "photo") -> None:
        self._unit = unit
        self._bar: Any = None

    def note(self, text: str) -> None:
        """Print a sentence, above the bar."""
        from tqdm import tqdm

        tqdm.write(printable(text), file=sys.stderr)

    def start(self, photos: int) -> None:
        """Begin a bar."""
        self.close()
        in_notebook = "ipykernel.zmqshell" in sys.modules
        self._bar = _bar_class(in_notebook)(
            total=photos,
            unit=self._unit,
            disable=False if in_notebook else None,
            leave=in_notebook,
            miniters=0,
            smoothing=_SMOOTHING,
            bar_format=_FORMAT,
        )

    def advance(self, photos: float) -> None:
        """Move the bar, and end it where nothing is left."""
        if self._bar is not None:
            self._bar.update(photos)
            if self._bar.n >= self._bar.total:
                self.close()

    def close(self) -> None:
        """End the bar, also of what was stopped."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _bar_class(in_notebook: bool) -> Any:
    if in_notebook:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # tqdm warns where there is no ipywidgets
            from tqdm.auto import tqdm as notebook_bar

        return notebook_bar
    from tqdm import tqdm

    return tqdm
