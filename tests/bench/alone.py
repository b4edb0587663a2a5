"""The incident service by itself, each request compared with the floor in one run."""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.demo_data import write
from cli.history import batches, load_mapping, read_histories
from tests.bench.callers import administrator
from tests.bench.checkout import Checkout, Served, database_settings, free_port
from tests.bench.load import Connection, Request, body, closed_loop
from tests.bench.platforms import SECRETS, SERVICES, quiet
from tests.bench.report import Figures

TABLE = "The incident service alone: each request as a share of what the floor does in the same seconds"
CALL = {
    "type": "incident",
    "title": "Printer on the second floor is silent",
    "description": "Nothing comes out. " * 8,
    "impact": "high",
    "urgency": "low",
}
CALLS = "/incident/v1/calls"


@dataclass(frozen=True)
class Plan:
    """Numbers of clients, seconds of each loop, its repetitions, and the sizes to which histories bring the service."""

    clients: tuple[int, ...]
    seconds: float
    rounds: int
    sizes: tuple[int, ...]


@dataclass
class Side:
    """The service of one checkout, with incidents to read and to move."""

    checkout: Checkout
    served: Served
    bearers: Sequence[str]
    read: str = ""
    moved: str = ""
    version: int = 0
    paused: bool = False

    async def furnish(self) -> None:
        """Make an incident to read, and one that is taken, to be moved to and fro."""
        connection = Connection(self.served.port, self.bearers)
        made = [json.loads((await connection.send("POST", CALLS, body(CALL)))[2])["record"]["id"] for _ in range(2)]
        self.read, self.moved = (f"/incident/v1/incidents/{identity}" for identity in made)
        taken = {"if-match": '"1"'}
        _, headers, _ = await connection.send("POST", f"{self.moved}/moves", body({"trigger": "take"}), taken)
        self.version = int(headers["etag"].strip('"'))
        connection.close()

    def requests(self) -> dict[str, Callable[[int], Request]]:
        """What is asked of it, by name."""
        return {
            "create": call,
            "read": lambda _: ("GET", self.read, {}, b""),
            "list 50": lambda _: ("GET", "/incident/v1/incidents?limit=50", {}, b""),
            "move": self._move,
        }

    def _move(self, _: int) -> Request:
        # one client sends the next move when the last was answered, each with the version that the last one left
        number, self.version = self.version, self.version + 1
        sent = {"trigger": "resume"} if self.paused else {"trigger": "pause", "pending_reason": "supplier"}
        self.paused = not self.paused
        return "POST", f"{self.moved}/moves", {"if-match": f'"{number}"'}, body(sent)


def call(_: int) -> Request:
    """A new call."""
    return "POST", CALLS, {}, body(CALL)


@asynccontextmanager
async def services(
    checkouts: Sequence[Checkout], folder: Path, bus: str, issuer: Mapping[str, str], bearers: Sequence[str]
) -> AsyncIterator[tuple[Served, list[Side]]]:
    """The floor and the incident service of each checkout, on databases of their own, with a broker and no other service."""
    async with AsyncExitStack() as stack:
        sides = []
        for checkout in checkouts:
            databases = checkout.databases(folder / checkout.name, (*SERVICES, "floor"))
            urls = await stack.enter_async_context(databases)
            owner_of_floor = urls.pop("floor")[1]
            settings = {**issuer, **SECRETS, **database_settings(urls), "ZEVEN_BUS_URL": f"{bus}-{checkout.name}"}
            await checkout.run("-m", "services", "migrate", **settings)
            port, log = free_port(), folder / f"{checkout.name}-incident.log"
            incident = checkout.served(
                ["-m", "services.incident"], port=port, ready="/incident/readyz", log=log, **settings
            )
            sides.append(Side(checkout, await stack.enter_async_context(incident), bearers))
        port, log = free_port(), folder / "floor.log"
        floor = checkouts[-1].served(
            ["-m", "tests.bench.floor", str(port)], port=port, ready="/rows", log=log, FLOOR_DATABASE_URL=owner_of_floor
        )
        base = await stack.enter_async_context(floor)
        for side in sides:
            await side.furnish()
        yield base, sides


async def measure(figures: Figures, base: Served, sides: Sequence[Side], plan: Plan, folder: Path) -> None:
    """Every request with every number of clients, first on an empty service and then on larger ones."""
    row: Request = ("POST", "/rows", {}, body(CALL))
    bare = json.loads((await Connection(base.port).send(*row[:2], row[3]))[2])["id"]
    below: dict[str, Request] = {
        "create": row,
        "read": ("GET", f"/rows/{bare}", {}, b""),
        "list 50": ("GET", "/rows", {}, b""),
        "move": ("POST", f"/rows/{bare}/moves", {}, b""),
    }
    for size in plan.sizes:
        if size:
            await fill(sides, size, folder)
        for name, request in below.items():
            for clients in plan.clients if name != "move" else (1,):
                for number in range(plan.rounds):
                    await _round(figures, base, sides, name, request, size, clients, plan.seconds, turn=number)


async def _round(
    figures: Figures,
    base: Served,
    sides: Sequence[Side],
    name: str,
    request: Request,
    size: int,
    clients: int,
    seconds: float,
    *,
    turn: int,
) -> None:
    floor = await closed_loop(base.port, lambda _: request, clients=clients, seconds=seconds)
    for side in sides if turn % 2 == 0 else reversed(sides):
        used = side.served.cpu_seconds()
        result = await closed_loop(
            side.served.port, side.requests()[name], clients=clients, seconds=seconds, bearers=side.bearers
        )
        if result.refused:
            raise SystemExit(f"{side.checkout.name} refused {result.refused} of the requests to {name}.")
        figures.add(
            TABLE,
            f"{name}, {size:,} incidents, {clients} client{'s' if clients > 1 else ''}",
            side.checkout.name,
            of_the_floor=(result.rate / floor.rate, "more"),
            requests_per_s=(result.rate, "neither"),
            p50_ms=(result.percentile(0.5), "less"),
            p99_ms=(result.percentile(0.99), "less"),
            CPU_ms=((side.served.cpu_seconds() - used) / len(result.latencies) * 1000, "less"),
        )


async def fill(sides: Sequence[Side], size: int, folder: Path) -> None:
    """Bring the service to about `size` incidents by importing histories of them."""
    file, mapping = folder / f"{size}.csv", load_mapping("uci")
    write(file, seed=size, incidents=size)
    connections = [Connection(side.served.port, [administrator()]) for side in sides]
    for batch in batches(read_histories(file, mapping), 200):
        for connection in connections:
            status, _, answer = await connection.send("POST", "/incident/v1/imports", batch.body(f"size-{size}"))
            if status != 200:
                raise SystemExit(answer.decode())
    for side in sides:
        await quiet({"incident": side.served.port})
