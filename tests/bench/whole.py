"""The whole platform under calls: the largest sustained rate, the delay of effects, imports, memory."""

import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.demo_data import write
from shared import database
from tests.bench.alone import call
from tests.bench.callers import administrator
from tests.bench.load import Result, open_loop, percentile
from tests.bench.platforms import Platform, quiet
from tests.bench.report import Figures

RATES = "The whole platform: calls offered at a fixed rate, every effect done"
HIGHEST = "The whole platform: where it ends"
EFFECTS = "From the answer to the stored clock"
IMPORTS = "Import of a generated history, every effect included"
MEMORY = "Memory of the processes, without PostgreSQL"
#: what is offered again where incidents are there already
AGAIN = (50, 300)


@dataclass(frozen=True)
class Plan:
    """Rates to offer, seconds of each, its repetitions; incidents of an import; a larger history after which rates are repeated."""

    rates: tuple[int, ...]
    seconds: float
    rounds: int
    imported: int
    larger: int


@dataclass(frozen=True)
class Loaded:
    """The platforms of the checkouts, in one shape, and the callers."""

    shape: str
    platforms: Sequence[Platform]
    bearers: Sequence[str]

    async def measure(self, figures: Figures, plan: Plan) -> None:
        """Everything; imports only where one address answers for all services."""
        for platform in self.platforms:
            await quiet(platform.ports)
            await open_loop(platform.port, call, rate=20, seconds=3, bearers=self.bearers)
        self._remember_memory(figures, "after the first calls")
        await self._offer(figures, plan, plan.rates, "")
        self._remember_memory(figures, "after all calls")
        if not self.platforms[0].together or not plan.imported:
            return
        for number in range(plan.rounds):
            for platform in self._in_turn(self.platforms, number):
                await self._while_importing(figures, platform, plan.imported, number)
                await self._import(figures, platform, plan.imported, number)
        if plan.larger:
            for platform in self.platforms:
                await self._import(figures, platform, plan.larger, 0)
            await self._offer(figures, plan, AGAIN, f", {plan.larger:,} incidents more")
        self._remember_memory(figures, "after imports")

    def _remember_memory(self, figures: Figures, when: str) -> None:
        for platform in self.platforms:
            row = f"{self.shape}, {when}"
            figures.add(MEMORY, row, platform.checkout.name, MB=(platform.resident_mb(), "less"))

    async def _offer(self, figures: Figures, plan: Plan, rates: tuple[int, ...], when: str) -> None:
        highest = dict.fromkeys((platform.checkout.name for platform in self.platforms), 0)
        going = list(self.platforms)
        for rate in rates:
            kept_up = {platform.checkout.name: True for platform in going}
            for number in range(plan.rounds):
                for platform in self._in_turn(going, number):
                    kept_up[platform.checkout.name] &= await self._one(figures, platform, rate, plan.seconds, when)
            if not any(kept_up.values()):
                figures.beyond.add(self._row(rate, when))
            going = [platform for platform in going if kept_up[platform.checkout.name]]
            highest |= {platform.checkout.name: rate for platform in going}
            if not going:
                break
        if not when:
            for name, rate in highest.items():
                figures.add(HIGHEST, self.shape, name, highest_rate_held_per_s=(rate, "more"))

    def _row(self, rate: int, when: str) -> str:
        return f"{self.shape}{when}, {rate} calls/s"

    @staticmethod
    def _in_turn(platforms: Sequence[Platform], number: int) -> Sequence[Platform]:
        """The platforms in the order of this round, which is reversed in every second one."""
        return platforms if number % 2 == 0 else platforms[::-1]

    async def _one(self, figures: Figures, platform: Platform, rate: int, seconds: float, when: str) -> bool:
        """Offer one rate; whether it was held."""
        used = platform.cpu_seconds()
        result, answers = await open_loop(platform.port, call, rate=rate, seconds=seconds, bearers=self.bearers)
        waiting = await _clocks_missing(platform, answers)
        was_held = held(result, rate) and waiting < rate
        delays = await _effects(platform, answers)
        await quiet(platform.ports)
        row, name = self._row(rate, when), platform.checkout.name
        figures.add(
            RATES,
            row,
            name,
            answered_per_s=(result.rate, "more"),
            p50_ms=(result.percentile(0.5), "less"),
            p99_ms=(result.percentile(0.99), "less"),
            refused=(result.refused, "less"),
            clocks_waiting_at_the_end=(waiting, "neither"),
            cores_used=((platform.cpu_seconds() - used) / result.seconds, "less"),
        )
        figures.add(
            EFFECTS,
            row,
            name,
            p50_ms=(percentile(delays, 0.5) * 1000, "less"),
            p99_ms=(percentile(delays, 0.99) * 1000, "less"),
        )
        return was_held

    async def _while_importing(self, figures: Figures, platform: Platform, incidents: int, number: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "history.csv"
            write(file, seed=11 + number, incidents=incidents)
            importing = asyncio.create_task(self._run_import(platform, file, f"meanwhile-{number}"))
            await asyncio.sleep(1.5)
            _, answers = await open_loop(platform.port, call, rate=10, seconds=5, bearers=self.bearers)
            busy = not importing.done()
            await importing
        delays = await _effects(platform, answers)
        row = f"{self.shape}, 10 calls/s while an import runs{'' if busy else ' (it ended earlier)'}"
        figures.add(
            EFFECTS,
            row,
            platform.checkout.name,
            p50_ms=(percentile(delays, 0.5) * 1000, "less"),
            p99_ms=(percentile(delays, 0.99) * 1000, "less"),
        )

    async def _import(self, figures: Figures, platform: Platform, incidents: int, number: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "history.csv"
            rows = write(file, seed=incidents + number, incidents=incidents)
            used, begun = platform.cpu_seconds(), time.perf_counter()
            await self._run_import(platform, file, f"history-{incidents}-{number}")
            took = time.perf_counter() - begun
        figures.add(
            IMPORTS,
            f"{self.shape}, {incidents:,} incidents",
            platform.checkout.name,
            rows_per_s=(rows / took, "more"),
            CPU_us_a_row=((platform.cpu_seconds() - used) / rows * 1e6, "less"),
        )

    async def _run_import(self, platform: Platform, file: Path, source: str) -> None:
        command = ("-m", "cli", "import", "incidents", str(file), "--mapping", "uci", "--source", source)
        url = f"http://127.0.0.1:{platform.port}"
        await platform.checkout.run(*command, ZEVEN_URL=url, ZEVEN_TOKEN=administrator())


def held(result: Result, rate: float) -> bool:
    """Whether a rate was held: all answered, and the last quarter as quick as the second."""
    quarter = len(result.latencies) // 4
    if result.refused or not quarter or result.rate < rate * 0.97:
        return False
    second, last = sorted(result.latencies[quarter : 2 * quarter]), sorted(result.latencies[-quarter:])
    return last[quarter // 2] <= max(second[quarter // 2] * 1.5, 0.05)


async def _handled(platform: Platform, answers: list[tuple[float, bytes]]) -> list[float]:
    """Seconds from each answer to the time at which service_level had stored the clocks; negative: before the answer."""
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
