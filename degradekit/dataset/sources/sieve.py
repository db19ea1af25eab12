"""Takes what a scan comes across, or leaves it out and counts it."""

from collections import Counter
from dataclasses import dataclass, field

from degradekit.dataset.sources.choice import Choice

ARCHIVE = ".tar"
"""The extension of files that hold photos."""


@dataclass(frozen=True)
class Sieve:
    """What every kind of source asks.

    Attributes:
        choice: Which files are taken.
        left_out: How many were not, by reason.
    """

    choice: Choice
    left_out: Counter[str] = field(default_factory=Counter)

    def takes(self, path: str) -> bool:
        """Return whether a file in a folder is taken, by its path below the root; an archive is where it is entered."""
        if path.endswith(ARCHIVE):
            return self.enters(path)
        return not self._counted(self.choice.why_not(path))

    def takes_line(self, line: str) -> bool:
        """Return whether a file that a list names is taken."""
        return not self._counted(self.choice.why_not_listed(line))

    def enters(self, folder: str) -> bool:
        """Return whether a folder or an archive is looked into."""
        return not self._counted(self.choice.why_not_entered(folder))

    def leave_out(self, reason: str) -> None:
        """Count something that is left out."""
        self.left_out[reason] += 1

    def _counted(self, reason: str | None) -> bool:
        if reason:
            self.leave_out(reason)
        return bool(reason)
