"""`make bench`: measure this checkout, by itself or beside another one, print the figures and write docs/benchmarks.md."""

import argparse
import asyncio
import contextlib
import os
import platform as machine
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from tests.bench import alone, neighbours, suggestions, whole
from tests.bench.callers import agents, issuer
from tests.bench.checkout import Checkout
from tests.bench.corpus import Shape
from tests.bench.platforms import apart, together
from tests.bench.report import AFTER, BEFORE, Figures
from tests.broker import Broker, NoBroker

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs/benchmarks.md"
PARTS = ("alone", "embedded", "rabbitmq", "five", "suggestions")


@dataclass(frozen=True)
class Plan:
    """How long everything takes."""

    alone: alone.Plan
    whole: whole.Plan
    neighbours: neighbours.Plan
    suggestions: suggestions.Plan
    parts: tuple[str, ...]


SUGGESTIONS = suggestions.Plan(seeds=(1, 2, 3), shape=Shape(), items=100_000)
QUICK = Plan(
    alone.Plan(clients=(1, 8), seconds=1, rounds=1, sizes=(0,)),
    whole.Plan(rates=(50, 300), seconds=5, rounds=1, imported=500, larger=0),
    neighbours.Plan(seconds=3, rounds=1),
    suggestions.Plan(seeds=(1,), shape=Shape(texts=1500), items=5000),
    ("alone", "embedded"),
)


def full(*, compared: bool) -> Plan:
    """About half an hour. Beside another checkout the rounds are shorter and more, because only their middle is compared."""
    if compared:
        return Plan(
            alone.Plan(clients=(1, 8, 32), seconds=1, rounds=7, sizes=(0,)),
            whole.Plan(rates=(50, 150, 300, 400, 500, 600), seconds=6, rounds=3, imported=1500, larger=0),
            neighbours.Plan(seconds=2, rounds=3),
            SUGGESTIONS,
            PARTS,
        )
    return Plan(
        alone.Plan(clients=(1, 8, 32), seconds=2, rounds=2, sizes=(0, 100_000)),
        whole.Plan(rates=(50, 150, 300, 400, 500, 600), seconds=10, rounds=2, imported=3000, larger=100_000),
        neighbours.Plan(seconds=5, rounds=1),
        SUGGESTIONS,
        PARTS,
    )


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--against", type=Path, metavar="PATH", help="another checkout, with its own .venv: the one before"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a few minutes, for use while developing; writes no document"
    )
    parser.add_argument("--only", choices=PARTS, action="append", help="one part; may be repeated")
    parser.add_argument("--out", type=Path, help=f"the document to write the figures to; {DOCUMENT.name} when absent")
    return parser.parse_args()


@asynccontextmanager
async def broker() -> AsyncIterator[str]:
    """The URL of a RabbitMQ: that of ZEVEN_TEST_BUS_URL, else one of our own."""
    if given := os.environ.get("ZEVEN_TEST_BUS_URL"):
        yield given
        return
    try:
        own = Broker()
        await asyncio.to_thread(own.start)
    except NoBroker as missing:
        raise SystemExit(f"{missing} `make bench` installs it where it may.") from None
    try:
        yield own.url
    finally:
        own.remove()


async def main() -> None:
    """Measure what was asked for."""
    query = arguments()
    here = Checkout(AFTER if query.against else "now", ROOT)
    checkouts = [Checkout(BEFORE, query.against.resolve()), here] if query.against else [here]
    for checkout in checkouts:
        checkout.check()
    plan = QUICK if query.quick else full(compared=bool(query.against))
    parts = query.only or plan.parts
    host = f"{machine.machine()}, {os.cpu_count()} cores, Python {machine.python_version()}"
    figures, begun = Figures(host, datetime.now(UTC).date()), time.monotonic()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zeven-bench-")))
        folder.chmod(0o711)  # started by root, PostgreSQL runs as another account that must reach its data
        trusted = await stack.enter_async_context(issuer())
        bus = "memory:"
        if set(parts) - {"embedded", "suggestions"}:
            bus = await stack.enter_async_context(broker())
        for part in parts:
            place = folder / part
            place.mkdir(mode=0o711)
            await measure(part, figures, checkouts, plan, place, bus, trusted)
    figures_to = query.out or (None if query.quick else DOCUMENT)
    sys.stdout.write("\n" + "\n".join(figures.summary()) + f"\n({(time.monotonic() - begun) / 60:.1f} min)\n")
    if figures_to:
        figures.write(figures_to)


async def measure(
    part: str,
    figures: Figures,
    checkouts: list[Checkout],
    plan: Plan,
    folder: Path,
    bus: str,
    trusted: dict[str, str],
) -> None:
    """One part, with the checkouts in turn."""
    if part == "suggestions":  # plain BM25 is what they are compared with, not another checkout
        await suggestions.measure(figures, checkouts[-1].name, plan.suggestions, folder)
        return
    bearers = agents()
    if part == "alone":
        async with alone.services(checkouts, folder, f"{bus}?namespace=bench-alone", trusted, bearers) as (base, sides):
            await alone.measure(figures, base, sides, plan.alone, folder)
        return
    start = apart if part == "five" else together
    shape = {"embedded": "embedded", "rabbitmq": "RabbitMQ", "five": "RabbitMQ, five processes"}[part]
    async with AsyncExitStack() as stack:
        platforms = []
        for checkout in checkouts:
            own_bus = "memory:" if part == "embedded" else f"{bus}?namespace=bench-{part}-{checkout.name}"
            platforms.append(await stack.enter_async_context(start(checkout, folder, own_bus, trusted)))
        loaded = whole.Loaded(shape, platforms, bearers)
        if part == "embedded":
            await neighbours.measure(figures, platforms, bearers, plan.neighbours)
        # beside RabbitMQ a larger history takes minutes and shows what the embedded platform shows
        more = plan.whole if part == "embedded" else replace(plan.whole, larger=0)
        await loaded.measure(figures, more)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(main())
