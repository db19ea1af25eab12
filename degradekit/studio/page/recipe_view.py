"""The upper part of the side: which recipe, its scale and strength, and a second one to compare with."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from nicegui import ui

from degradekit.errors import DegradekitError
from degradekit.presets import PRESETS, summary
from degradekit.studio.drafts import Draft
from degradekit.studio.session import Session
from degradekit.wording import counted

_NONE, _UNEDITED = "", "(before my changes)"


class RecipeView:
    """The choice of recipes.

    Args:
        session: Whose recipes they are.
        on_open: Is called when another recipe is edited.
        on_restore: Is called when changes of the recipe are taken back, or made again.
        on_compare: Is called when another one is compared with.
    """

    def __init__(
        self,
        session: Session,
        on_open: Callable[[], Awaitable[None]],
        on_restore: Callable[[], Awaitable[None]],
        on_compare: Callable[[], Awaitable[None]],
    ) -> None:
        self._session, self._on_open, self._on_restore, self._on_compare = session, on_open, on_restore, on_compare
        self._is_quiet = False
        with ui.element("div").classes("line"):
            self._recipe = ui.select([*PRESETS], label="recipe", with_input=True)
            self._recipe.props("dense outlined options-dense").classes("recipe")
            self._on_edit(self._recipe, self._choose)
            button = ui.button(icon="upload_file").props('flat dense aria-label="Open a recipe file"')
            with button.on("click", js_handler="() => studio.choose('recipe', '.yaml,.yml', false)"):
                ui.tooltip("Open a recipe file (.yaml), or drop it on the page")
        self._summary = ui.label().classes("note")
        with ui.element("div").classes("line variation"):
            self._scale = ui.number("scale", step=1, precision=0).props("dense outlined debounce=300")
            self._on_edit(self._scale, lambda value: self._vary(scale=None if value is None else int(value)))
            ui.label("strength").classes("note")
            self._strength = ui.slider(min=0, max=1, step=0.05).props("dense label")
            self._on_edit(self._strength, lambda value: self._vary(strength=float(value)))
        with ui.element("div").classes("line history"):
            self._undo = _icon_button("undo", "Undo (Ctrl+Z)", self.undo)
            self._redo = _icon_button("redo", "Redo (Ctrl+Shift+Z)", self.redo)
            self._changes = ui.label().classes("note")
            self._reset = ui.button("Reset", icon="restart_alt", on_click=self._take_back)
            with self._reset.props("flat dense no-caps size=sm"):
                ui.tooltip("Take back all changes of this recipe")
        self._error = ui.label().classes("error").props('role="alert"')
        with ui.element("div").classes("line"):
            self._others = {_NONE: "nothing", _UNEDITED: _UNEDITED} | {name: name for name in PRESETS}
            self._other = ui.select(self._others, value=_NONE, label="beside it", with_input=True)
            self._other.props("dense outlined options-dense").classes("other")
            self._on_edit(self._other, self._compare)
            self._swapper = _icon_button("swap_vert", "Edit the other recipe, and show this one beside it", self._swap)
        self.show()

    def _on_edit(self, element: Any, handler: Callable[[Any], Awaitable[None]]) -> None:
        """Let a function have what a person gives an element, but not what this view itself gives it."""
        element.on_value_change(lambda event: None if self._is_quiet else handler(event.value))

    def show(self) -> None:
        """Show the recipe that is edited."""
        draft = self._session.draft
        self._is_quiet = True
        if draft.name not in self._recipe.options:
            self._recipe.set_options([draft.name, *self._recipe.options])
        self._recipe.set_value(draft.name)
        self._scale.set_value(self._session.recipe.lr_scale)
        self._strength.set_value(draft.strength)
        other = self._session.other
        if other is not None and other.name not in self._others:
            self._others[other.name] = other.name
            self._other.set_options(self._others)
        self._other.set_value(_NONE if other is None else other.name)
        self._is_quiet = False
        self.show_changes()
        self._summary.set_text(summary(draft.name) if draft.name in PRESETS and draft.text is None else "")
        self._error.set_text("")

    def show_changes(self) -> None:
        """Show how many changes the recipe has, and which of them can be taken back."""
        session = self._session
        self._undo.set_enabled(bool(session.history.past))
        self._redo.set_enabled(bool(session.history.future))
        self._reset.set_enabled(session.draft != session.draft.unedited)
        self._swapper.set_enabled(session.other is not None)
        count = len(session.draft.changes) + (session.draft.strength != 1)
        self._changes.set_text(counted(count, "change") if count else "no changes")

    async def undo(self) -> None:
        """Take the last change back."""
        self._session.undo()
        self.show()
        await self._on_restore()

    async def redo(self) -> None:
        """Make the change again that was taken back last."""
        self._session.redo()
        self.show()
        await self._on_restore()

    async def _take_back(self) -> None:
        self._session.open(self._session.draft.unedited)
        self.show()
        await self._on_restore()

    async def open(self, draft: Draft) -> None:
        """Edit another recipe; what is wrong with it is shown."""
        try:
            self._session.open(draft)
        except DegradekitError as error:
            self._error.set_text(str(error))
            return
        self.show()
        await self._on_open()

    async def _choose(self, name: str | None) -> None:
        if name and name != self._session.draft.name:
            await self.open(Draft(name))

    async def _vary(self, **values: Any) -> None:
        if None not in values.values():
            await self.open(replace(self._session.draft, **values))

    async def _compare(self, name: str | None) -> None:
        scale = self._session.recipe.lr_scale
        try:
            if name == _UNEDITED:
                self._session.compare_with(self._session.draft.unedited)
            else:
                self._session.compare_with(Draft(name, scale=scale) if name else None)
        except DegradekitError as error:
            self._session.compare_with(None)
            self._error.set_text(str(error))
        self.show_changes()
        await self._on_compare()

    async def _swap(self) -> None:
        self._session.swap()
        self.show()
        await self._on_open()


def _icon_button(icon: str, words: str, on_click: Callable[[], Awaitable[None]]) -> Any:
    button = ui.button(icon=icon, on_click=on_click).props(f'flat dense aria-label="{words}"')
    with button:
        ui.tooltip(words)
    return button
