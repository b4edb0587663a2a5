"""All places that must agree when a state or a move is added do agree."""

import importlib
import pkgutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, get_args

import pytest

import services
from services.change.changes.schemas import ChangeMove
from services.change.lifecycles import CHANGE, CHANGE_STATES, RFC
from services.change.rfcs.schemas import RfcMove
from services.governance.lifecycles import RETIREMENT
from services.incident import lifecycles as of_incident
from services.incident.calls.schemas import AnswerCall, CallState
from services.incident.change_requests import commands as change_requests
from services.incident.history import commands as history
from services.incident.incidents.schemas import IncidentMove
from services.incident.lifecycles import CALL, INCIDENT
from services.incident.links import commands as links
from services.knowledge.items.schemas import ItemMove
from services.knowledge.lifecycles import VERSIONS
from services.service_level.agreements.schemas import End
from services.service_level.clocks.rules import incidents as of_service_level
from services.service_level.clocks.rules.measurement import KINDS
from services.service_level.handlers import HANDLERS
from services.service_level.lifecycles import AGREEMENT
from shared.contracts.envelope import TYPES
from shared.contracts.incident import IncidentEvent
from shared.http.retirement import RetirementMove, RetirementState
from shared.inbox import Routes
from shared.lifecycle import Lifecycle

Place = tuple[str, Collection[str]]


@dataclass(frozen=True)
class Places:
    """A lifecycle and the other places that must know its triggers and states, each by the name of its file.

    `by_itself`: triggers that no client fires.
    """

    table: str
    lifecycle: Lifecycle
    request_models: tuple[str, Any]
    states: tuple[str, Any] | None = None
    by_itself: frozenset[str] = frozenset()


LIFECYCLES = [
    Places(
        "services/incident/lifecycles.py: INCIDENT",
        INCIDENT,
        request_models=("services/incident/incidents/schemas.py: IncidentMove", IncidentMove),
    ),
    Places(
        "services/incident/lifecycles.py: CALL",
        CALL,
        request_models=("services/incident/calls/schemas.py: AnswerCall", AnswerCall),
        states=("services/incident/calls/schemas.py: CallState", CallState),
        by_itself=frozenset({"route", "close", "reopen"}),
    ),
    Places(
        "services/change/lifecycles.py: RFC",
        RFC,
        request_models=("services/change/rfcs/schemas.py: RfcMove", RfcMove),
    ),
    Places(
        "services/change/lifecycles.py: CHANGE",
        CHANGE,
        request_models=("services/change/changes/schemas.py: ChangeMove", ChangeMove),
        by_itself=frozenset({"deny"}),
    ),
    *(
        Places(
            f"services/knowledge/lifecycles.py: VERSIONS[{name!r}]",
            lifecycle,
            request_models=("services/knowledge/items/schemas.py: ItemMove", ItemMove),
        )
        for name, lifecycle in VERSIONS.items()
    ),
    Places(
        "services/governance/lifecycles.py: RETIREMENT",
        RETIREMENT,
        request_models=("shared/http/retirement.py: RetirementMove", RetirementMove),
        states=("shared/http/retirement.py: RetirementState", RetirementState),
    ),
    Places(
        "services/service_level/lifecycles.py: AGREEMENT",
        AGREEMENT,
        request_models=("services/service_level/agreements/schemas.py: End", End),
        by_itself=frozenset({"commence"}),
    ),
]

REQUESTED_OF_CHANGE = ("services/change/lifecycles.py: RFC or CHANGE", {*RFC.states, *CHANGE_STATES})
INCIDENTS = ("services/incident/lifecycles.py: INCIDENT", INCIDENT.states)
#: states that are named outside their table, and where the table is
NAMED: list[tuple[Place, Place]] = [
    (("services/incident/lifecycles.py: ENDED", of_incident.ENDED), INCIDENTS),
    (("services/incident/history/commands.py: ENTERED", history.ENTERED), INCIDENTS),
    (("services/incident/history/commands.py: RESUMED", history.RESUMED), INCIDENTS),
    (("services/incident/links/commands.py: ENDS_WAITING", links.ENDS_WAITING), REQUESTED_OF_CHANGE),
    (("services/incident/change_requests/commands.py: DONE", change_requests.DONE), REQUESTED_OF_CHANGE),
    (("services/incident/change_requests/commands.py: HANDED_BACK", change_requests.HANDED_BACK), REQUESTED_OF_CHANGE),
    (("services/incident/lifecycles.py: RECOVERED", of_incident.RECOVERED), INCIDENTS),
    (("services/service_level/clocks/rules/incidents.py: RESOLVED", of_service_level.RESOLVED), INCIDENTS),
    *(
        ((f"services/service_level/clocks/rules/measurement.py: KINDS[{name!r}]", kind.states), INCIDENTS)
        for name, kind in KINDS.items()
    ),
]


def models(union: Any) -> Iterator[Any]:
    """The request models of a union, however it is written."""
    if hasattr(union, "__value__"):
        yield from models(union.__value__)
    elif parts := get_args(union):
        for part in parts:
            yield from models(part)
    elif hasattr(union, "model_fields"):
        yield union


def triggers(union: Any) -> list[str]:
    """The triggers that clients may send."""
    return [name for model in models(union) for name in get_args(model.model_fields["trigger"].annotation)]


def differences(where: str, there: Collection[str], table: str, wanted: Collection[str]) -> list[str]:
    """What a place lacks of a table, and what it has beyond it, as sentences."""
    return [f"{where} lacks {name!r}, which {table} has" for name in sorted(set(wanted) - set(there))] + [
        f"{where} has {name!r}, which {table} lacks" for name in sorted(set(there) - set(wanted))
    ]


def agree(where: str, there: Collection[str], table: str, wanted: Collection[str]) -> None:
    told = differences(where, there, table, wanted)
    assert not told, "\n".join(told)


@pytest.mark.parametrize("one", LIFECYCLES, ids=lambda one: one.table)
def test_every_move_has_its_request(one: Places) -> None:
    place, union = one.request_models
    fired = {move.trigger for move in one.lifecycle.moves} - one.by_itself
    agree(place, triggers(union), one.table, fired)
    assert len(triggers(union)) == len(set(triggers(union))), f"{place} has a trigger twice"


@pytest.mark.parametrize("one", LIFECYCLES, ids=lambda one: one.table)
def test_every_move_names_its_event_where_any_does(one: Places) -> None:
    named = {move.trigger for move in one.lifecycle.moves if move.event}
    assert named in (set(), {move.trigger for move in one.lifecycle.moves}), one.table


@pytest.mark.parametrize("one", [one for one in LIFECYCLES if one.states], ids=lambda one: one.table)
def test_every_state_is_published(one: Places) -> None:
    assert one.states
    place, literal = one.states
    agree(place, get_args(literal), one.table, one.lifecycle.states)


@pytest.mark.parametrize(("named", "table"), NAMED, ids=lambda place: place[0])
def test_states_that_others_name_exist(named: Place, table: Place) -> None:
    unknown = sorted(set(named[1]) - set(table[1]))
    assert unknown == [], f"{named[0]} names states that {table[0]} does not know"


def test_service_level_hears_of_every_move_of_an_incident() -> None:
    told = {kind.__name__ for kind in TYPES.values() if issubclass(kind, IncidentEvent)}
    routes = Routes(HANDLERS)
    received = {kind.__name__ for kind in TYPES.values() if issubclass(kind, IncidentEvent) and routes.of(kind.type)}
    agree("services/service_level/handlers.py: HANDLERS", received, "shared/contracts/incident.py", told)


def test_every_lifecycle_is_held_to_its_places() -> None:
    held = {id(one.lifecycle) for one in LIFECYCLES}
    modules = [
        each.name for each in pkgutil.walk_packages(services.__path__, "services.") if each.name.endswith(".lifecycles")
    ]
    found: dict[str, list[Lifecycle]] = {}
    for name in modules:
        for attribute, value in vars(importlib.import_module(name)).items():
            parts = value.values() if isinstance(value, dict) else [value]
            found[f"{name}.{attribute}"] = [part for part in parts if isinstance(part, Lifecycle)]
    assert sum(map(len, found.values())) >= len(LIFECYCLES)
    missing = [name for name, lifecycles in found.items() if any(id(one) not in held for one in lifecycles)]
    assert missing == [], "give each a row in LIFECYCLES above"


def test_what_is_forgotten_is_named_with_its_place() -> None:
    told = differences("commands/moves.py: EVENTS", {"take", "tkae"}, "domain/lifecycles.py", {"take", "escalate"})
    assert told == [
        "commands/moves.py: EVENTS lacks 'escalate', which domain/lifecycles.py has",
        "commands/moves.py: EVENTS has 'tkae', which domain/lifecycles.py lacks",
    ]
