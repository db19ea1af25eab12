"""The tabs of the page, and those with data beside the photo: pairs of a dataset, and real low-quality photos."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from degradekit.studio import views
from degradekit.studio.page.tabs import Tab
from degradekit.studio.page.text_view import TextView
from degradekit.studio.photos import StudioPhoto
from degradekit.studio.pictures import PictureStore
from degradekit.studio.real_lrs import MOST_REAL, RealLRs
from degradekit.studio.session import Session
from degradekit.studio.stored_rows import StoredRows


class RowsTab:
    """Pairs of a dataset, and the condition that chooses them.

    Args:
        store: Keeps the pictures.
        rows: The pairs.
        on_condition: Is called when the condition changes.
    """

    def __init__(self, store: PictureStore, rows: StoredRows, on_condition: Callable[[], Awaitable[None]]) -> None:
        self._store, self._rows, self._on_condition = store, rows, on_condition

    def build(self) -> None:
        """Put the condition on the page."""
        self._where = ui.input("where", placeholder="jpeg_1_quality < 40 and noise_2_sigma is null")
        self._where.props("dense outlined clearable debounce=500").classes("where")
        self._where.on_value_change(lambda: self._on_condition())

    def html(self) -> str:
        """Return the pairs; see `views.stored_rows`."""
        return views.stored_rows(self._store, self._rows, self._where.value or "")


class RealTab:
    """Real photos beside draws.

    Args:
        session: Has the recipe and the crop.
        store: Keeps the pictures.
        real: The photos that the studio was started with.
    """

    def __init__(self, session: Session, store: PictureStore, real: RealLRs | None) -> None:
        self._session, self._store, self._real = session, store, real

    def build(self) -> None:
        """Put the choice of photos on the page."""
        button = ui.button("Choose real low-quality photos", icon="photo_library").props("flat dense no-caps")
        button.on("click", js_handler="() => studio.choose('real', 'image/*', true)")

    def add(self, photo: StudioPhoto) -> None:
        """Show another photo; of too many, the first ones go."""
        photos = self._real.photos if self._real is not None else ()
        self._real = RealLRs([*photos, photo][-MOST_REAL:])

    def html(self) -> str:
        """Return both with their statistics; see `views.beside_real`."""
        if self._real is None:
            return views.no_real_photos()
        return views.beside_real(self._store, self._session, self._real)


def tabs_of(session: Session, store: PictureStore, rows: RowsTab | None, real: RealTab, text: TextView) -> list[Tab]:
    """Return the tabs in their order; what needs a photo asks for one as long as there is none."""

    def of_photo(make: Callable[[], str]) -> Callable[[], str]:
        return lambda: views.no_photo() if session.photo is None else make()

    first = [] if rows is None else [Tab("rows", "Pairs of the dataset", rows.html, rows.build)]
    return [
        *first,
        Tab("parameters", "Drawn parameters", of_photo(lambda: views.parameters(session))),
        Tab("wall", "Wall of draws", of_photo(lambda: views.wall_of_draws(store, session))),
        Tab("real", "Real photos", of_photo(real.html), real.build),
        Tab("export", "Take it home", lambda: views.exports(session)),
        Tab("text", "Edit as text", None, text.build),
    ]
