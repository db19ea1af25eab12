"""Who may see the page."""

import asyncio

import pytest

from degradekit.studio.page.gate import Gate

TOKEN, PORT = "a-token", 4321
HOST, COOKIE = b"127.0.0.1:4321", f"degradekit-studio-{PORT}={TOKEN}".encode()


def answer(kind="http", query=b"", **headers):
    """Return the first message that the gate sends, or `passed`."""
    sent = []

    async def inner(*_):
        sent.append("passed")

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "query_string": query, "headers": [(name.encode(), text) for name, text in headers.items()]}
    asyncio.run(Gate(inner, TOKEN, PORT)(scope, receive, send))
    return sent[0]


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_the_page_itself_may_ask(kind):
    assert answer(kind, host=HOST, cookie=COOKIE) == "passed"
    assert answer(kind, host=b"localhost:4321", cookie=b"x=1; " + COOKIE, origin=b"http://localhost:4321") == "passed"


@pytest.mark.parametrize(
    "headers",
    [
        {"host": HOST},
        {"host": HOST, "cookie": COOKIE + b"x"},
        {"host": HOST, "cookie": b"degradekit-studio-4321="},
        {"host": HOST, "cookie": b"\xff\xfe;;=="},
        {"host": b"evil.example:4321", "cookie": COOKIE},
        {"host": b"127.0.0.1:80", "cookie": COOKIE},
        {"cookie": COOKIE},
        {"host": HOST, "cookie": COOKIE, "origin": b"http://evil.example"},
        {"host": HOST, "cookie": COOKIE, "origin": b"null"},
    ],
)
def test_others_are_refused(headers):
    assert answer(**headers)["status"] == 403
    assert answer("websocket", **headers) == {"type": "websocket.close", "code": 4403}


def test_the_printed_address_gives_the_cookie_once():
    message = answer(query=b"token=a-token", host=HOST)
    assert message["status"] == 303
    headers = dict(message["headers"])
    assert headers[b"location"] == b"/"
    assert headers[b"set-cookie"].startswith(COOKIE)
    assert b"HttpOnly" in headers[b"set-cookie"]
    assert answer(query=b"token=b-token", host=HOST)["status"] == 403
    assert answer(query=b"token=a-token", host=b"evil.example:4321")["status"] == 403
    assert answer("websocket", query=b"token=a-token", host=HOST)["type"] == "websocket.close"
