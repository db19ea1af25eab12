"""The form of a recipe on the page: an expansion for each operator, whose controls are made when it is opened."""

import json
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from nicegui import ui

from degradekit.studio import arranging
from degradekit.studio.arranging import Arrangement
from degradekit.studio.form import EmptyField, Section
from degradekit.studio.page.arrange_menu import ArrangeMenu
from degradekit.studio.page.controls import ControlView
from degradekit.studio.session import Session

OnChange = Callable[[str, Any], Awaitable[None]]
OnArrange = Callable[[Arrangement], Awaitable[None]]


class FormView:
    """The form.

    Args:
        session: Whose recipe it edits.
        on_change: Is called with the path of a field and its new value.
        on_arrange: Is called with another arrangement of the operators.
    """

    def __init__(self, session: Session, on_change: OnChange, on_arrange: OnArrange) -> None:
        self._session, self._on_change = session, on_change
        self._controls: dict[str, ControlView] = {}
        self._expansions: dict[str, Any] = {}
        self._shown: list[str] = []
        self._body = ui.element("div").classes("sections")
        self._menu = ArrangeMenu(session, on_arrange)
        self.rebuild()

    @property
    def open_paths(self) -> list[str]:
        """The operators whose controls are shown."""
        return [path for path, expansion in self._expansions.items() if expansion.value]

    def rebuild(self, open_paths: Collection[str] = ()) -> None:
        """Make the form of the recipe that is now edited, with the controls of some operators shown."""
        self._body.clear()
        self._controls, self._expansions = {}, {}
        self._shown = [section.path for section in self._session.sections]
        with self._body:
            self._problem = ui.label().classes("error").props('role="alert"')
            for section in self._session.sections:
                self._build(section)
            if end := self._session.sections[0].end:
                self._add_button("Add operator", end, 0)
        for path in open_paths:
            if path in self._expansions:
                self._expansions[path].open()
        self.show_mistakes()

    def follow(self) -> None:
        """Make the form anew if a change has given the recipe other operators."""
        if self._shown != [section.path for section in self._session.sections]:
            self.rebuild(self.open_paths)

    def follow_arrangement(self, arrangement: Arrangement) -> None:
        """Make the form anew with the same operators shown, wherever they are now, and the one that it is about."""
        paths = [path for old in self.open_paths if (path := arrangement.path_after(old)) is not None]
        if arrangement.shown is None:
            self.rebuild(paths)
        else:
            self.rebuild([*paths, arrangement.shown])
            self._body.client.run_javascript(f"studio.focusOn({json.dumps(arrangement.shown)})")

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
        with ui.element("div").classes("operator").style(f"margin-left: {section.depth * 0.5}rem"):
            if section.controls:
                self._build_expansion(section)
            else:
                ui.label(section.title).classes("heading").props(f'title="{section.about}"')
            if section.edits.can_be_replaced:
                self._menu.build(section)
        for field in section.empty_fields:
            self._build_empty_field(field)

    def _build_expansion(self, section: Section) -> None:
        expansion = ui.expansion(section.title).classes("section").props("dense")
        expansion.props(f'data-section="{section.path}"')
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
        self.show_mistakes()

    def _build_empty_field(self, field: EmptyField) -> None:
        self._add_button(f"Add {field.name.replace('_', ' ')}", field.path, field.depth)

    def _add_button(self, words: str, path: str, depth: int) -> None:
        button = ui.button(words, icon="add").props("flat dense no-caps size=sm").classes("add")
        button.props(f'data-add="{path}"').style(f"margin-left: {depth * 0.5}rem")
        button.on_click(lambda: self._menu.choose(words, lambda data, op: arranging.added(data, path, op)))
