"""The menu of an operator, by which it is moved and removed and others are added, and the list they are chosen from."""

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from degradekit.studio import arranging
from degradekit.studio.arranging import Arrangement
from degradekit.studio.form import Section
from degradekit.studio.session import Session

Arrange = Callable[[dict[str, Any], str], Arrangement]
"""Takes the recipe as plain data and the name of an operator."""


class ArrangeMenu:
    """The menus of a form, and the list of operators that they open.

    Args:
        session: Whose recipe is arranged.
        on_arrange: Is called with another arrangement.
    """

    def __init__(self, session: Session, on_arrange: Callable[[Arrangement], Awaitable[None]]) -> None:
        self._session, self._on_arrange = session, on_arrange
        self._lists = ui.element("div")

    def build(self, section: Section) -> None:
        """Put the button on the page that opens the menu of an operator."""
        words = f"Add, move or remove: {section.title}"
        button = ui.button(icon="more_vert", color=None).props("flat dense round size=sm").classes("menu-button")
        button.props(f'data-menu="{section.path}" aria-label="{words}" title="{words}" aria-haspopup="menu"')
        button.on_click(lambda: self._open(button, section))

    def _open(self, button: Any, section: Section) -> None:
        path, edits, title = section.path, section.edits, section.title
        button.clear()
        with button, ui.menu().props("no-parent-event auto-close").classes("operator-menu") as menu:
            self._item("Add after", title, "add", lambda data, op: arranging.added_after(data, path, op))
            if section.end:
                self._item("Add inside", title, "playlist_add", lambda data, op: arranging.added(data, section.end, op))
            self._item("Replace", title, "swap_horiz", lambda _, op: arranging.replaced(path, op))
            self._item("Wrap", title, "data_array", lambda data, op: arranging.wrapped(data, path, op), True)
            ui.separator()
            if edits.can_move_up:
                self._action("Move up", "arrow_upward", lambda data: arranging.moved(data, path, -1))
            if edits.can_move_down:
                self._action("Move down", "arrow_downward", lambda data: arranging.moved(data, path, 1))
            if edits.can_be_removed:
                self._action("Remove", "delete_outline", lambda data: arranging.removed(data, path))
        menu.open()

    def _item(self, verb: str, title: str, icon: str, arrange: Arrange, made_of_operators: bool = False) -> None:
        _menu_item(f"{verb} ...", icon, lambda: self.choose(f"{verb} {title}", arrange, made_of_operators))

    def _action(self, words: str, icon: str, arrange: Callable[[dict[str, Any]], Arrangement]) -> None:
        _menu_item(words, icon, lambda: self._on_arrange(arrange(self._session.recipe.to_dict())))

    async def choose(self, title: str, arrange: Arrange, made_of_operators: bool = False) -> None:
        """Let a person choose an operator, and arrange the recipe with it.

        Args:
            title: What happens with the operator, in words.
            arrange: Returns the arrangement.
            made_of_operators: Whether it is one that others are put into.
        """
        with self._lists, ui.dialog() as dialog, ui.card().classes("operators"):
            self._build_list(dialog, title, made_of_operators)
        op = await dialog
        self._lists.clear()
        if op is not None:
            await self._on_arrange(arrange(self._session.recipe.to_dict(), op))

    def _build_list(self, dialog: Any, title: str, made_of_operators: bool) -> None:
        families = arranging.offered(made_of_operators=made_of_operators)
        rows: dict[str, Any] = {}
        headings: dict[str, Any] = {}

        def show(text: str) -> list[str]:
            matching = [
                op
                for family, ops in families.items()
                for op, summary in ops.items()
                if all(word in f"{family} {op} {summary}".lower() for word in text.lower().split())
            ]
            for op, row in rows.items():
                row.set_visibility(op in matching)
            for family, heading in headings.items():
                heading.set_visibility(any(op in matching for op in families[family]))
            empty.set_visibility(not matching)
            return matching

        ui.label(title).classes("operators-title")
        search = ui.input(placeholder="Search").props("dense outlined autofocus clearable debounce=100")
        search.props('aria-label="Search operators"').classes("search")
        search.on_value_change(lambda event: show(event.value or ""))
        search.on("keydown.enter", lambda: dialog.submit(next(iter(show(search.value or "")), None)))
        with ui.element("div").classes("operators-list"):
            empty = ui.label("No operator has these words.").classes("note")
            for family, ops in families.items():
                headings[family] = ui.label(family).classes("heading")
                for op, summary in ops.items():
                    rows[op] = _row(op, summary, dialog)
            if not made_of_operators:
                words = (
                    f"{' and '.join(arranging.not_offered())} need a folder of yours: add them in the tab Edit as text."
                )
                ui.label(words).classes("note")
        show("")


def _menu_item(words: str, icon: str, on_click: Callable[[], Any]) -> None:
    with ui.menu_item(on_click=on_click).props("dense"):
        with ui.item_section().props("side"):
            ui.icon(icon).props("size=xs")
        ui.item_section(words)


def _row(op: str, summary: str, dialog: Any) -> Any:
    with ui.item(on_click=lambda: dialog.submit(op)).props(f'dense data-op="{op}"') as row, ui.item_section():
        ui.item_label(op)
        ui.item_label(summary).props("caption")
    return row
