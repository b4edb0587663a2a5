"""`make bench`: measure, print, and write docs/benchmarks.md."""

import argparse
import json
import os
import platform as machine
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from cli.demo_data import write
from tests.bench import report
from tests.bench.load import Connection, Request, body, closed_loop
from tests.bench.platform import ROOT, Served, apart, floor, incident_alone, settled, together
from tests.bench.whole import CALL, Plan, call, measure
from tests.broker import Broker
from tests.world import owner_url, postgres, token

CLIENTS = (1, 8, 32)


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
    await settled({"incident": one.port}, bearer)


async def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--seconds", type=float, default=4, help="length of each closed loop")
    parser.add_argument("--sustain", type=float, default=60, help="seconds for which a rate is offered")
    parser.add_argument(
        "--sizes", type=int, nargs="*", default=[0, 10_000, 100_000], help="incidents that are there already"
    )
    parser.add_argument("--rates", type=int, nargs="*", default=[50, 150, 200], help="calls per second to offer")
    parser.add_argument("--again", type=float, default=30, help="the same where incidents are there already")
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
                    async with floor(owner_url(base_url)) as base:
                        migration = ["-m", "tests.bench.migrate", owner_url(url), "incident"]
                        subprocess.run([sys.executable, *migration], cwd=ROOT, check=True, env=os.environ)
                        bearer = token()
                        async with incident_alone(url, f"{broker.url}?namespace=bench-alone", base.port) as one:
                            for size in asked.sizes:
                                if size:
                                    await fill(one, bearer, size, folder)
                                await alone(figures, base, one, bearer, size, asked.seconds)
            if asked.only != "alone":
                plan = Plan(tuple(asked.rates), asked.sustain, tuple(size for size in asked.sizes if size), asked.again)
                async with together("embedded", folder / "embedded", "memory:") as platform:
                    await measure(figures, platform, plan)
                async with together("RabbitMQ", folder / "rabbit", f"{broker.url}?namespace=bench") as platform:
                    await measure(figures, platform, plan)
                async with apart(folder / "apart", broker.url) as platform:
                    await measure(figures, platform, replace(plan, sizes=()))
    finally:
        broker.remove()
    figures.write(ROOT / "docs/benchmarks.md")


if __name__ == "__main__":
    uvloop.run(main())
