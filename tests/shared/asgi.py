"""Requests that no client library sends, put to an application directly."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.types import Message

from tests.world import World

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Answer:
    """What was answered, and how often the body was asked for before."""

    status: int
    headers: dict[str, str]
    body: bytes
    received: int

    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.body)


async def nothing() -> AsyncIterator[bytes]:
    """A body whose first byte never arrives; reading it fails the test."""
    raise AssertionError("the body was read")
    yield b""


async def whole(body: bytes) -> AsyncIterator[bytes]:
    """A body in one piece."""
    yield body


async def ask(
    zeven: World,
    method: str,
    path: str,
    bearer: str | None = None,
    body: AsyncIterator[bytes] | None = None,
    *,
    headers: Headers = (),
    query: bytes = b"",
    client: tuple[str, int] | None = ("127.0.0.1", 40000),
) -> Answer:
    """The platform's answer to exactly this request."""
    given = [*headers]
    if bearer is not None:
        given.append((b"authorization", b"Bearer " + bearer.encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "scheme": "http",
        "headers": given,
        "client": client,
        "server": ("127.0.0.1", 8080),
        "state": {},
    }
    parts, received, ended = body or whole(b""), 0, False
    sent: list[Message] = []

    async def receive() -> Message:
        nonlocal received, ended
        received += 1
        if ended:
            await asyncio.Event().wait()  # nobody hangs up
        try:
            return {"type": "http.request", "body": await anext(parts), "more_body": True}
        except StopAsyncIteration:
            ended = True
            return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await zeven.host.front(scope, receive, send)
    start, *rest = sent
    output = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Answer(start["status"], output, b"".join(each.get("body", b"") for each in rest), received)
