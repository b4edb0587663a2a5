"""Connections of the HTTP server with limits: on their number, on the size of the headers, and on time."""

import asyncio
from asyncio.events import TimerHandle
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.http import limits
from shared.http.addresses import Peers, counted_as
from shared.settings import Settings


def protocol_for(config: Settings) -> "type[BoundedConnection]":
    """The kind of connection for these settings: a trusted proxy may open any number of them."""
    return type("Connection", (BoundedConnection,), {"peers": Peers(config), "open": Counter(), "free_at": 0.0})


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's connection with limits also on what no application reads: headers, idle time, rests of bodies."""

    peers: ClassVar[Peers]
    open: ClassVar[Counter[str]]
    #: when the server may again receive bytes that it drops, by the clock of the event loop
    free_at: ClassVar[float]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._address: str | None = None
        self._head: int | None = None  # bytes of a head that is not complete
        self._rest, self._refused = 0, False
        self._timers: dict[str, TimerHandle] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection; one too many is answered with 429 and closed."""
        super().connection_made(transport)
        host = self.client[0] if self.client else ""
        if host not in self.peers.proxies:
            self._address = counted_as(host)
            self.open[self._address] += 1
            if self.open[self._address] > limits.CONNECTIONS_PER_ADDRESS:
                self._refuse("429 Too Many Requests", "Too many connections of this address are open.")
                self._close()
                return
        self._start("idle", limits.IDLE_SECONDS, self._close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        if self._address is not None:
            self.open[self._address] -= 1
            if not self.open[self._address]:
                del self.open[self._address]
            self._address = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Receive data; the headers of a request must be complete within the limits of time and size."""
        if self._refused or self.transport.is_closing():
            self._drop(len(data))
            return
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > limits.LARGEST_HEAD:
                self._refuse("431 Request Header Fields Too Large", "The headers of the request are too large.")
                self._start("rest", limits.REST_SECONDS, self._close)
            elif "head" not in self._timers:
                self._start("head", limits.HEAD_SECONDS, self._close)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._stop("idle")
        self._head = self._rest = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is complete."""
        self._head = None
        self._stop("head")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of its body; after the response nobody reads it, so its size is bounded."""
        super().on_body(body)
        if self.cycle.response_complete:
            self._drop(len(body))

    def on_message_complete(self) -> None:
        """It is complete."""
        self._stop("rest")
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """It is answered; the rest of its body is received for a short time, so that the client reads the response."""
        super().on_response_complete()
        if self.cycle.response_complete and self.cycle.more_body and not self.transport.is_closing():
            self._start("rest", limits.REST_SECONDS, self._close)

    def pause_writing(self) -> None:
        """The client does not read."""
        super().pause_writing()
        self._start("unread", limits.UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """It reads again."""
        self._stop("unread")
        super().resume_writing()

    def _start(self, name: str, seconds: float, then: Callable[[], None]) -> None:
        self._stop(name)
        self._timers[name] = self.loop.call_later(seconds, then)

    def _stop(self, name: str) -> None:
        if (timer := self._timers.pop(name, None)) is not None:
            timer.cancel()

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def _refuse(self, status: str, text: str) -> None:
        self.transport.write(
            f"HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {len(text)}\r\n"
            f"connection: close\r\n\r\n{text}".encode("ascii")
        )
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._refused = True
        self._stop("head")

    def _drop(self, count: int) -> None:
        """Drop bytes that were received: closing at once would keep the client from reading the response.

        All connections together receive at most `DROPPED_PER_SECOND`, so that other requests get enough time.
        """
        self._rest += count
        if self._rest > limits.LARGEST_REST:
            self._close()
        if self.transport.is_closing():
            return
        kind, now = type(self), self.loop.time()
        kind.free_at = max(kind.free_at, now) + count / limits.DROPPED_PER_SECOND
        self.transport.pause_reading()
        self._start("pause", kind.free_at - now, self._receive_again)

    def _receive_again(self) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()
