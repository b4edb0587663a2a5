"""Requests that change nothing: each runs completely in the database, and is rolled back instead of committed."""

from contextvars import ContextVar
from types import TracebackType
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import pytest

from shared.unit_of_work import Work

_UNDONE: ContextVar[bool] = ContextVar("undone", default=False)


class Answer(NamedTuple):
    """The status of an answer, and what it says."""

    status: int
    body: Any
    etag: str | None

    @property
    def ok(self) -> bool:
        """Whether the request was granted."""
        return self.status < 300


class Undone(BaseException):
    """What a unit of work ends with so that it is rolled back."""


def roll_back_requests(patch: pytest.MonkeyPatch) -> None:
    """Let every unit of work that a request of `send` opens be rolled back in the end; others commit as ever."""
    leave = Work.__aexit__

    async def undo(
        work: Work, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if _UNDONE.get() and work._depth == 1 and kind is None:
            await work.session.connection()
            await work._write()
            kind = Undone
        await leave(work, kind, error, trace)

    patch.setattr(Work, "__aexit__", undo)


async def send(app: Any, bearer: str, method: str, path: str, body: Any = None, version: str | None = None) -> Answer:
    """The answer of an application to a request that is rolled back."""
    path, _, query = path.partition("?")
    headers = [(b"authorization", f"Bearer {bearer}".encode()), (b"host", b"zeven.example")]
    content = b"" if body is None else msgspec.json.encode(body, enc_hook=_as_text)
    if body is not None:
        headers += [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    if version is not None:
        headers.append((b"if-match", version.encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("zeven.example", 80),
        "state": {},
    }
    received: list[dict[str, Any]] = [{"type": "http.request", "body": content, "more_body": False}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return received.pop(0) if received else {"type": "http.disconnect"}

    async def collect(message: Any) -> None:
        sent.append(message)

    marked = _UNDONE.set(True)
    try:
        await app(scope, receive, collect)
    finally:
        _UNDONE.reset(marked)
    given = dict(sent[0]["headers"])
    text = b"".join(message.get("body", b"") for message in sent[1:])
    is_json = b"json" in given.get(b"content-type", b"")
    etag = given[b"etag"].decode() if b"etag" in given else None
    return Answer(sent[0]["status"], msgspec.json.decode(text) if text and is_json else text, etag)


def _as_text(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)
