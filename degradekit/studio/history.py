"""What a page can take back."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class History(Generic[T]):
    """The states that a person has left, and those that were taken back.

    Attributes:
        past: The states before the present one, the oldest first.
        future: The states after it, the next one last.
    """

    past: list[T] = field(default_factory=list)
    future: list[T] = field(default_factory=list)
    _field: str | None = None

    def leave(self, state: T, field: str | None = None) -> None:
        """Keep a state that is about to change; edits of one field in a row, as while a slider moves, are one change.

        Args:
            state: The state.
            field: The field that is edited, if the change is such an edit.
        """
        if field is None or field != self._field:
            self.past.append(state)
        self.future.clear()
        self._field = field

    def undo(self, state: T) -> T:
        """Return the state before this one, which `redo` brings back; this one where there is none."""
        return self._step(self.past, self.future, state)

    def redo(self, state: T) -> T:
        """Return the state that was taken back last; this one where there is none."""
        return self._step(self.future, self.past, state)

    def _step(self, ahead: list[T], behind: list[T], state: T) -> T:
        self._field = None
        if not ahead:
            return state
        behind.append(state)
        return ahead.pop()
