"""The final check: the feeds and records of all services show that everything happened, and happened once."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import Any

import httpx2

from tests.life.desk import Json, json_of
from tests.life.load import Ledger

SERVICES = ("incident", "change", "knowledge", "service-level", "governance")


async def everything(client: httpx2.AsyncClient, path: str, **query: Any) -> list[Json]:
    """All items of a list, over all its pages."""
    items: list[Json] = []
    parameters = {"limit": 200, **query}
    while True:
        page = json_of(await client.get(path, params=parameters))
        items += page["items"]
        if page["next"] is None:
            return items
        parameters["after" if path.endswith("/events") else "cursor"] = page["next"]


async def feeds_are_whole(client: httpx2.AsyncClient) -> dict[str, list[Json]]:
    """The events of every service: positions from 1 without a gap, hashes that hold, each subject's sequences 1 to n in order.

    A clock counts the facts that it heard as well, so its sequences only rise.
    """
    feeds = {service: await everything(client, f"/{service}/v1/events", limit=1000) for service in SERVICES}
    for service, events in feeds.items():
        assert await verified(client, service) >= len(events)
        assert [event["position"] for event in events] == list(range(1, len(events) + 1)), service
        found_sequences: dict[str, list[int]] = defaultdict(list)
        for event in events:
            found_sequences[event["subject"]].append(event["sequence"])
        clocks = {event["subject"] for event in events if event["type"].startswith("clock.")}
        for subject, sequences in found_sequences.items():
            rising = sorted(set(sequences)) if subject in clocks else list(range(1, len(sequences) + 1))
            assert sequences == rising, (service, subject, sequences)
        assert once(event["id"] for event in events)
    return feeds


async def verified(client: httpx2.AsyncClient, service: str) -> int:
    """How many events of a service's log hold, which are all of them; its own login cannot change them."""
    rows, query = 0, {}
    while True:
        found = json_of(await client.get(f"/{service}/v1/audit", params=query))
        assert found["broken"] is None, (service, found)
        assert found["protected"], service
        rows += found["verified"]
        if found["next"] is None:
            return rows
        query = {"after": found["next"]}


async def each_call_has_had_its_effects_once(client: httpx2.AsyncClient, ledger: Ledger) -> None:
    """Each call of the ledger, which holds all there were, has one incident, one clock per target, one answer of knowledge.

    Those incidents that asked for a change have one request for it, and the link to it.
    """
    feeds, calls = await feeds_are_whole(client), ledger.calls
    ids = {call["id"] for call in calls}
    incidents = {call["record"]["id"]: call["id"] for call in calls}
    assert len(ids) == len(incidents) == len(calls)

    assert once_each(ids, (call["id"] for call in await everything(client, "/incident/v1/calls")))
    assert once_each(ids, subjects(feeds["incident"], "call.registered.v1"))
    kept = await everything(client, "/incident/v1/incidents")
    assert once_each(incidents, (incident["id"] for incident in kept))
    assert {incident["id"]: incident["call_id"] for incident in kept} == incidents
    assert once_each(incidents, subjects(feeds["incident"], "incident.registered.v1"))
    assert len({incident["number"] for incident in kept}) == len(kept)

    clocks = await everything(client, "/service-level/v1/clocks")
    wanted = {(incident, target) for incident in incidents for target in ("response", "restore")}
    assert once_each(wanted, ((clock["record"]["id"], clock["target"]) for clock in clocks))

    answers = [event["data"]["incident_id"] for event in feeds["knowledge"] if event["type"] == "suggestions.found.v1"]
    assert once_each(incidents, answers)
    received = (each["about"] for each in feeds["incident"] if each["type"] == "suggestions.received.v1")
    assert once_each(incidents, received)

    rfcs = await everything(client, "/change/v1/rfcs")
    assert len(rfcs) == ledger.requests
    assert once(rfc["origin"]["id"] for rfc in rfcs)
    linked = [each["about"] for each in feeds["incident"] if each["type"] == "link.added.v1"]
    assert once_each({rfc["origin"]["id"] for rfc in rfcs}, linked)


def subjects(events: Iterable[Json], kind: str) -> list[str]:
    """What the events of a type are about."""
    return [event["subject"] for event in events if event["type"] == kind]


def once(found: Iterable[object]) -> bool:
    """Whether nothing comes twice."""
    return all(times == 1 for times in Counter(found).values())


def once_each(wanted: Collection[object], found: Iterable[object]) -> bool:
    """Whether everything wanted was found once, and nothing else."""
    counted = Counter(found)
    differing = {each: counted[each] for each in {*wanted, *counted} if (counted[each] == 1) != (each in wanted)}
    assert not differing, f"found so many times: {differing}"
    return counted.total() == len(set(wanted))
