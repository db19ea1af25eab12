"""What hears how a run goes on."""


class Progress:
    """Ignores everything; override what you want to show."""

    def note(self, text: str) -> None:
        """Hear a sentence where something takes longer than one would think."""

    def start(self, photos: int) -> None:
        """Hear the number of photos to be worked on, before the first."""

    def advance(self, photos: int) -> None:
        """Hear the number of photos worked on since the last call."""


SILENT = Progress()
