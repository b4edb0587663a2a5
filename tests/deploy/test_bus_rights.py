"""The rights of the users of the composed RabbitMQ, from deploy/rabbitmq/definitions.json, tested by attacks."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import AMQPError
from aiormq.exceptions import ChannelAccessRefused

from services.__main__ import SERVICES
from shared.bus import MIGRATOR, Bus, Queue, buses
from shared.bus.rabbit import RabbitBus
from shared.runtime import queues
from tests.broker import Broker
from tests.shared.letters import Subscriber, letter

pytestmark = pytest.mark.connected

DEFINITIONS = Path(__file__).resolve().parents[2] / "deploy" / "rabbitmq" / "definitions.json"
NAMES = [service.name for service in SERVICES]
QUEUES = {queue.name: queue for queue in queues(SERVICES)}
PARTY = "party.changed.v1"
#: what a service that was taken over might try with a channel of its own user `incident`
ATTACKS: dict[str, Callable[[AbstractChannel], Awaitable[object]]] = {
    "publish as another service": lambda channel: publish(channel, "zeven.events.governance", PARTY),
    "put a message straight into a queue": lambda channel: publish(channel, "", "zeven.change"),
    "put a message aside": lambda channel: publish(channel, "zeven.unreadable", ""),
    "read another service's queue": lambda channel: consume(channel, "zeven.change"),
    "read what was set aside": lambda channel: consume(channel, "zeven.unreadable"),
    "empty another service's queue": lambda channel: existing(channel, "zeven.change").purge(),
    "bind its own queue to more": lambda channel: existing(channel, "zeven.incident").bind(
        "zeven.events.governance", "password.*.v1"
    ),
    "unbind its own queue": lambda channel: existing(channel, "zeven.incident").unbind(
        "zeven.events.governance", PARTY
    ),
    "unbind another's queue": lambda channel: existing(channel, "zeven.change").unbind(
        "zeven.events.governance", PARTY
    ),
    "bind another's queue to its own events": lambda channel: existing(channel, "zeven.change").bind(
        "zeven.events.incident", PARTY
    ),
    "lead its own events into another's exchange": lambda channel: lead(
        channel, "zeven.events.incident", "zeven.events.governance"
    ),
    "lead another's events into its own exchange": lambda channel: lead(
        channel, "zeven.events.governance", "zeven.events.incident"
    ),
    "declare a queue": lambda channel: channel.declare_queue("zeven.incident.more"),
    "declare its own queue": lambda channel: channel.declare_queue("zeven.incident", durable=True),
    "declare a queue of any name": lambda channel: channel.declare_queue(exclusive=True),
    "declare an exchange": lambda channel: channel.declare_exchange("zeven.events.operations"),
    "delete its own queue": lambda channel: channel.queue_delete("zeven.incident"),
    "delete another's exchange": lambda channel: channel.exchange_delete("zeven.events.governance"),
}


def existing(channel: AbstractChannel, name: str) -> aio_pika.Queue:
    return aio_pika.Queue(channel, name, durable=True, exclusive=False, auto_delete=False, arguments=None)


async def publish(channel: AbstractChannel, exchange: str, routing_key: str, *copies: str) -> None:
    forged = letter(PARTY, source="governance").model_dump_json().encode()
    message = aio_pika.Message(forged, headers={"CC": list(copies)} if copies else None)
    target = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
    await target.publish(message, routing_key=routing_key)


async def consume(channel: AbstractChannel, queue: str) -> None:
    await existing(channel, queue).consume(asyncio.Queue[object]().put)


async def lead(channel: AbstractChannel, source: str, destination: str) -> None:
    underlay = await channel.get_underlay_channel()
    await underlay.exchange_bind(destination=destination, source=source, routing_key="#")


def url_of(broker: Broker, user: str) -> str:
    return broker.url_for(user, f"password-of-{user}")


@pytest.fixture(scope="module")
async def rights(broker: Broker) -> AsyncIterator[Broker]:
    """A broker with the users of the composed one, where the migrator has declared what all services need."""
    definitions = re.sub(
        r"@ZEVEN_BUS_PASSWORD_(\w+)@", lambda found: f"password-of-{found[1].lower()}", DEFINITIONS.read_text("utf-8")
    )
    # the policy is for RabbitMQ 4; rights are the same in every version
    known = {key: json.loads(definitions)[key] for key in ("users", "vhosts", "permissions")}
    (broker.folder / "definitions.json").write_text(json.dumps(known), "utf-8")
    await asyncio.to_thread(broker.control, "import_definitions", str(broker.folder / "definitions.json"))
    await RabbitBus(url_of(broker, MIGRATOR), MIGRATOR).declare(NAMES, list(QUEUES.values()))
    yield broker
    connection = await aio_pika.connect(broker.url)
    async with connection:
        channel = await connection.channel()
        for name in (*(f"zeven.{name}" for name in QUEUES), "zeven.unreadable"):
            await channel.queue_delete(name)
        for exchange in (*(f"zeven.events.{name}" for name in NAMES), "zeven.unreadable"):
            await channel.exchange_delete(exchange)


@pytest.fixture
async def bus_of(rights: Broker) -> AsyncIterator[Callable[[str], Bus]]:
    """Gives the ends of the bus, each with its user's rights; every queue is empty."""
    connection = await aio_pika.connect(rights.url)
    async with connection:
        channel = await connection.channel()
        for name in (*QUEUES, "unreadable"):
            await existing(channel, f"zeven.{name}").purge()
    make, made = buses(lambda service: url_of(rights, service)), list[Bus]()

    def remember(service: str) -> Bus:
        made.append(make(service))
        return made[-1]

    yield remember
    await asyncio.gather(*(bus.close() for bus in made))


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_service_that_was_taken_over_may_not(rights: Broker, attack: str) -> None:
    connection = await aio_pika.connect(url_of(rights, "incident"))
    async with connection:
        with pytest.raises(ChannelAccessRefused):
            await ATTACKS[attack](await connection.channel())


@pytest.mark.parametrize("name", NAMES)
async def test_a_service_publishes_and_reads_with_the_rights_it_has(bus_of: Callable[[str], Bus], name: str) -> None:
    queue = next(queue for queue in QUEUES.values() if name in queue.publishers and queue.name != name)
    pattern = next(pattern for pattern, publisher in queue.types.items() if publisher == name)
    here, there, a = bus_of(name), bus_of(queue.name), Subscriber()
    await there.subscribe(queue, a)
    sent = letter(pattern.replace("*", "changed"), source=name)
    await here.publish([sent])
    await a.has(sent)
    assert a.stored == [sent]


async def test_routing_keys_in_a_header_lead_out_of_its_own_exchange_nowhere(
    rights: Broker, bus_of: Callable[[str], Bus]
) -> None:
    """`CC` adds routing keys that the rights on topics of RabbitMQ before 4.0.3 never look at."""
    connection = await aio_pika.connect(url_of(rights, "incident"))
    async with connection:
        channel = await connection.channel()
        await publish(channel, "zeven.events.incident", "forgery.made.v1", PARTY, "zeven.change")
    governance, change, a = bus_of("governance"), bus_of("change"), Subscriber()
    await change.subscribe(QUEUES["change"], a)
    genuine = letter(PARTY, source="governance")
    await governance.publish([genuine])
    await a.has(genuine)
    assert a.stored == [genuine]


async def test_an_envelope_in_anothers_name_is_set_aside_and_never_stored(
    rights: Broker, bus_of: Callable[[str], Bus], monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[dict[str, object]] = []
    monkeypatch.setattr("shared.security_log.record", lambda _, **details: refused.append(details))
    (known,) = [pattern for pattern, source in QUEUES["change"].types.items() if source == "incident"][:1]
    incident, change, a = bus_of("incident"), bus_of("change"), Subscriber()
    await change.subscribe(QUEUES["change"], a)
    kind = known.replace("*", "routed")
    forged, genuine = letter(kind, source="governance"), letter(kind, source="incident")
    await incident.publish([forged])
    await incident.publish([genuine])
    await a.has(genuine)
    assert a.stored == [genuine]
    assert [(each["actor"], each["source"]) for each in refused] == [("incident", "governance")]
    connection = await aio_pika.connect(rights.url)
    async with connection, asyncio.timeout(30):
        aside = existing(await connection.channel(), "zeven.unreadable")
        while (message := await aside.get(no_ack=True, fail=False)) is None:
            await asyncio.sleep(0.05)
        assert str(forged.id).encode() in message.body


async def test_the_migrator_declares_again_and_publishes_nothing(rights: Broker) -> None:
    await RabbitBus(url_of(rights, MIGRATOR), MIGRATOR).declare([*NAMES, "improvement"], [Queue("improvement")])
    connection = await aio_pika.connect(url_of(rights, MIGRATOR))
    async with connection:
        for exchange in ("zeven.events.governance", ""):
            with pytest.raises(ChannelAccessRefused):
                await publish(await connection.channel(), exchange, PARTY)
        channel = await connection.channel()
        await channel.queue_delete("zeven.improvement")
        await channel.exchange_delete("zeven.events.improvement")


async def test_nobody_comes_in_without_a_password_of_its_own(rights: Broker) -> None:
    for user, password in (("incident", "password-of-change"), ("incident", ""), ("zeven", "password-of-incident")):
        with pytest.raises((AMQPError, ConnectionError)):
            await aio_pika.connect(rights.url_for(user, password))
