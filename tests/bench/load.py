"""A load generator that costs little: keep-alive connections over raw streams, latencies stored, refusals counted."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Request = tuple[str, str, dict[str, str], bytes]
AWAY = (OSError, asyncio.IncompleteReadError)


@dataclass
class Result:
    """One run: seconds of each answered request, the number of responses that were not 2xx, and the whole duration."""

    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answered requests per second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The latency, in milliseconds, below which `share` of the requests stayed."""
        return percentile(self.latencies, share) * 1000


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values are; 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


class Connection:
    """One keep-alive connection; each request takes the next of `bearers`, as if several callers shared a proxy."""

    def __init__(self, port: int, bearers: Sequence[str] = ()) -> None:
        self._port, self._bearers, self._sent = port, bearers, 0
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the response."""
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(body)}"]
        if self._bearers:
            lines.append(f"authorization: Bearer {self._bearers[self._sent % len(self._bearers)]}")
            self._sent += 1
        lines += [f"{name}: {value}" for name, value in {"content-type": "application/json", **(headers or {})}.items()]
        try:
            self._writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            received = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:]) if name}
            answer = await self._reader.readexactly(int(received.get("content-length", "0")))
        except AWAY:
            self.close()
            raise
        if received.get("connection", "").lower() == "close":
            self.close()
        return int(head[0].split()[1]), received, answer

    def close(self) -> None:
        """Close it; the next request opens a new one."""
        if self._writer:
            self._writer.close()
        self._reader = self._writer = None


def body(value: object) -> bytes:
    """A JSON body."""
    return json.dumps(value).encode()


def shifted(bearers: Sequence[str], by: int) -> Sequence[str]:
    """The same callers, beginning with another one, so that connections do not all begin with the same."""
    return [*bearers[by % len(bearers) :], *bearers[: by % len(bearers)]] if bearers else bearers


async def closed_loop(
    port: int, make: Callable[[int], Request], *, clients: int, seconds: float, bearers: Sequence[str] = ()
) -> Result:
    """`clients` connections that each send the next request when the last was answered."""
    result, begun = Result(), time.perf_counter()
    number = iter(range(10**9))

    async def client(which: int) -> None:
        connection = Connection(port, shifted(bearers, which))
        while time.perf_counter() - begun < seconds:
            method, path, headers, sent = make(next(number))
            at = time.perf_counter()
            try:
                status, _, _ = await connection.send(method, path, sent, headers)
            except AWAY:
                status = 0
            if 200 <= status < 300:
                result.latencies.append(time.perf_counter() - at)
            else:
                result.refused += 1
        connection.close()

    await asyncio.gather(*(client(which) for which in range(clients)))
    result.seconds = time.perf_counter() - begun
    return result


async def open_loop(
    port: int,
    make: Callable[[int], Request],
    *,
    rate: float,
    seconds: float,
    bearers: Sequence[str],
    connections: int = 32,
) -> tuple[Result, list[tuple[float, bytes]]]:
    """Requests offered at a fixed rate, whether or not earlier ones were answered; the answers with the time of each."""
    result, answers = Result(), []
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for which in range(connections):
        idle.put_nowait(Connection(port, shifted(bearers, which)))
    begun = time.perf_counter()

    async def one(number: int, due: float) -> None:
        connection = await idle.get()
        method, path, headers, sent = make(number)
        try:
            status, _, answer = await connection.send(method, path, sent, headers)
        except AWAY:
            status, answer = 0, b""
        finally:
            idle.put_nowait(connection)
        if 200 <= status < 300:
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
    while not idle.empty():
        idle.get_nowait().close()
    return result, answers
