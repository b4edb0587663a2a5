"""The whole platform under calls: rates it holds, delay of their effects, imports, memory."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from cli.demo_data import write
from shared import database
from tests.bench import report
from tests.bench.load import Request, body, open_loop
from tests.bench.platform import PASSWORD, ROOT, Platform, settled, token_of

CALL = {
    "type": "incident",
    "title": "Printer on the second floor is silent",
    "description": "Nothing comes out. " * 8,
    "impact": "high",
    "urgency": "low",
}
#: what is offered again where incidents are there already
AGAIN = (50, 150)
IMPORTED = 3000


@dataclass(frozen=True)
class Plan:
    """Rates to offer and for how many seconds; sizes to which histories bring the platform, and seconds for each there."""

    rates: tuple[int, ...]
    seconds: float
    sizes: tuple[int, ...]
    again: float


def call(_: int) -> Request:
    """A new call."""
    return "POST", "/incident/v1/calls", {}, body(CALL)


async def measure(figures: report.Figures, platform: Platform, plan: Plan) -> None:
    """Everything, first empty, then with the plan's sizes; imports only where one address answers for all services."""
    bearer = await token_of(platform.ports["governance"])
    await settled(platform.ports, bearer)
    await open_loop(platform.port, call, rate=20, seconds=3, bearer=bearer)
    figures.memory(f"{platform.name}, after the first calls", platform.resident_mb())
    await _offer(figures, platform, plan.rates, plan.seconds, "")
    if not platform.together:
        figures.memory(f"{platform.name}, after all calls", platform.resident_mb())
        return
    await _while_importing(figures, platform)
    await _import(figures, platform, IMPORTED, "")
    figures.memory(f"{platform.name}, after two histories", platform.resident_mb())
    for size in plan.sizes:
        await _import(figures, platform, size, f", to {size:,} incidents more")
        await _offer(figures, platform, AGAIN, plan.again, f", {size:,} incidents more")
        figures.memory(f"{platform.name}, {size:,} incidents more", platform.resident_mb())


async def _offer(
    figures: report.Figures, platform: Platform, rates: tuple[int, ...], seconds: float, when: str
) -> None:
    bearer = await token_of(platform.ports["governance"])
    for rate in rates:
        used = platform.cpu_seconds()
        result, answers = await open_loop(platform.port, call, rate=rate, seconds=seconds, bearer=bearer)
        waiting = await _clocks_missing(platform, answers)
        await settled(platform.ports, bearer)
        held = report.held(result, rate) and waiting < rate
        cores = (platform.cpu_seconds() - used) / result.seconds
        figures.rate(platform.name + when, rate, result, waiting, held=held, cores=cores)
        figures.effects(f"{platform.name}{when}, {rate} calls/s", await _effects(platform, answers))
        if not held:
            return


async def _while_importing(figures: report.Figures, platform: Platform) -> None:
    bearer = await token_of(platform.ports["governance"])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "history.csv"
        write(file, seed=11, incidents=IMPORTED)
        importing = subprocess.Popen(_importer(platform, file, "meanwhile"), **_quietly(platform))
        await asyncio.sleep(1)
        _, answers = await open_loop(platform.port, call, rate=10, seconds=5, bearer=bearer)
        busy = importing.poll() is None
        importing.wait()
    name = f"{platform.name}, 10 calls/s while an import runs"
    figures.effects(name if busy else f"{name} (which ended earlier)", await _effects(platform, answers))


async def _import(figures: report.Figures, platform: Platform, incidents: int, when: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "history.csv"
        rows = write(file, seed=incidents, incidents=incidents)
        used, begun = platform.cpu_seconds(), time.perf_counter()
        subprocess.run(_importer(platform, file, f"history-{incidents}"), check=True, **_quietly(platform))
        took = time.perf_counter() - begun
    figures.imported(platform.name + when, rows, took, (platform.cpu_seconds() - used) / rows * 1e6)


def _importer(platform: Platform, file: Path, source: str) -> list[str]:
    where = ["--url", f"http://127.0.0.1:{platform.port}"]
    return [
        sys.executable,
        "-m",
        "cli",
        "import",
        "incidents",
        str(file),
        "--mapping",
        "uci",
        "--source",
        source,
        *where,
    ]


def _quietly(platform: Platform) -> dict[str, object]:
    credentials = {"ZEVEN_USERNAME": "admin", "ZEVEN_PASSWORD": PASSWORD, "PYTHONPATH": str(ROOT)}
    return {"env": {**os.environ, **credentials}, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


async def _handled(platform: Platform, answers: list[tuple[float, bytes]]) -> list[float]:
    """Seconds from each answer to the moment at which service_level had stored the clocks; negative: before the answer."""
    answered = {json.loads(answer)["record"]["id"]: moment for moment, answer in answers}
    connection = await database.connect(platform.clocks)
    rows = await connection.fetch(
        "SELECT envelope->>'subject' AS id, extract(epoch FROM done_at)::float AS done FROM inbox "
        "WHERE type = 'incident.registered.v1' AND done_at IS NOT NULL AND envelope->>'subject' = ANY($1)",
        list(answered),
    )
    await connection.close()
    return [row["done"] - answered[row["id"]] for row in rows]


async def _clocks_missing(platform: Platform, answers: list[tuple[float, bytes]]) -> int:
    """How many answered calls have no clock yet."""
    return len(answers) - len(await _handled(platform, answers))


async def _effects(platform: Platform, answers: list[tuple[float, bytes]]) -> list[float]:
    """The delays of every effect, once all are there."""
    while await _clocks_missing(platform, answers):
        await asyncio.sleep(0.2)
    return await _handled(platform, answers)
