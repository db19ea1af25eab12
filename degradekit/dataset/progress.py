"""Notifications about how far a run is."""


class Progress:
    """Ignores all notifications; override the methods for what you want to show."""

    def note(self, text: str) -> None:
        """Take a sentence about something that takes longer than expected."""

    def start(self, photos: int) -> None:
        """Take the number of photos to be worked on, before the first."""

    def advance(self, photos: int) -> None:
        """Take the number of photos worked on since the last call."""


SILENT = Progress()
