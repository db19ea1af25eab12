"""The form of a recipe on the page: an expansion for each operator, whose controls are made when it is opened."""

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from degradekit.studio.form import Section
from degradekit.studio.page.controls import ControlView
from degradekit.studio.session import Session

OnChange = Callable[[str, Any], Awaitable[None]]


class FormView:
    """The form.

    Args:
        session: Whose recipe it edits.
        on_change: Is called with the path of a field, or of an operator, and its new value.
    """

    def __init__(self, session: Session, on_change: OnChange) -> None:
        self._session, self._on_change = session, on_change
        self._controls: dict[str, ControlView] = {}
        self._expansions: dict[str, Any] = {}
        self._shown: list[str] = []
        self._body = ui.element("div").classes("sections")
        self.rebuild()

    def rebuild(self) -> None:
        """Make the form of the recipe that is now edited."""
        self._body.clear()
        self._controls, self._expansions = {}, {}
        self._shown = [section.path for section in self._session.sections]
        with self._body:
            self._problem = ui.label().classes("error").props('role="alert"')
            for section in self._session.sections:
                self._build(section)
        self.show_mistakes()

    def follow(self) -> None:
        """Make the form anew if a change has given the recipe other operators."""
        if self._shown != [section.path for section in self._session.sections]:
            self.rebuild()

    def show_mistakes(self) -> None:
        """Show each mistake at its field, and open the operator that has it."""
        mistakes = self._session.messages()
        for section in self._session.sections:
            fields = [control.path for control in section.controls if control.path in mistakes]
            expansion = self._expansions.get(section.path)
            if expansion is not None:
                expansion.classes(add="has-mistakes" if fields else "", remove="" if fields else "has-mistakes")
                if fields:
                    expansion.open()
        for path, control in self._controls.items():
            control.show_mistakes(mistakes.pop(path, ""))
        self._problem.set_text("; ".join(mistakes.values()))

    def _build(self, section: Section) -> None:
        if not section.controls and not section.can_be_off:
            ui.label(section.title).classes("heading").style(f"margin-left: {section.depth * 0.5}rem")
            return
        expansion = ui.expansion(section.title).classes("section").props("dense")
        expansion.props(f'data-section="{section.path}"').style(f"margin-left: {section.depth * 0.5}rem")
        self._expansions[section.path] = expansion

        def opened(event: Any) -> None:
            if event.value and not expansion.default_slot.children:
                with expansion:
                    self._fill(section)

        expansion.on_value_change(opened)

    def _fill(self, section: Section) -> None:
        current = next(each for each in self._session.sections if each.path == section.path)
        if current.about:
            ui.label(current.about).classes("note")
        for control in current.controls:
            self._controls[control.path] = ControlView(control, self._on_change)
        if section.can_be_off:
            ui.button("Leave this step out", icon="block").props("flat dense no-caps size=sm").on_click(
                lambda: self._on_change(section.path, None)
            )
        self.show_mistakes()
