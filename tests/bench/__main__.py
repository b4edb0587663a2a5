"""`make bench`: measure, print, and write docs/benchmarks.md."""

import argparse
import asyncio
import json
import os
import platform as machine
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from cli.demo_data import write
from shared import database
from tests.bench import report
from tests.bench.load import Connection, Request, body, closed_loop, open_loop
from tests.bench.platform import ROOT, Served, floor, incident_alone, settled, token_of, whole
from tests.broker import Broker
from tests.world import postgres, token

SERVICES = ("incident", "change", "knowledge", "service-level", "governance")
CALL = {
    "type": "incident",
    "title": "Printer on the second floor is silent",
    "description": "Nothing comes out. " * 8,
    "impact": "high",
    "urgency": "low",
}
CLIENTS = (1, 8, 32)


def call(_: int) -> Request:
    """A new call."""
    return "POST", "/incident/v1/calls", {}, body(CALL)


def row(_: int) -> Request:
    """A new row of the floor."""
    return "POST", "/rows", {}, body(CALL)


async def alone(figures: report.Figures, base: Served, one: Served, bearer: str, size: int, seconds: float) -> None:
    """The incident service by itself against the floor, request by request in one run."""
    connection = Connection(one.port, bearer)
    made = [json.loads((await connection.send(*call(0)[:2], call(0)[3]))[2])["record"]["id"] for _ in range(3)]
    bare = json.loads((await Connection(base.port).send(*row(0)[:2], row(0)[3]))[2])["id"]
    moving = await movable(one.port, bearer, made[0])
    pairs = {
        "create": (row, call),
        "read": (
            lambda _: ("GET", f"/rows/{bare}", {}, b""),
            lambda _: ("GET", f"/incident/v1/incidents/{made[1]}", {}, b""),
        ),
        "list 50": (lambda _: ("GET", "/rows", {}, b""), lambda _: ("GET", "/incident/v1/incidents?limit=50", {}, b"")),
    }
    for name, (ours_below, ours) in pairs.items():
        for clients in CLIENTS:
            below = await closed_loop(base.port, ours_below, clients=clients, seconds=seconds)
            used = one.cpu_seconds()
            above = await closed_loop(one.port, ours, clients=clients, seconds=seconds, bearer=bearer)
            cpu = (one.cpu_seconds() - used) / max(len(above.latencies), 1) * 1000
            figures.ratio(name, size, clients, below, above, cpu)
    below = await closed_loop(base.port, lambda _: ("POST", f"/rows/{bare}/moves", {}, b""), clients=1, seconds=seconds)
    used = one.cpu_seconds()
    above = await closed_loop(one.port, moving, clients=1, seconds=seconds, bearer=bearer)
    figures.ratio("move", size, 1, below, above, (one.cpu_seconds() - used) / max(len(above.latencies), 1) * 1000)


async def movable(port: int, bearer: str, incident: str):
    """Requests that move one incident to and fro, each with the version that the one before left."""
    path = f"/incident/v1/incidents/{incident}"
    _, headers, _ = await Connection(port, bearer).send(
        "POST", f"{path}/moves", body({"trigger": "take"}), {"if-match": '"1"'}
    )
    version = int(headers["etag"].strip('"'))

    def move(number: int) -> Request:
        sent = {"trigger": "pause", "pending_reason": "supplier"} if number % 2 == 0 else {"trigger": "resume"}
        return "POST", f"{path}/moves", {"if-match": f'"{version + number}"'}, body(sent)

    return move


async def together(
    figures: report.Figures, name: str, data: Path, bus: str, seconds: float, rates: tuple[int, ...]
) -> None:
    """The whole platform: rates it holds, latency of its effects, import, memory."""
    async with whole(data, bus) as one:
        bearer = await token_of(one.port)
        await settled(one.port, bearer, SERVICES)
        await open_loop(one.port, call, rate=20, seconds=3, bearer=bearer)
        figures.memory(f"{name}, after the first calls", one.resident_mb())
        for rate in rates:
            used = one.cpu_seconds()
            result, answers = await open_loop(one.port, call, rate=rate, seconds=seconds, bearer=bearer)
            waiting = await clocks_missing(data, answers)
            await settled(one.port, bearer, SERVICES)
            held = report.held(result, rate) and waiting < rate * 2
            figures.rate(name, rate, result, waiting, held=held, cores=(one.cpu_seconds() - used) / result.seconds)
            if rate == 50:
                figures.effects(f"{name}, 50 calls/s", await effects(data, answers))
            if not held:
                break
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "history.csv"
            rows = write(file, seed=11, incidents=3000)
            importing = subprocess.Popen(
                importer(file, f"bench-{name}"), env=client(one.port), stdout=subprocess.DEVNULL
            )
            begun = time.perf_counter()
            while importing.poll() is None and time.perf_counter() - begun < 2:
                await asyncio.sleep(0.1)
            _, answers = await open_loop(one.port, call, rate=10, seconds=8, bearer=bearer)
            importing.wait()
            figures.effects(f"{name}, 10 calls/s while an import runs", await effects(data, answers))
            used, begun = one.cpu_seconds(), time.perf_counter()
            file = Path(folder) / "again.csv"
            rows = write(file, seed=12, incidents=3000)
            subprocess.run(importer(file, f"again-{name}"), env=client(one.port), stdout=subprocess.DEVNULL, check=True)
            took = time.perf_counter() - begun
            figures.imported(name, rows, took, (one.cpu_seconds() - used) / rows * 1e6)
        figures.memory(f"{name}, after {rows * 2:,} rows of history", one.resident_mb())


def importer(file: Path, source: str) -> list[str]:
    """The command that imports a history."""
    return [sys.executable, "-m", "cli", "import", "incidents", str(file), "--mapping", "uci", "--source", source]


def client(port: int) -> dict[str, str]:
    """The environment of the command line."""
    return {
        **os.environ,
        "ZEVEN_URL": f"http://127.0.0.1:{port}",
        "ZEVEN_USERNAME": "admin",
        "ZEVEN_PASSWORD": "a-password-for-measuring",
        "PYTHONPATH": str(ROOT),
    }


async def handled(data: Path, answers: list[tuple[float, bytes]]) -> list[float]:
    """Seconds from each answer to the moment at which service_level had stored the clocks; negative: before the answer."""
    answered = {json.loads(answer)["record"]["id"]: moment for moment, answer in answers}
    connection = await database.connect(f"postgresql+asyncpg://postgres@/service_level?host={data}/postgres-socket")
    rows = await connection.fetch(
        "SELECT envelope->>'subject' AS id, extract(epoch FROM done_at)::float AS done FROM inbox "
        "WHERE type = 'incident.registered.v1' AND done_at IS NOT NULL AND envelope->>'subject' = ANY($1)",
        list(answered),
    )
    await connection.close()
    return [row["done"] - answered[row["id"]] for row in rows]


async def clocks_missing(data: Path, answers: list[tuple[float, bytes]]) -> int:
    """How many answered calls have no clock yet."""
    return len(answers) - len(await handled(data, answers))


async def effects(data: Path, answers: list[tuple[float, bytes]]) -> list[float]:
    """The delays of every effect, once all are there."""
    while await clocks_missing(data, answers):
        await asyncio.sleep(0.2)
    return await handled(data, answers)


async def fill(one: Served, bearer: str, size: int, folder: Path) -> None:
    """Bring the incident service to about `size` incidents by importing histories of them."""
    from cli.history import batches, load_mapping, read_histories

    file, mapping = folder / f"{size}.csv", load_mapping("uci")
    write(file, seed=size, incidents=size)
    connection = Connection(one.port, bearer)
    for batch in batches(read_histories(file, mapping), 200):
        status, _, answer = await connection.send("POST", "/incident/v1/imports", batch.body(f"size-{size}"))
        if status != 200:
            raise RuntimeError(answer.decode())
    await settled(one.port, bearer, ("incident",))


async def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--seconds", type=float, default=4, help="length of each closed loop")
    parser.add_argument("--sustain", type=float, default=60, help="seconds for which a rate is offered")
    parser.add_argument(
        "--sizes", type=int, nargs="*", default=[0, 10_000, 100_000], help="incidents that are there already"
    )
    parser.add_argument(
        "--rates", type=int, nargs="*", default=[50, 100, 150, 200, 250], help="calls per second to offer"
    )
    parser.add_argument("--only", choices=["alone", "together"], help="one half of it")
    asked = parser.parse_args()
    figures = report.Figures(
        f"{machine.machine()}, {os.cpu_count()} cores, Python {machine.python_version()}", datetime.now(UTC).date()
    )
    broker = Broker()
    broker.start()
    try:
        with tempfile.TemporaryDirectory(prefix="zeven-bench-") as name:
            folder = Path(name)
            folder.chmod(0o711)
            if asked.only != "together":
                async with postgres(folder / "alone") as make:
                    base_url, url = await make("floor"), await make("incident")
                    async with floor(base_url) as base:
                        subprocess.run(
                            [sys.executable, "-m", "tests.bench.migrate", url], cwd=ROOT, check=True, env=os.environ
                        )
                        bearer = token()
                        async with incident_alone(url, f"{broker.url}?namespace=bench-alone", base.port) as one:
                            for size in asked.sizes:
                                if size:
                                    await fill(one, bearer, size, folder)
                                await alone(figures, base, one, bearer, size, asked.seconds)
            if asked.only != "alone":
                rates = tuple(asked.rates)
                await together(figures, "embedded", folder / "embedded", "memory:", asked.sustain, rates)
                await together(
                    figures, "RabbitMQ", folder / "rabbit", f"{broker.url}?namespace=bench", asked.sustain, rates
                )
    finally:
        broker.remove()
    figures.write(ROOT / "docs/benchmarks.md")


if __name__ == "__main__":
    uvloop.run(main())
