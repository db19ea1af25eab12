"""The tabs below the film strip; only the one that is open is computed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from degradekit.errors import DegradekitError
from degradekit.studio.page.redrawing import Latest

Put = Callable[[str, str], None]
"""Puts HTML into the element of an id."""


@dataclass(frozen=True)
class Tab:
    """One tab.

    Attributes:
        element_id: The id of its body.
        label: Its title.
        make: Returns its HTML, in a thread; None for a body that is made of elements.
        build: Builds elements above the HTML.
    """

    element_id: str
    label: str
    make: Callable[[], str] | None = None
    build: Callable[[], None] = lambda: None


class Tabs:
    """A row of tabs with their bodies."""

    def __init__(self, tabs: list[Tab], put: Put) -> None:
        self._tabs = {tab.element_id: tab for tab in tabs}
        self._put = put
        self._bodies: dict[str, Any] = {}
        self._open = tabs[0].element_id
        self._errors: dict[str, Any] = {}
        self._refresh = Latest(self._make, self._show, self._fail, self._start)
        choice = ui.tabs().props("dense no-caps align=left inline-label")
        with choice.classes("tabs"):
            self._heads = {tab.element_id: ui.tab(tab.element_id, tab.label) for tab in tabs}
        choice.set_value(self._open)
        choice.on_value_change(self._choose)
        for tab in tabs:
            with ui.element("div").classes("tab-body") as self._bodies[tab.element_id]:
                tab.build()
                self._errors[tab.element_id] = ui.label().classes("error").props('role="alert"')
                ui.html(sanitize=False).props(f'id="{tab.element_id}"')
        self._show_only(self._open)

    async def refresh(self) -> None:
        """Compute the open tab anew."""
        if self._tabs[self._open].make is not None:
            await self._refresh()

    def mark(self, element_id: str, is_wrong: bool) -> None:
        """Mark the title of a tab that has a mistake inside, or take the mark off."""
        self._heads[element_id].classes(add="wrong" if is_wrong else "", remove="" if is_wrong else "wrong")

    async def _choose(self, event: Any) -> None:
        self._open = event.value
        self._show_only(self._open)
        await self.refresh()

    def _show_only(self, element_id: str) -> None:
        for each, body in self._bodies.items():
            body.classes(remove="hidden") if each == element_id else body.classes(add="hidden")

    def _start(self) -> None:
        self._bodies[self._open].classes(add="computing")

    def _end(self, element_id: str, words: str) -> None:
        """Show what is wrong with a tab, if anything is, and that nothing is computed."""
        for body in self._bodies.values():
            body.classes(remove="computing")
        self._errors[element_id].set_text(words)
        self.mark(element_id, bool(words))

    def _make(self) -> tuple[str, str, str]:
        """Return the id of the open tab, its HTML, and what is wrong."""
        tab = self._tabs[self._open]
        try:
            return tab.element_id, tab.make() if tab.make is not None else "", ""
        except DegradekitError as error:
            return tab.element_id, "", str(error)

    def _show(self, result: tuple[str, str, str]) -> None:
        element_id, html, words = result
        self._end(element_id, words)
        self._put(element_id, html)

    def _fail(self, error: Exception) -> None:
        self._end(self._open, f"{type(error).__name__}: {error}")
