"""What every bus guarantees, tested on both: in process and on RabbitMQ."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest

from shared.bus import Bus, BusUnavailable, Queue, buses
from shared.contracts import Envelope
from shared.contracts.envelope import EVERY_SERVICE
from shared.contracts.records import NoteAdded
from tests.shared.letters import HEARD_BY_A, HEARD_BY_BOTH, HEARD_BY_NOBODY, SENDER, A, B, Subscriber, letter, letters

KINDS = ["memory", pytest.param("rabbit", marks=pytest.mark.connected)]

#: makes an end of the bus for a publisher
NewBus = Callable[..., Bus]


@pytest.fixture(params=KINDS)
async def new_bus(request: pytest.FixtureRequest) -> AsyncIterator[NewBus]:
    """Makes ends of one bus."""
    rabbit = f"?namespace=bus-{uuid4().hex[:8]}"
    url = "memory:" if request.param == "memory" else request.getfixturevalue("broker_url") + rabbit
    made: list[Bus] = []
    bus_of = buses(lambda _: url)

    def make(publisher: str = SENDER) -> Bus:
        made.append(bus_of(publisher))
        return made[-1]

    yield make
    for bus in made:
        await bus.close()


async def test_an_event_reaches_every_queue_that_bound_its_type(new_bus: NewBus) -> None:
    bus, a, b = new_bus(), Subscriber(), Subscriber()
    await bus.declare([SENDER], [A, B])
    await bus.subscribe(A, a)
    await bus.subscribe(B, b)
    sent = letter(HEARD_BY_BOTH)
    await bus.publish([sent])
    await a.has(sent)
    await b.has(sent)
    assert a.stored == b.stored == [sent]


async def test_an_event_does_not_reach_a_queue_that_did_not_bind_its_type(new_bus: NewBus) -> None:
    bus, a, b = new_bus(), Subscriber(), Subscriber()
    await bus.declare([SENDER], [A, B])
    await bus.subscribe(A, a)
    await bus.subscribe(B, b)
    for_a, for_both = letter(HEARD_BY_A), letter(HEARD_BY_BOTH)
    await bus.publish([for_a, for_both])
    await a.has(for_a, for_both)
    await b.has(for_both)
    assert b.stored == [for_both]


async def test_an_event_that_nobody_binds_may_be_published(new_bus: NewBus) -> None:
    bus, a = new_bus(), Subscriber()
    await bus.declare([SENDER], [A])
    await bus.subscribe(A, a)
    await bus.publish([letter(HEARD_BY_NOBODY)])
    marker = letter()
    await bus.publish([marker])
    await a.has(marker)
    assert a.stored == [marker]


async def test_what_one_publisher_sends_arrives_in_its_order(new_bus: NewBus) -> None:
    bus, a = new_bus(), Subscriber()
    await bus.declare([SENDER], [A])
    await bus.subscribe(A, a)
    sent = letters(300)
    for begin in range(0, 300, 100):
        await bus.publish(sent[begin : begin + 100])
    await a.has(*sent)
    assert a.ids == [envelope.id for envelope in sent]


async def test_an_event_arrives_as_it_was_sent(new_bus: NewBus) -> None:
    bus, a = new_bus(), Subscriber()
    await bus.declare([SENDER], [A])
    await bus.subscribe(A, a)
    sent = letter().model_copy(
        update={
            "about": uuid4(),
            "causationid": uuid4(),
            "valuestream": "maintenance",
            "historical": True,
            "traceparent": "00-1-2-01",
            "data": {"text": "Sjöfartsverket 漢字 \U0001f4ee", "deep": [{"none": None, "number": 1.5, "yes": True}]},
        }
    )
    await bus.publish([sent])
    await a.has(sent)
    assert a.stored == [sent]


async def test_publishing_nothing_is_nothing(new_bus: NewBus) -> None:
    bus = new_bus()
    await bus.declare([SENDER], [A])
    await bus.publish([])


async def test_declaring_again_changes_nothing(new_bus: NewBus) -> None:
    bus, a = new_bus(), Subscriber()
    await bus.declare([SENDER], [A, B])
    await bus.declare([SENDER], [A, B])
    await bus.subscribe(A, a)
    sent = letter()
    await bus.publish([sent])
    await a.has(sent)
    assert a.stored == [sent]


async def test_a_closed_bus_publishes_nothing_more(new_bus: NewBus) -> None:
    bus, a = new_bus(), Subscriber()
    await bus.declare([SENDER], [A])
    await bus.subscribe(A, a)
    await bus.publish([])
    assert bus.connected
    await bus.close()
    assert not bus.connected
    with pytest.raises(BusUnavailable):
        await bus.publish([letter()])
    assert a.stored == []


async def test_what_a_subscriber_cannot_store_counts_as_received_by_nobody(new_bus: NewBus) -> None:
    """In process the publish fails and is repeated; a broker keeps the event until it could be stored."""
    bus, a = new_bus(), Subscriber()
    await bus.declare([SENDER], [A])
    await bus.subscribe(A, a)
    a.refusing = OSError("no room")
    sent = letter()
    try:
        await bus.publish([sent])
    except BusUnavailable as refusal:
        assert "no room" in str(refusal)  # noqa: PT017 - only the bus in process refuses
        a.refusing = None
        await bus.publish([sent])
    else:
        await a.until(lambda: a.refused >= 2)
        a.refusing = None
    await a.has(sent)
    assert a.stored == [sent]


async def test_one_subscriber_that_fails_takes_nothing_from_another(new_bus: NewBus) -> None:
    bus, a, b = new_bus(), Subscriber(), Subscriber()
    await bus.declare([SENDER], [A, B])
    await bus.subscribe(B, b)
    await bus.subscribe(A, a)
    b.refusing = RuntimeError("broken")
    sent = letter(HEARD_BY_BOTH)
    try:
        await bus.publish([sent])
    except BusUnavailable:
        b.refusing = None
        await bus.publish([sent])
    await a.has(sent)
    b.refusing = None
    await b.has(sent)


async def test_a_thousand_events_at_once_arrive_each(new_bus: NewBus) -> None:
    bus, a, b = new_bus(), Subscriber(), Subscriber()
    await bus.declare([SENDER], [A, B])
    await bus.subscribe(A, a)
    await bus.subscribe(B, b)
    sent = letters(1000, HEARD_BY_BOTH)
    await bus.publish(sent)
    await a.has(*sent)
    await b.has(*sent)


async def test_two_publishers_do_not_disturb_each_other(new_bus: NewBus) -> None:
    first, second, a = new_bus(), new_bus(), Subscriber()
    await first.declare([SENDER], [A])
    await first.subscribe(A, a)
    here, there = letters(100), letters(100)
    await asyncio.gather(first.publish(here), second.publish(there))
    await a.has(*here, *there)
    for sent in (here, there):
        mine = {envelope.id for envelope in sent}
        assert [identity for identity in a.ids if identity in mine] == [envelope.id for envelope in sent]


NOTE = NoteAdded.type
#: of one publisher a family, and one of its types by name as well
RFCS = Queue("rfcs", {"rfc.*.v1": SENDER, "rfc.registered.v1": SENDER, HEARD_BY_A: SENDER})


async def test_a_pattern_takes_later_members_of_the_family_once_and_no_other_version(new_bus: NewBus) -> None:
    bus, a = new_bus(), Subscriber()
    await bus.declare([SENDER], [RFCS])
    await bus.subscribe(RFCS, a)
    by_name, later = letter("rfc.registered.v1"), letter("rfc.something_new.v1")
    others = [letter(kind) for kind in ("rfc.registered.v2", "rfc.v1", "rfc.note.added.v1", "rfcs.registered.v1")]
    await bus.publish([*others, by_name])
    await bus.publish([later])
    await bus.publish(others)
    marker = letter()
    await bus.publish([marker])
    await a.has(marker)
    assert a.stored == [by_name, later, marker]


async def test_an_envelope_that_names_another_source_is_refused(new_bus: NewBus, refused: list[dict[str, Any]]) -> None:
    sender, forger, a = new_bus(), new_bus("forger"), Subscriber()
    both = Queue("both", {HEARD_BY_A: SENDER, "forgery.made.v1": "forger"})
    await sender.declare([SENDER, "forger"], [both])
    await sender.subscribe(both, a)
    forged = letter("forgery.made.v1", source=SENDER)
    own = letter("forgery.made.v1", source="forger")
    await forger.publish([forged, own])
    genuine = letter()
    await sender.publish([genuine])
    await a.has(own, genuine)
    assert set(a.ids) == {own.id, genuine.id}
    (refusal,) = refused
    assert (refusal["actor"], refusal["source"], refusal["event_id"]) == ("forger", SENDER, str(forged.id))


@pytest.mark.parametrize("source", ["forger", SENDER])
async def test_a_type_of_another_service_is_never_delivered(
    new_bus: NewBus, refused: list[dict[str, Any]], source: str
) -> None:
    sender, forger, a = new_bus(), new_bus("forger"), Subscriber()
    both = Queue("both", {HEARD_BY_A: SENDER, "rfc.*.v1": SENDER, "forgery.made.v1": "forger"})
    await sender.declare([SENDER, "forger"], [both])
    await sender.subscribe(both, a)
    # alone it reaches no queue of RabbitMQ, together with one that may pass it does
    forged = [letter(kind, source=source) for kind in (HEARD_BY_A, "rfc.accepted.v1")]
    pretext = letter("forgery.made.v1", source="forger")
    await forger.publish(forged)
    await forger.publish([pretext, *forged])
    genuine = letter()
    await sender.publish([genuine])
    await a.has(pretext, genuine)
    assert set(a.ids) == {pretext.id, genuine.id}
    assert {refusal["type"] for refusal in refused} == {HEARD_BY_A, "rfc.accepted.v1"}


async def test_what_every_service_publishes_comes_from_those_that_are_received_and_of_their_own_records(
    new_bus: NewBus, refused: list[dict[str, Any]]
) -> None:
    known, stranger, a = new_bus(), new_bus("stranger"), Subscriber()
    notes = Queue("notes", {HEARD_BY_A: SENDER, NOTE: EVERY_SERVICE})
    await known.declare([SENDER, "stranger"], [notes])
    await known.subscribe(notes, a)
    own, foreign = (note(SENDER, record=service) for service in (SENDER, "stranger"))
    await stranger.publish([note("stranger", record="stranger"), note("stranger", record=SENDER)])
    await known.publish([foreign, own])
    await a.has(own)
    assert a.stored == [own]
    assert str(foreign.id) in {refusal["event_id"] for refusal in refused}


async def test_what_every_service_publishes_comes_also_from_services_that_are_named(new_bus: NewBus) -> None:
    known, a = new_bus("named"), Subscriber()
    notes = Queue("notes", {NOTE: EVERY_SERVICE}, also=["named"])
    await known.declare(["named"], [notes])
    await known.subscribe(notes, a)
    own = note("named", record="named")
    await known.publish([note("named", record="stranger"), own])
    await a.has(own)
    assert (a.stored, notes.publishers) == ([own], ["named"])


def note(source: str, *, record: str) -> Envelope:
    sent_note = letter(NOTE, source=source)
    return sent_note.model_copy(
        update={"data": {"record": {"service": record, "type": "letter", "id": str(sent_note.subject)}}}
    )


def test_what_every_service_publishes_is_not_received_from_everybody() -> None:
    with pytest.raises(ValueError, match="bind another event of the wanted services"):
        Queue("notes", {NOTE: EVERY_SERVICE})


@pytest.mark.parametrize("pattern", ["rfc.#", "rfc.re*.v1", "*rfc.registered.v1"])
def test_a_pattern_that_not_every_bus_understands_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="only a whole word may be replaced"):
        Queue("a", {pattern: SENDER})


def test_the_address_names_the_bus() -> None:
    assert type(buses(lambda _: "memory:")("a")).__name__ == "MemoryBus"
    assert type(buses(lambda _: "amqp://guest:guest@127.0.0.1/")("a")).__name__ == "RabbitBus"


def test_each_service_comes_to_the_bus_by_its_own_address() -> None:
    requests: list[str] = []

    def url_of(service: str) -> str:
        requests.append(service)
        return "memory:"

    bus_of = buses(url_of)
    for service in ("a", "b"):
        bus_of(service)
    assert requests == ["a", "b"]
