"""Events that incident would have published, for one incident or a whole history, delivered to service level management."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx2
from uuid_utils.compat import uuid7

from cli.history import History, load_mapping, read_histories
from shared import inbox
from shared.contracts import Actor, Envelope, Origin
from shared.contracts import incident as events
from shared.contracts.records import NoteAdded
from shared.runtime import Running
from tests.world import World, token

KINDS = {
    "registered": events.IncidentRegistered,
    "classified": events.IncidentClassified,
    "assigned": events.IncidentAssigned,
    "in_recovery": events.IncidentTaken,
    "pending": events.IncidentPaused,
    "recovered": events.IncidentRecovered,
    "closed": events.IncidentClosed,
    "cancelled": events.IncidentCancelled,
    "rerouted": events.IncidentRerouted,
}
PRIORITIES = {
    ("high", "high"): "P1",
    ("high", "medium"): "P2",
    ("medium", "high"): "P2",
    ("medium", "medium"): "P3",
    ("high", "low"): "P3",
    ("low", "high"): "P3",
}
MORE = {
    "registered": {"call_id": None, "title": "The printer is silent", "description": "", "ki_ids": []},
    "classified": {"title": "The printer is silent", "description": "", "ki_ids": []},
    "recovered": {"recovery": None, "solution": None},
}


class Incident:
    """An incident as it goes on; every method gives the event that incident would have published."""

    def __init__(self, number: str, at: datetime, *, historical: bool = False, **facts: Any) -> None:
        self.id, self.number, self.historical, self.sequence = uuid7(), number, historical, 0
        self.at = at
        self.facts: dict[str, Any] = {
            "state": "registered",
            "pending_reason": None,
            "impact": None,
            "urgency": None,
            "priority": None,
            "service_id": None,
            "party_id": None,
            "team": None,
            "by_person": True,
            "by_client": False,
            "registered_by": None,
        } | facts

    def event(self, at: datetime | None = None, state: str | None = None, **facts: Any) -> Envelope:
        """The event of a change at `at`: into `state`, or of what `facts` say while the state stays."""
        kind = KINDS[state or self.facts["state"]] if state or self.sequence == 0 else events.IncidentChanged
        if state:
            self.facts |= {"state": state, "pending_reason": None}
        self.facts |= facts
        self.at = max(at or self.at, self.at)
        self.sequence += 1
        data = {"number": self.number, **self.facts, **MORE.get(self.facts["state"], {})}
        return self._envelope(kind, self.id, self.sequence, None, data)

    def answer(self, at: datetime, *, public: bool = True, by_provider: bool = True) -> Envelope:
        """The event of an entry in the work log."""
        record = Origin(service="incident", type="incident", id=self.id, number=self.number)
        data = {"record": record, "public": public, "by_provider": by_provider}
        envelope = self._envelope(NoteAdded, uuid7(), 1, self.id, data)
        return envelope.model_copy(update={"time": at})

    def _envelope(
        self, kind: type[Any], subject: UUID, sequence: int, about: UUID | None, data: dict[str, Any]
    ) -> Envelope:
        return Envelope(
            id=uuid5(subject, str(sequence)),
            type=kind.type,
            source="incident",
            subject=subject,
            about=about,
            sequence=sequence,
            time=self.at,
            correlationid=self.id,
            actor=Actor(type="person", id="somebody"),
            historical=self.historical,
            data=kind.model_validate(data).model_dump(mode="json"),
        )


def events_of(path: Path) -> Iterator[Envelope]:
    """The events of a history in the layout of the public log, as an import gives them."""
    for one in read_histories(path, load_mapping("uci")):
        assert isinstance(one, History)
        yield from _events_of(one)


def _events_of(one: History) -> Iterator[Envelope]:
    document = one.document
    known = dict(document["values"])
    incident = Incident(one.key, _instant(document["registered_at"]), historical=True, **_facts(known))
    yield incident.event()
    for step in document["steps"]:
        known |= step.get("set", {})
        facts = _facts(known) | ({"pending_reason": step["reason"]} if "reason" in step else {})
        yield incident.event(_instant(step["at"]), step.get("state"), **facts)


def _facts(known: dict[str, Any]) -> dict[str, Any]:
    impact, urgency = known.get("impact"), known.get("urgency")
    priority = PRIORITIES.get((impact, urgency), "P4") if impact and urgency else None
    return {"impact": impact, "urgency": urgency, "priority": priority, "team": known.get("team")}


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def deliver(zeven: World, events: Iterable[Envelope], at_once: int = 500) -> None:
    """Deliver these events and return once they have been handled."""
    waiting = list(events)
    for first in range(0, len(waiting), at_once):
        await zeven.running("service_level").inbox.deliver(waiting[first : first + at_once])
    await zeven.quiet(seconds=120)


def signed_in(zeven: World) -> httpx2.AsyncClient:
    """An administrator whose token is good now, however far the clock has moved."""
    return zeven.as_(token())


async def dispatch(running: Running, events: Sequence[Envelope], *, replaying: bool = False) -> None:
    """Let the handlers have these events in one transaction."""
    async with running.work(running.service.actor, replaying=replaying) as work:
        await inbox.dispatch(work, running.service.routes, events)


async def published(zeven: World, record: UUID | None = None, kind: str = "clock.") -> list[dict[str, Any]]:
    """What service level management published about a record's clocks (or of another kind), in its order."""
    await zeven.quiet()
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next": 0}
    while page["next"] is not None:
        page = (await signed_in(zeven).get(f"/service-level/v1/events?limit=1000&after={page['next']}")).json()
        found += page["items"]
    return [one for one in found if one["type"].startswith(kind) and (record is None or one["about"] == str(record))]
