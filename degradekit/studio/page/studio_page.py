"""The page of the studio."""

import json
from collections import OrderedDict
from collections.abc import Callable
from importlib.resources import files
from secrets import token_hex
from typing import Any

from nicegui import ui

from degradekit.errors import DegradekitError
from degradekit.presets import PRESETS, summary
from degradekit.studio.drafts import Draft
from degradekit.studio.opening import Setup
from degradekit.studio.page.form_view import FormView
from degradekit.studio.page.redrawing import Latest
from degradekit.studio.photos import StudioPhoto
from degradekit.studio.pictures import PictureStore
from degradekit.studio.session import Session
from degradekit.studio.views import film_strip, panels

_KEPT_UPLOADS = 4


class Uploads:
    """Files that pages have sent and not yet asked for; the oldest ones go first."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, tuple[str, bytes]] = OrderedDict()

    def put(self, name: str, data: bytes) -> str:
        """Keep a file, and return the key under which it is taken."""
        key = token_hex(8)
        self._files[key] = name, data
        while len(self._files) > _KEPT_UPLOADS:
            self._files.popitem(last=False)
        return key

    def take(self, key: str) -> tuple[str, bytes]:
        """Return name and content of a file, and forget it."""
        return self._files.pop(key, ("", b""))


class StudioPage:
    """The page in one tab of a browser."""

    def __init__(self, setup: Setup, store: PictureStore, uploads: Uploads) -> None:
        self._setup, self._store, self._uploads = setup, store, uploads
        self._session = Session(setup.draft)
        self._client = ui.context.client
        self._stamp = 0
        self._redraw = Latest(self._drawn, self._show, self._fail, lambda: self._busy.set_text("drawing ..."))
        ui.colors(primary="#1f6fb8")
        assets = files("degradekit.studio.page")
        ui.add_head_html(f"<style>{assets.joinpath('studio.css').read_text('utf-8')}</style>")
        ui.add_body_html(f"<script>{assets.joinpath('studio.js').read_text('utf-8')}</script>")
        self._build()
        for name, handler in {
            "studio-redraw": lambda event: self._seed.set_value(int(self._session.seed) + event.args),
            "studio-seed": lambda event: self._seed.set_value(event.args),
            "studio-crop": lambda event: self._move(*event.args),
            "studio-photo": self._take_photo,
            "studio-recipe": self._take_recipe,
        }.items():
            ui.on(name, handler)
        ui.timer(0, self._first_draw, once=True)

    async def _first_draw(self) -> None:
        if self._setup.photos:
            await self._open_photo(lambda: self._setup.photo(0))
        else:
            await self._redraw()

    def _build(self) -> None:
        session = self._session
        with ui.element("header").classes("bar"):
            ui.html("<h1>degradekit studio</h1>", sanitize=False)
            names = {index: source.key for index, source in enumerate(self._setup.photos)}
            if len(names) > 1:
                select = ui.select(names, value=0, label="photo").props("dense outlined options-dense")
                select.on_value_change(lambda event: self._open_photo(lambda: self._setup.photo(event.value)))
            button = ui.button("Open photo", icon="image").props("flat dense no-caps")
            button.on("click", js_handler="() => studio.choose('photo', 'image/*', false)")
            ui.element("div").classes("grow")
            self._seed = ui.number("seed", value=session.seed, step=1, precision=0, on_change=self._reseed)
            self._seed.props("dense outlined").classes("seed")
            ui.button("Redraw", icon="casino").props("unelevated dense no-caps").on(
                "click", js_handler="() => emitEvent('studio-redraw', 1)"
            ).mark("redraw")
        with ui.element("div").classes("layout"):
            with ui.element("aside").classes("side"):
                self._build_recipe()
                self._form = FormView(session, self._change)
            with ui.element("main").classes("main"):
                self._problem = ui.label().classes("error problem").props('role="alert" id="problem"')
                self._problem.set_visibility(False)
                self._busy = ui.label().classes("busy").props('id="busy"')
                ui.html(sanitize=False).props('id="panels"')
                self._build_tools()
                ui.html(sanitize=False).props('id="strip"')

    def _build_recipe(self) -> None:
        with ui.element("div").classes("row"):
            options = {name: name for name in PRESETS}
            if self._setup.draft.name not in options:
                options[self._setup.draft.name] = self._setup.draft.name
            self._recipe = ui.select(options, value=self._session.draft.name, label="recipe", with_input=True)
            self._recipe.props("dense outlined options-dense").mark("recipe")
            self._recipe.on_value_change(lambda event: self._open(Draft(event.value)))
            button = ui.button(icon="upload_file").props("flat dense")
            with button.on("click", js_handler="() => studio.choose('recipe', '.yaml,.yml', false)"):
                ui.tooltip("Open a recipe file")
        self._summary = ui.label().classes("note")
        self._summarize()
        ui.html(sanitize=False).classes("overview").props('id="overview"')

    def _build_tools(self) -> None:
        with ui.element("div").classes("tools"):
            methods = {"bicubic": "bicubic", "nearest": "nearest"}
            if self._setup.enlarge is not None:
                methods["weights"] = "weights"
            ui.label("Enlarged by").classes("note")
            self._method = ui.toggle(methods, value="bicubic", on_change=self._redraw).props("dense no-caps")
            ui.label("Wheel or pinch zooms, dragging moves, a double click shows all. R draws anew.").classes("note")

    def _put(self, element_id: str, html: str) -> None:
        self._stamp += 1
        self._client.run_javascript(f"studio.put({json.dumps(element_id)}, {json.dumps(html)}, {self._stamp})")

    def _drawn(self) -> tuple[str, str]:
        draws = self._session.draws()
        method = self._method.value
        enlarge = self._setup.enlarge if method == "weights" and self._setup.enlarge else method
        return panels(self._store, draws, enlarge), film_strip(self._store, next(iter(draws.values())))

    def _show(self, fragments: tuple[str, str]) -> None:
        self._busy.set_text("")
        self._set_problem("")
        for element_id, html in zip(("panels", "strip"), fragments, strict=True):
            self._put(element_id, html)

    def _fail(self, error: Exception) -> None:
        self._busy.set_text("")
        self._set_problem(str(error) if isinstance(error, DegradekitError) else f"{type(error).__name__}: {error}")

    def _set_problem(self, words: str) -> None:
        self._problem.set_text(words)
        self._problem.set_visibility(bool(words))

    async def _change(self, path: str, value: Any) -> None:
        is_good = self._session.change(path, value)
        self._form.show_mistakes()
        if is_good:
            self._form.follow()
            await self._redraw()

    async def _reseed(self) -> None:
        if self._seed.value is not None:
            self._session.seed = int(self._seed.value)
            await self._redraw()

    async def _open(self, draft: Draft) -> None:
        try:
            self._session.open(draft)
        except DegradekitError as error:
            self._set_problem(str(error))
            return
        self._form.rebuild()
        self._summarize()
        await self._redraw()

    def _summarize(self) -> None:
        draft = self._session.draft
        self._summary.set_text(summary(draft.name) if draft.name in PRESETS and not draft.text else "")

    async def _move(self, x: float, y: float) -> None:
        self._session.x, self._session.y = x, y
        await self._redraw()

    async def _open_photo(self, read: Callable[[], StudioPhoto]) -> None:
        try:
            self._session.photo = read()
        except DegradekitError as error:
            self._set_problem(str(error))
            return
        photo = self._session.photo
        height, width = photo.pixels.shape[:2]
        url = self._store.put(photo.overview())
        self._put("overview", f'<img src="{url}" alt="the whole photo"><p class="note">{width} x {height}</p>')
        await self._redraw()

    async def _take_photo(self, event: Any) -> None:
        if not event.args["ok"]:
            self._set_problem(f"photo: {event.args['answer']}")
            return
        name, data = self._uploads.take(event.args["answer"])
        await self._open_photo(lambda: self._setup.uploaded(name, data))

    async def _take_recipe(self, event: Any) -> None:
        if not event.args["ok"]:
            self._set_problem(f"recipe: {event.args['answer']}")
            return
        name, data = self._uploads.take(event.args["answer"])
        await self._open(Draft(name, data.decode("utf-8", "replace")))
