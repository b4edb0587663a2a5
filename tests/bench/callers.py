"""The callers: agents, an administrator and somebody without roles, the test's own issuer, and the address of its keys."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.world import KEY, token

ADDRESS = "http://zeven.example"
#: the platform's own issuer, whose keys are read where this module serves them
ISSUER = f"{ADDRESS}/governance"

#: as many as share a platform in a busy hour; limits that hold for one caller must not meet all of them together
AGENTS = 64


def agents() -> list[str]:
    """Tokens of different people at the desk, who register and handle the calls of every client."""
    return [token(f"measuring-{number}", "professional", iss=ISSUER) for number in range(AGENTS)]


def administrator() -> str:
    """The token of somebody who may do everything: import a history, and look at the delivery of events."""
    return token("measuring-administrator", iss=ISSUER)


def without_roles() -> str:
    """The token of somebody who has no role."""
    return token("measuring-nobody", roles=[], iss=ISSUER)  # type: ignore[arg-type]


@asynccontextmanager
async def issuer() -> AsyncIterator[dict[str, str]]:
    """The settings that make a platform accept these tokens, for as long as their keys are served."""
    keys = json.dumps({"keys": [KEY.as_dict(private=False)]}).encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(keys)}\r\nconnection: close"
        writer.write(head.encode() + b"\r\n\r\n" + keys)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield {
            "ZEVEN_PUBLIC_URL": ADDRESS,
            "ZEVEN_ISSUER": ISSUER,
            "ZEVEN_JWKS_URL": f"http://127.0.0.1:{port}/keys",
        }
