"""Who may see the studio's page: the person with the address that the command printed, on this machine."""

from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from secrets import compare_digest
from typing import Any
from urllib.parse import parse_qs

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

_HOSTS = ("127.0.0.1", "localhost")


class Gate:
    """Lets requests pass that come from this machine's own page, and refuses all others.

    Other sites in the same browser are refused by the headers Host and Origin, other users of the machine by a token:
    the printed address has it, and a cookie keeps it.

    Args:
        app: What the requests are for.
        token: The token.
        port: The port of the server.
    """

    def __init__(self, app: App, token: str, port: int) -> None:
        self._app, self._token = app, token
        self._origins = {f"http://{host}:{port}" for host in _HOSTS}
        self._cookie = f"degradekit-studio-{port}"

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        is_own = f"http://{headers.get(b'host')}" in self._origins
        is_own = is_own and headers.get(b"origin", next(iter(self._origins))) in self._origins
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if is_own and self._is_token(self._token_in(headers.get(b"cookie", ""))):
            await self._app(scope, receive, send)
        elif is_own and scope["type"] == "http" and self._is_token(given):
            cookie = f"{self._cookie}={self._token}; HttpOnly; SameSite=Strict; Path=/"
            await _answer(send, 303, [(b"location", b"/"), (b"set-cookie", cookie.encode())])
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4403})
        else:
            await _answer(send, 403, [], b"Open the address that `degradekit studio` has printed.")

    def _token_in(self, cookies: str) -> str:
        try:
            morsel = SimpleCookie(cookies).get(self._cookie)
        except CookieError:
            return ""
        return "" if morsel is None else morsel.value

    def _is_token(self, text: str) -> bool:
        return compare_digest(text.encode(), self._token.encode())


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    headers = [*headers, (b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
