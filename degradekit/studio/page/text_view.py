"""The recipe as text, for what the form does not offer."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from degradekit.errors import RecipeError
from degradekit.recipes import dumps
from degradekit.studio.drafts import Draft
from degradekit.studio.exports import FILE_NAME
from degradekit.studio.session import Session


class TextView:
    """The text, and a button that makes it the recipe.

    Args:
        session: Has the recipe.
        on_recipe: Is given what was written, if it is a recipe.
        on_mistake: Is given whether it is none.
    """

    def __init__(
        self,
        session: Session,
        on_recipe: Callable[[Draft], Awaitable[None]],
        on_mistake: Callable[[bool], None],
    ) -> None:
        self._session, self._on_recipe, self._on_mistake = session, on_recipe, on_mistake

    def build(self) -> None:
        """Put it on the page."""
        self._text = ui.textarea(value=dumps(self._session.recipe)).props("outlined").classes("text-editor")
        self._error = ui.label().classes("error").props('role="alert"')
        ui.button("Use this recipe", icon="check", on_click=self._use).props("unelevated dense no-caps")

    def follow(self) -> None:
        """Show the recipe as it is now."""
        self._text.set_value(dumps(self._session.recipe))
        self._show("")

    async def _use(self) -> None:
        draft = Draft(FILE_NAME, self._text.value)
        try:
            _ = draft.recipe
        except RecipeError as error:
            self._show(str(error))
            return
        self._show("")
        await self._on_recipe(draft)

    def _show(self, mistake: str) -> None:
        self._error.set_text(mistake)
        self._on_mistake(bool(mistake))
