"""The page of the studio, in one tab of a browser."""

import asyncio
import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from nicegui import ui

from degradekit.errors import DegradekitError, RecipeError
from degradekit.studio import views
from degradekit.studio.arranging import Arrangement
from degradekit.studio.drafts import Draft
from degradekit.studio.opening import Setup, as_real
from degradekit.studio.page.data_tabs import RealTab, RowsTab, tabs_of
from degradekit.studio.page.form_view import FormView
from degradekit.studio.page.recipe_view import RecipeView
from degradekit.studio.page.redrawing import Latest
from degradekit.studio.page.tabs import Tabs
from degradekit.studio.page.text_view import TextView
from degradekit.studio.page.uploads import Uploads
from degradekit.studio.photos import StudioPhoto
from degradekit.studio.pictures import PictureStore
from degradekit.studio.session import Session

_FIRST_DRAW = "drawing ...  The first draw on a machine compiles, once, which takes up to a minute."

_MOST_SEED = 2**53 - 1
"""The largest integer that a browser keeps exactly."""


class StudioPage:
    """The page."""

    def __init__(self, setup: Setup, store: PictureStore, uploads: Uploads) -> None:
        self._setup, self._store, self._uploads = setup, store, uploads
        self._session = Session(setup.draft)
        self._real = RealTab(self._session, store, setup.real)
        self._client = ui.context.client
        self._stamp = 0
        self._redraw = Latest(self._drawn, self._show, self._fail)
        ui.colors(primary="#1f6fb8")
        assets = files("degradekit.studio.page")
        ui.add_head_html(f"<style>{assets.joinpath('studio.css').read_text('utf-8')}</style>")
        ui.add_body_html(f"<script>{assets.joinpath('studio.js').read_text('utf-8')}</script>")
        self._build()
        for name, handler in {
            "studio-undo": lambda _: self._recipe.undo(),
            "studio-redo": lambda _: self._recipe.redo(),
            "studio-redraw": lambda event: self._seed.set_value(self._session.seed + int(event.args)),
            "studio-seed": lambda event: self._seed.set_value(int(event.args)),
            "studio-crop": lambda event: self._move(*event.args),
            "studio-photo": self._take_photo,
            "studio-recipe": self._take_recipe,
            "studio-real": self._take_real,
            "studio-row": lambda event: self._show_row(int(event.args)),
        }.items():
            ui.on(name, handler)
        ui.timer(0, self._first_draw, once=True)

    async def _first_draw(self) -> None:
        self._busy.set_text(_FIRST_DRAW)
        if self._setup.photos:
            await self._choose_photo(0)
        elif self._setup.rows is not None:
            await self._show_row(0)
            await self._tabs.refresh()
        else:
            await self._refresh()

    def _build(self) -> None:
        with ui.element("header").classes("bar"):
            self._build_bar()
        with ui.element("div").classes("layout"):
            with ui.element("div").classes("pictures"):
                self._problem = ui.label().classes("error problem").props('role="alert" id="problem"')
                self._problem.set_visibility(False)
                ui.html(sanitize=False).props('id="panels"')
            with ui.element("main").classes("main"):
                self._build_tools()
                ui.html(sanitize=False).props('id="strip"')
            with ui.element("aside").classes("side"):
                self._recipe = RecipeView(self._session, self._opened, self._restored, self._refresh)
                ui.html(sanitize=False).classes("overview").props('id="overview"')
                self._form = FormView(self._session, self._change, self._arrange)
            with ui.element("section").classes("below"):
                self._text = TextView(
                    self._session, self._recipe.open, lambda is_wrong: self._tabs.mark("text", is_wrong)
                )
                rows = None
                if self._setup.rows is not None:
                    rows = RowsTab(self._store, self._setup.rows, lambda: self._tabs.refresh())
                self._tabs = Tabs(tabs_of(self._session, self._store, rows, self._real, self._text), self._put)

    def _build_bar(self) -> None:
        ui.html("<h1>degradekit studio</h1>", sanitize=False).classes("title")
        names = {index: source.key for index, source in enumerate(self._setup.photos)}
        if len(names) > 1:
            select = (
                ui.select(names, value=0, label="photo", with_input=True)
                .props("dense outlined options-dense")
                .classes("photo")
            )
            select.on_value_change(lambda event: self._choose_photo(event.value))
        button = ui.button("Open photo", icon="image").props('flat dense no-caps aria-label="Open photo"')
        button.classes("open-photo")
        button.on("click", js_handler="() => studio.choose('photo', 'image/*', false)")
        ui.element("div").classes("grow")
        self._seed = ui.number("seed", value=0, min=-_MOST_SEED, max=_MOST_SEED, step=1, precision=0)
        self._seed.props("dense outlined").classes("seed").on_value_change(self._reseed)
        redraw = ui.button("Redraw", icon="casino").props("unelevated dense no-caps").classes("redraw")
        redraw.on("click", js_handler="() => emitEvent('studio-redraw', 1)")

    def _build_tools(self) -> None:
        with ui.element("div").classes("tools"):
            methods = ["bicubic", "nearest", *(["weights"] if self._setup.enlarge else [])]
            ui.label("enlarged by").classes("note")
            self._method = ui.toggle(methods, value="bicubic")
            self._method.props("dense no-caps").on_value_change(self._redraw)
            ui.label("Wheel or pinch: zoom. Drag: move. Double click: all. R: next seed.").classes("note hint")
            self._busy = ui.label().classes("busy").props('id="busy"')

    async def _show_row(self, index: int) -> None:
        if self._setup.rows is None:
            return
        try:
            pair = await asyncio.to_thread(self._setup.rows.pair, self._setup.rows.rows[index])
        except (DegradekitError, IndexError) as error:
            self._set_problem(str(error))
            return
        self._session.show_stored(pair)
        self._show_overview()
        await self._redraw()

    def _put(self, element_id: str, html: str) -> None:
        self._stamp += 1
        self._client.run_javascript(f"studio.put({json.dumps(element_id)}, {json.dumps(html)}, {self._stamp})")

    def _drawn(self) -> tuple[str, str]:
        if self._session.photo is None:
            return views.no_photo(), ""
        draws = self._session.draws()
        enlarge = self._setup.enlarge if self._method.value == "weights" else None
        shown = views.panels(self._store, draws, enlarge or self._method.value)
        return shown, views.film_strips(self._store, draws)

    def _show(self, fragments: tuple[str, str]) -> None:
        self._set_problem("")
        for element_id, html in zip(("panels", "strip"), fragments, strict=True):
            self._put(element_id, html)

    def _fail(self, error: Exception) -> None:
        self._set_problem(str(error) if isinstance(error, DegradekitError) else f"{type(error).__name__}: {error}")

    def _set_problem(self, words: str) -> None:
        self._busy.set_text("")
        self._problem.set_text(words)
        self._problem.set_visibility(bool(words))

    async def _refresh(self) -> None:
        """Draw anew what is shown: the pictures, and then the open tab."""
        await self._redraw()
        await self._tabs.refresh()

    async def _change(self, path: str, value: Any) -> None:
        is_good = self._session.change(path, value)
        self._form.show_mistakes()
        self._recipe.show_changes()
        if is_good:
            self._form.follow()
            self._text.follow()
            await self._refresh()

    async def _arrange(self, arrangement: Arrangement) -> None:
        try:
            self._session.arrange(arrangement)
        except RecipeError as error:
            ui.notify(str(error), type="negative", multi_line=True, close_button="OK", timeout=0)
            return
        self._form.follow_arrangement(arrangement)
        self._recipe.show_changes()
        self._text.follow()
        await self._refresh()

    async def _restored(self) -> None:
        self._form.rebuild(self._form.open_paths)
        self._text.follow()
        await self._refresh()

    async def _opened(self) -> None:
        self._form.rebuild()
        self._text.follow()
        await self._refresh()

    async def _reseed(self) -> None:
        if self._seed.value is not None and not self._seed.out_of_limits:
            self._session.reseed(int(self._seed.value))
            await self._refresh()

    async def _move(self, x: float, y: float) -> None:
        self._session.move(x, y)
        await self._refresh()

    async def _choose_photo(self, index: int) -> None:
        await self._open_photo(self._setup.photos[index].key, lambda: self._setup.photo(index))

    async def _open_photo(self, name: str, read: Callable[[], StudioPhoto]) -> None:
        try:
            photo = await asyncio.to_thread(read)
        except DegradekitError as error:
            self._set_problem(f"{name}: {error}")
            return
        self._session.photo, self._session.stored = photo, None
        self._show_overview()
        await self._refresh()

    def _show_overview(self) -> None:
        photo = self._session.photo
        assert photo is not None
        self._put("overview", views.overview(self._store, photo))

    def _taken(self, event: Any, kind: str) -> tuple[str, bytes] | None:
        """Return name and content of a file that the browser has sent; None, and a message, where it was refused."""
        if event.args["ok"]:
            return self._uploads.take(event.args["answer"])
        self._set_problem(f"{kind}: {event.args['answer']}")
        return None

    async def _take_photo(self, event: Any) -> None:
        if file := self._taken(event, "photo"):
            await self._open_photo(file[0], lambda: self._setup.uploaded(*file))

    async def _take_recipe(self, event: Any) -> None:
        if file := self._taken(event, "recipe"):
            name, content = file
            await self._recipe.open(Draft(name, content.decode("utf-8", "replace")))

    async def _take_real(self, event: Any) -> None:
        if file := self._taken(event, "real photo"):
            try:
                self._real.add(as_real(self._setup.uploaded(*file)))
            except DegradekitError as error:
                self._set_problem(f"{file[0]}: {error}")
                return
            await self._tabs.refresh()
