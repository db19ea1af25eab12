"""The server of the studio's page, on this machine alone."""

import asyncio
import socket
from collections.abc import Callable
from secrets import token_urlsafe
from urllib.parse import quote

from nicegui import app, background_tasks, ui
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from degradekit.errors import DegradekitError
from degradekit.retrying import reason_of
from degradekit.studio.opening import MAX_UPLOAD_BYTES, Setup
from degradekit.studio.page.gate import Gate
from degradekit.studio.page.studio_page import StudioPage
from degradekit.studio.page.uploads import Uploads
from degradekit.studio.pictures import PictureStore
from degradekit.wording import byte_size

_HOST = "127.0.0.1"
_RECONNECT_SECONDS = 600.0
"""How long a page keeps its state while its browser is away, as when a laptop sleeps."""


def serve(setup: Setup, *, port: int = 0, announce: Callable[[str], object] = print, open_browser: bool = True) -> None:
    """Serve the page until the process is stopped.

    Args:
        setup: What the studio is started with.
        port: The port; 0 is one that is free.
        announce: Is called with the address, when the server listens.
        open_browser: Whether to open the address in the person's browser.

    Raises:
        DegradekitError: The port is taken.
    """
    port = _free_port(port)
    token = token_urlsafe(16)
    store, uploads = PictureStore(), Uploads()

    async def picture(name: str) -> Response:
        png = store.png(name)
        headers = {"Cache-Control": "private, max-age=86400, immutable", "X-Content-Type-Options": "nosniff"}
        return Response(status_code=404) if png is None else Response(png, media_type="image/png", headers=headers)

    async def take_file(request: Request) -> Response:
        data = bytearray()
        async for part in request.stream():
            data += part
            if len(data) > MAX_UPLOAD_BYTES:
                return PlainTextResponse(f"must have at most {byte_size(MAX_UPLOAD_BYTES)}", 413)
        return PlainTextResponse(uploads.put(request.query_params.get("name", ""), bytes(data)))

    def page() -> None:
        StudioPage(setup, store, uploads)

    app.add_api_route("/pictures/{name}", picture, methods=["GET"])
    app.add_route("/files/{kind}", take_file, methods=["POST"])
    app.add_middleware(Gate, token=token, port=port)
    ui.page("/", title="degradekit studio")(page)
    path = f"/?token={quote(token)}"

    async def announce_when_listening() -> None:
        while not await _is_listening(port):
            await asyncio.sleep(0.05)
        announce(f"http://{_HOST}:{port}{path}")

    app.on_startup(lambda: background_tasks.create(announce_when_listening()))
    ui.run(
        host=_HOST,
        port=port,
        show=path if open_browser else False,
        reload=False,
        dark=None,
        tailwind=False,
        show_welcome_message=False,
        reconnect_timeout=_RECONNECT_SECONDS,
        gzip_middleware_factory=None,
    )


async def _is_listening(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(_HOST, port)
    except OSError:
        return False
    writer.close()
    return True


def _free_port(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            raise DegradekitError(f"port: cannot be used: {reason_of(error)}; give another one (got {port})") from None
        return int(probe.getsockname()[1])
