"""Whether one anonymous or role-less caller slows down another one: the p95 of the other with and without it."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.alone import CALL, CALLS, call
from tests.bench.attacker import KINDS
from tests.bench.callers import without_roles
from tests.bench.load import Connection, Request, body, open_loop, percentile
from tests.bench.platforms import Platform, quiet
from tests.bench.report import NEIGHBOURS, Figures

RATE = 20


@dataclass(frozen=True)
class Plan:
    """Seconds for which the other caller is measured, and the repetitions."""

    seconds: float
    rounds: int


async def measure(figures: Figures, platforms: Sequence[Platform], bearers: Sequence[str], plan: Plan) -> None:
    """Each kind of attack on each platform, in turn."""
    for kind in KINDS:
        for number in range(plan.rounds):
            for platform in platforms if number % 2 == 0 else reversed(platforms):
                await _one(figures, platform, bearers, kind, plan.seconds)


async def _one(figures: Figures, platform: Platform, bearers: Sequence[str], kind: str, seconds: float) -> None:
    connection = Connection(platform.port, bearers)
    made = json.loads((await connection.send("POST", CALLS, body(CALL)))[2])["record"]["id"]
    connection.close()
    port = platform.ports["service_level" if kind == "calendars" else "incident"]

    def work(number: int) -> Request:
        """What the other caller does: reads an incident, looks at a list, registers a call."""
        requests = (
            ("GET", f"/incident/v1/incidents/{made}", {}, b""),
            ("GET", "/incident/v1/incidents?limit=20", {}, b""),
            call(number),
        )
        return requests[number % 3]

    async def p95() -> tuple[float, int]:
        result, _ = await open_loop(platform.port, work, rate=RATE, seconds=seconds, bearers=bearers, connections=4)
        return percentile(result.latencies, 0.95), result.refused

    await quiet(platform.ports)
    without, _ = await p95()
    attacker = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.bench.attacker", str(port), kind, str(seconds + 2)),
        env={**os.environ, "ATTACKER_TOKEN": without_roles()},
        stdout=subprocess.PIPE,
    )
    await asyncio.sleep(1.5)
    beside, refused = await p95()
    output, _ = await attacker.communicate()
    done = json.loads(output)
    figures.add(
        NEIGHBOURS,
        f"{'a caller without roles' if KINDS[kind].signed else 'an anonymous caller'}: {kind}",
        platform.checkout.name,
        times=(beside / without, "less"),
        p95_without_ms=(without * 1000, "neither"),
        p95_with_ms=(beside * 1000, "less"),
        refused_to_the_other=(refused, "less"),
        attacks_per_s=((done["answered"] + done["refused"]) / (seconds + 2), "neither"),
    )
