"""The upper part of the side: which recipe, its scale and strength, and a second one to compare with."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from nicegui import ui

from degradekit.errors import DegradekitError
from degradekit.presets import PRESETS, summary
from degradekit.studio.drafts import Draft
from degradekit.studio.session import Session

_NONE, _UNEDITED = "", "(before my changes)"


class RecipeView:
    """The choice of recipes.

    Args:
        session: Whose recipes they are.
        on_open: Is called when another recipe is edited.
        on_compare: Is called when another one is compared with.
    """

    def __init__(
        self, session: Session, on_open: Callable[[], Awaitable[None]], on_compare: Callable[[], Awaitable[None]]
    ) -> None:
        self._session, self._on_open, self._on_compare = session, on_open, on_compare
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
        self._error = ui.label().classes("error").props('role="alert"')
        with ui.element("div").classes("line"):
            self._others = {_NONE: "nothing", _UNEDITED: _UNEDITED} | {name: name for name in PRESETS}
            self._other = ui.select(self._others, value=_NONE, label="beside it", with_input=True)
            self._other.props("dense outlined options-dense").classes("other")
            self._on_edit(self._other, self._compare)
            swap = ui.button(icon="swap_vert", on_click=self._swap).props('flat dense aria-label="Swap the recipes"')
            with swap:
                ui.tooltip("Edit the other recipe, and show this one beside it")
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
        self._is_quiet = False
        self._summary.set_text(summary(draft.name) if draft.name in PRESETS and draft.text is None else "")
        self._error.set_text("")

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
                self._session.other = replace(self._session.draft, changes={}, strength=1.0)
            else:
                self._session.other = Draft(name, scale=scale) if name else None
                _ = self._session.other and self._session.other.recipe
        except DegradekitError as error:
            self._session.other = None
            self._error.set_text(str(error))
        await self._on_compare()

    async def _swap(self) -> None:
        if self._session.other is None:
            self._error.set_text("Choose a recipe to show beside it first.")
            return
        self._session.swap()
        other = self._session.other
        self._is_quiet = True
        if other.name not in self._others:
            self._others[other.name] = other.name
            self._other.set_options(self._others)
        self._other.set_value(other.name)
        self._is_quiet = False
        self.show()
        await self._on_open()
