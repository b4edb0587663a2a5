"""A connection of a real server is not held open for nothing, and a refused client can read why."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn

from shared.http import limits
from shared.http.connections import BoundedConnection, protocol_for
from shared.settings import Settings
from tests.serving import Server
from tests.shared.test_requests import PARCELS
from tests.world import World, token

GET = f"GET {PARCELS} HTTP/1.1\r\nhost: zeven.example\r\n"
SIGNED = f"authorization: Bearer {token()}\r\n"


@asynccontextmanager
async def served(office: World, **settings: object) -> AsyncIterator[tuple[int, type[BoundedConnection]]]:
    """The office behind a server as `make run` starts it: its port, and its kind of connection."""
    kind = protocol_for(Settings(**settings))  # type: ignore[arg-type]
    options = uvicorn.Config(
        office.host.front,
        port=0,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        http=kind,
        proxy_headers=False,
    )
    server = Server(options)
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1], kind
    finally:
        server.should_exit = True
        await serving


async def talk(port: int, *parts: str | bytes, pause: float = 0.0, read: bool = True) -> bytes:
    """What the server answers to these parts until it closes the connection; fails when it does not within five seconds."""
    async with asyncio.timeout(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(ConnectionError):
            for part in parts:
                writer.write(part.encode() if isinstance(part, str) else part)
                await writer.drain()
                await asyncio.sleep(pause)
        answer = b""
        with contextlib.suppress(ConnectionError):
            while read and (piece := await reader.read(65_536)):
                answer += piece
        writer.close()
        return answer


async def test_a_head_that_never_ends_is_given_up(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HEAD_SECONDS", 0.3)
    async with served(office) as (port, _):
        assert await talk(port, GET) == b""
        assert await talk(port, *(["GET ", "/ HTTP/1.1\r\n"] + ["x: y\r\n"] * 20), pause=0.1) == b""


async def test_a_connection_without_a_request_is_closed(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "IDLE_SECONDS", 0.2)
    async with served(office) as (port, _):
        assert await talk(port) == b""


async def test_an_endless_head_is_refused(office: World) -> None:
    async with served(office) as (port, _):
        answer = await talk(port, GET, *[f"x-{number}: {'y' * 8000}\r\n" for number in range(40)])
    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_a_large_head_in_one_piece_is_refused_as_a_problem(office: World) -> None:
    async with served(office) as (port, _):
        answer = await talk(port, f"{GET}{SIGNED}x-long: {'y' * 40_000}\r\nconnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"urn:zeven:problem:headers-too-large" in answer


async def test_a_body_that_never_ends_is_answered_and_the_connection_closed(
    office: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.3)
    head = (
        f"POST {PARCELS} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n{SIGNED}\r\n"
    )
    async with served(office) as (port, _):
        answer = await talk(port, head, '{"label": ')
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"urn:zeven:problem:request-timeout" in answer


async def test_who_may_not_send_a_large_body_can_read_why(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REST_SECONDS", 0.5)
    size = 512 * 1024
    head = f"POST {PARCELS} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {size}\r\n\r\n"
    async with served(office) as (port, _):
        for sent in (size, 1000):  # the whole of it, or only a part: then the rest is not waited for
            answer = await talk(port, head, b" " * sent, "" if sent < size else f"{GET}connection: close\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 401 "), answer[:200]
            assert answer.count(b"HTTP/1.1 401 ") == (2 if sent == size else 1)


async def test_a_refused_body_without_end_is_not_received_for_ever(office: World) -> None:
    head = f"POST {PARCELS} HTTP/1.1\r\nhost: a\r\ncontent-length: 17179869184\r\n\r\n"
    async with served(office) as (port, _):
        assert await talk(port, head, *([b" " * 65_536] * 200)) is not None


async def test_refused_bodies_of_all_connections_together_are_received_slowly(
    office: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DROPPED_PER_SECOND", 2 * limits.MIB)
    size = 512 * limits.KIB
    head = f"POST {PARCELS} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {size}\r\n\r\n"
    async with served(office) as (port, _):
        begun = time.monotonic()
        parts = head, b" " * size, f"{GET}connection: close\r\n\r\n"
        answers = await asyncio.gather(*(talk(port, *parts) for _ in range(4)))
        took = time.monotonic() - begun
    assert [answer.count(b"HTTP/1.1 401 ") for answer in answers] == [2] * 4
    # the last piece of each is not waited for, nor what came with the head
    assert took > 0.4


async def test_connections_of_one_address_are_bounded_and_counted_back(
    office: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CONNECTIONS_PER_ADDRESS", 3)
    async with served(office) as (port, kind):
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        await asyncio.sleep(0.05)
        assert (await talk(port)).startswith(b"HTTP/1.1 429 ")
        for _, writer in held:
            writer.close()
        async with asyncio.timeout(5):
            while kind.open:
                await asyncio.sleep(0.01)
        assert (await talk(port, f"{GET}connection: close\r\n\r\n")).startswith(b"HTTP/1.1 401 ")


async def test_a_trusted_proxy_may_open_any_number(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CONNECTIONS_PER_ADDRESS", 1)
    async with served(office, trusted_proxies="127.0.0.1") as (port, _):
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        assert (await talk(port, f"{GET}connection: close\r\n\r\n")).startswith(b"HTTP/1.1 401 ")
        for _, writer in held:
            writer.close()


async def test_who_does_not_read_is_left(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UNREAD_SECONDS", 0.3)
    ask = "GET /counter/assets/swagger-ui-bundle.js HTTP/1.1\r\nhost: a\r\n\r\n"
    async with served(office) as (port, kind):
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(ask.encode() * 20)
        async with asyncio.timeout(5):
            await asyncio.sleep(0.2)
            while kind.open:
                await asyncio.sleep(0.05)
        writer.close()


async def test_requests_one_after_another_on_one_connection_are_answered(office: World) -> None:
    async with served(office) as (port, _):
        answer = await talk(port, *([f"{GET}{SIGNED}\r\n"] * 3), f"{GET}{SIGNED}connection: close\r\n\r\n", pause=0.05)
        together = await talk(port, f"{GET}{SIGNED}\r\n" * 3 + f"{GET}{SIGNED}connection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 ") == together.count(b"HTTP/1.1 200 ") == 4
