"""Incidents corrected: what is known about them changes, their state stays."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.incident import repository
from services.incident.commands.calls import change_caller
from services.incident.commands.facts import facts_of
from services.incident.commands.references import check_references
from services.incident.domain.lifecycles import CLASSIFIED, ENDED, INCIDENT
from services.incident.domain.priority import priority_of
from services.incident.errors import IncidentEnded
from services.incident.models import Incident
from shared.contracts import incident as said
from shared.errors import check_version, invalid
from shared.unit_of_work import Work


async def correct_incident(work: Work, identity: UUID, expected: int, changes: Mapping[str, Any]) -> Incident:
    """The incident with corrected fields, the same when nothing differs.

    Its party is that of its caller: another one brings the own party, none leaves none, and the call goes along.
    Raises `VersionConflict`, `IncidentUnknown`, `IncidentEnded` for one that stays as it was, or a refusal that points at a field:
    what was established when it was classified is replaced, never emptied.
    """
    async with work:
        incident = await repository.incidents.one(work, identity, lock=True)
        check_version(incident.version, expected)
        if incident.state in ENDED:
            raise IncidentEnded(incident.state)
        differing = {name: value for name, value in _stored(changes).items() if getattr(incident, name) != value}
        if not differing:
            return incident
        if incident.state != INCIDENT.initial:
            for name in CLASSIFIED:
                if name in differing and differing[name] is None:
                    raise invalid(f"/{name}", "needed once the incident is classified; give another value")
        await check_references(work, differing)
        for name, value in differing.items():
            setattr(incident, name, value)
        if "caller_id" in differing:
            incident.party_id = await _party_of(work, differing["caller_id"])
            await change_caller(work, incident.call_id, incident.caller_id, incident.party_id)
        incident.priority = priority_of(incident.impact, incident.urgency)  # type: ignore[arg-type]
        work.emit(incident, said.IncidentChanged(**facts_of(work, incident)), value_stream="maintenance")
        return incident


async def _party_of(work: Work, caller_id: UUID | None) -> UUID | None:
    return (await repository.copies.person(work, caller_id, "/caller_id")).party_id if caller_id else None


def _stored(changes: Mapping[str, Any]) -> dict[str, Any]:
    items = {"ki_ids": list(dict.fromkeys(map(str, changes["ki_ids"])))} if "ki_ids" in changes else {}
    return {**changes, **items}
