"""What no service can store or understand stops nothing: an operator sees it, and settles it with the command line alone."""

import json
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import aio_pika
import httpx2
import pytest
from uuid_utils.compat import uuid7

from tests.broker import Broker
from tests.life.commandline import zeven
from tests.life.desk import Desk, Json, eventually, json_of
from tests.life.processes import SERVICES, Process, admin, free_ports, until_quiet, until_ready
from tests.world import ADMIN_PASSWORD

pytestmark = [pytest.mark.connected, pytest.mark.timeout(300)]
REGISTERED = "incident.registered.v1"


class Poisoned:
    """The platform on a broker to which somebody else publishes too."""

    def __init__(self, process: Process, client: httpx2.AsyncClient, url: str, namespace: str) -> None:
        self.process, self.client, self._url, self._namespace = process, client, url, namespace
        self.address = f"http://127.0.0.1:{process.port}"

    async def publish(self, *bodies: bytes, key: str = REGISTERED) -> None:
        """Publish these messages as the incident service does."""
        connection = await aio_pika.connect(self._url)
        async with connection:
            channel = await connection.channel()
            exchange = await channel.get_exchange(f"{self._namespace}.events.incident")
            for body in bodies:
                await exchange.publish(aio_pika.Message(body), routing_key=key)

    async def figure(self, service: str, name: str) -> float:
        """A metric of a service."""
        metrics = (await self.client.get(f"/{service.replace('_', '-')}/metrics")).text
        (line,) = [line for line in metrics.splitlines() if line.startswith(f'{name}{{service="{service}"')]
        return float(line.rpartition(" ")[2])

    async def another(self, **changes: Any) -> Json:
        """The last event about a registered incident, as another event."""
        found = json_of(await self.client.get("/incident/v1/events", params={"type": REGISTERED, "limit": 1000}))
        event: Json = {name: value for name, value in found["items"][-1].items() if name != "position"}
        return {**event, "id": str(uuid7()), "subject": str(uuid4()), "sequence": 1, **changes}


@pytest.fixture
async def poisoned(broker: Broker, logs: Path) -> AsyncIterator[Poisoned]:
    """All services in one process on a broker."""
    with tempfile.TemporaryDirectory(prefix="zeven-poison-") as folder:
        Path(folder).chmod(0o711)  # started by root, the server runs as somebody else who must get through
        (port,), namespace = free_ports(1), f"poison-{uuid4().hex[:8]}"
        settings = {
            "ZEVEN_DATA": f"{folder}/data",
            "ZEVEN_PORT": str(port),
            "ZEVEN_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "ZEVEN_BUS_URL": f"{broker.url}?namespace={namespace}",
        }
        process = Process("services", settings=settings, log=logs / "poisoned.log")
        process.start()
        await until_ready([process])
        async with admin({service: [port] for service in SERVICES}) as client:
            yield Poisoned(process, client, broker.url, namespace)
        process.stop()
        await process.ended()


async def call(poisoned: Poisoned) -> str:
    """Register a call; the id of its incident, once its clocks run."""
    desk = Desk(poisoned.client)
    fields = {"title": "The printer is on fire", "description": "Literally.", "impact": "high", "urgency": "high"}
    made = await desk.make("/incident/v1/calls", type="incident", **fields)
    identity: str = made["record"]["id"]
    await desk.first(f"/service-level/v1/clocks?record_id={identity}")
    return identity


async def set_apart(poisoned: Poisoned, service: str, wanted: list[str]) -> list[Json]:
    """What a service set apart, once it has these reasons."""

    async def found() -> list[Json] | None:
        items: list[Json] = json_of(await poisoned.client.get(f"/{service}/v1/quarantine"))["items"]
        return items if sorted(item["reason"] for item in items) == sorted(wanted) else None

    items: list[Json] = await eventually(found, f"{wanted} in the quarantine of {service}")
    return items


async def test_whatever_is_delivered_stops_nothing_and_is_settled_by_the_command_line(poisoned: Poisoned) -> None:
    await call(poisoned)
    assert (await zeven(poisoned.address, "status")).code == 0
    event = await poisoned.another()
    spoilt = await poisoned.another(data={**event["data"], "title": "a\0b"})
    later = await poisoned.another(type="incident.registered.v2")
    await poisoned.publish(b"\xff{", json.dumps(spoilt).encode())
    await poisoned.publish(json.dumps(later).encode(), key="incident.registered.v2")
    unknown = await poisoned.another(type="incident.dreamt_of.v1")
    await poisoned.publish(json.dumps(unknown).encode(), key="incident.dreamt_of.v1")
    await call(poisoned)  # what comes after them is handled

    items = await set_apart(poisoned, "service-level", ["unreadable", "not storable", "later version", "unknown type"])
    assert {item["publisher"] for item in items} == {"incident"}
    assert await poisoned.figure("service_level", "zeven_quarantined_messages") == 4
    ready = json_of(await poisoned.client.get("/service-level/readyz"))
    assert (ready["status"], ready["delivery"]["quarantine"]) == ("ready", 4)

    status = await zeven(poisoned.address, "status")
    assert status.code == 1
    assert "deliveries were set apart in" in status.complaint
    shown = (await zeven(poisoned.address, "quarantine", "list", "--service", "service-level", "--json")).printed
    for part in ("unreadable", "not storable", "incident.registered.v2", "incident.dreamt_of.v1"):
        assert part in shown
    refused = await zeven(poisoned.address, "quarantine", "retry", later["id"])
    assert refused.code == 1
    assert "does not handle incident.registered.v2; update it" in refused.complaint
    for service in SERVICES:
        done = await zeven(poisoned.address, "quarantine", "discard", "--all", service, "--reason", "sent by hand")
        assert done.code == 0, done.complaint
    assert (await zeven(poisoned.address, "status")).code == 0
    discarded = json_of(await poisoned.client.get("/service-level/v1/events", params={"type": "event.discarded.v1"}))
    assert [each["data"]["reason"] for each in discarded["items"]] == ["sent by hand"] * 4
    await until_quiet([poisoned.process])


async def test_an_event_that_fails_is_seen_long_before_it_is_dead_and_is_discarded(poisoned: Poisoned) -> None:
    await call(poisoned)
    broken = await poisoned.another(data={"number": "no such thing"})
    await poisoned.publish(json.dumps(broken).encode())

    async def fails() -> bool:
        return await poisoned.figure("service_level", "zeven_inbox_failing_events") == 1

    await eventually(fails, "a failing event")
    assert await poisoned.figure("service_level", "zeven_inbox_lag_seconds") == 0  # it delays nothing
    status = await zeven(poisoned.address, "status")
    assert (status.code, "events fail in" in status.complaint) == (1, True)
    assert broken["id"] in (await zeven(poisoned.address, "dead-letters", "list")).printed
    done = await zeven(poisoned.address, "dead-letters", "discard", broken["id"], "--reason", "sent by hand")
    assert "service_level" in done.printed
    assert (await zeven(poisoned.address, "status")).code == 0
    await call(poisoned)
