"""A load generator that costs little: keep-alive connections over raw streams, latencies kept, errors counted."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

Request = tuple[str, str, dict[str, str], bytes]


@dataclass
class Result:
    """What a run saw: seconds of each answered request, answers that were not 2xx, and how long it took."""

    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answered requests per second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The latency, in milliseconds, that `share` of the requests stayed under."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000 if ordered else 0.0


class Connection:
    """One keep-alive connection."""

    def __init__(self, port: int, bearer: str | None = None) -> None:
        self._port, self._bearer = port, bearer
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer."""
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(body)}"]
        if self._bearer:
            lines.append(f"authorization: Bearer {self._bearer}")
        lines += [f"{name}: {value}" for name, value in {"content-type": "application/json", **(headers or {})}.items()]
        self._writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        told = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:]) if name}
        answer = await self._reader.readexactly(int(told.get("content-length", "0")))
        return int(head[0].split()[1]), told, answer

    def close(self) -> None:
        """Let go."""
        if self._writer:
            self._writer.close()


async def closed_loop(
    port: int, make: Callable[[int], Request], *, clients: int, seconds: float, bearer: str | None = None
) -> Result:
    """`clients` connections that each send the next request when the last was answered."""
    result, begun = Result(), time.perf_counter()
    number = iter(range(10**9))

    async def client() -> None:
        connection = Connection(port, bearer)
        while time.perf_counter() - begun < seconds:
            method, path, headers, body = make(next(number))
            at = time.perf_counter()
            status, _, _ = await connection.send(method, path, body, headers)
            if status < 300:
                result.latencies.append(time.perf_counter() - at)
            else:
                result.refused += 1
        connection.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    result.seconds = time.perf_counter() - begun
    return result


def body(value: object) -> bytes:
    """A JSON body."""
    return json.dumps(value).encode()


async def open_loop(
    port: int, make: Callable[[int], Request], *, rate: float, seconds: float, bearer: str, connections: int = 32
) -> tuple[Result, list[tuple[float, bytes]]]:
    """Requests offered at a fixed rate, whether or not the ones before were answered; answers with the moment of each."""
    result, answers = Result(), []
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(connections):
        idle.put_nowait(Connection(port, bearer))
    begun = time.perf_counter()

    async def one(number: int, due: float) -> None:
        connection = await idle.get()
        method, path, headers, sent = make(number)
        try:
            status, _, answer = await connection.send(method, path, sent, headers)
        finally:
            idle.put_nowait(connection)
        if status < 300:
            result.latencies.append(time.perf_counter() - due)
            answers.append((time.time(), answer))
        else:
            result.refused += 1

    tasks = []
    for number in range(int(rate * seconds)):
        due = begun + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(number, due)))
    await asyncio.gather(*tasks)
    result.seconds = time.perf_counter() - begun
    return result, answers
