"""The lifecycles of calls and incidents as two tables (domain reference 12.1): here a state or a move is added."""

from services.incident.calls.rules import ROUTES
from shared.contracts import incident as events
from shared.contracts.roles import CLIENT_ROLES, PROVIDER_ROLES, SUPPLIERS
from shared.lifecycle import Facts, Lifecycle, Move

#: who recovers: the provider, and a supplier whose team it is assigned to
RECOVERING = (*PROVIDER_ROLES, *SUPPLIERS)
#: the people who wait for it, and the provider
EVERYBODY = (*PROVIDER_ROLES, *CLIENT_ROLES)
#: no person has this role: the service itself fires moves that follow from the record that answers a call
ITSELF = ("itself",)
CLASSIFIED = ("service_id", "impact", "urgency")
#: the states in which an incident can no longer be corrected or request a change
ENDED = ("closed", "cancelled", "rerouted")
#: the states in which the user may say that it still fails
RECOVERED = ("recovered", "closed")


def change_is_linked(facts: Facts) -> str | None:
    """A repair that alters a managed item needs a change that covers it."""
    if facts.get("ki_altered") and not facts.get("change_linked"):
        return "a managed item was altered, so a change must be linked first (POST …/change-requests)"
    return None


def dispute_is_in_time(facts: Facts) -> str | None:
    """After the waiting term people register a new incident instead."""
    return "the waiting term has passed; register a new incident" if facts.get("term_passed") else None


def other_reason(facts: Facts) -> str | None:
    """Refuse a second wait for the same thing, since nothing would change."""
    if facts.get("state") == "pending" and facts.get("pending_reason") == facts.get("waiting_for"):
        return "it already waits for that; give another reason"
    return None


def call_goes_elsewhere(facts: Facts) -> str | None:
    """A reroute needs a call, another type than the present one, and a text that the other process may show."""
    if facts.get("confidential_team_id") is not None:
        return "it is confidential, and another process would show its text; register a call there with text that others may read"
    if facts.get("call_id") is None:
        return "it has no call, so there is nothing to send to another process"
    route = ROUTES.get(str(facts.get("call_type")))
    return "its call is already of that type; name another one" if route and route.here else None


def desk_holds_it(facts: Facts) -> str | None:
    """The desk answers only what no other process is working on."""
    return None if facts.get("held") else "another process answers it"


CALL = Lifecycle(
    "call",
    "registered",
    (
        Move("route", ("registered",), "routed", roles=ITSELF, event=events.CallRouted),
        Move(
            "answer",
            ("routed",),
            "closed",
            requires=("reason",),
            guards=(desk_holds_it,),
            roles=PROVIDER_ROLES,
            event=events.CallClosed,
        ),
        Move("close", ("routed",), "closed", roles=ITSELF, event=events.CallClosed),
        Move("reopen", ("closed",), "routed", roles=ITSELF, event=events.CallReopened),
    ),
)

INCIDENT = Lifecycle(
    "incident",
    "registered",
    (
        Move(
            "classify",
            ("registered",),
            "classified",
            requires=CLASSIFIED,
            roles=PROVIDER_ROLES,
            event=events.IncidentClassified,
        ),
        Move(
            "take",
            ("registered", "classified", "assigned"),
            "in_recovery",
            requires=CLASSIFIED,
            roles=RECOVERING,
            event=events.IncidentTaken,
        ),
        Move(
            "assign",
            ("classified", "assigned", "in_recovery"),
            "assigned",
            requires=("team_id",),
            roles=PROVIDER_ROLES,
            event=events.IncidentAssigned,
        ),
        Move(
            "pause",
            ("in_recovery", "pending"),
            "pending",
            requires=("pending_reason",),
            guards=(other_reason,),
            roles=RECOVERING,
            event=events.IncidentPaused,
        ),
        Move("resume", ("pending",), "in_recovery", roles=RECOVERING, event=events.IncidentResumed),
        Move(
            "recover",
            ("in_recovery", "pending"),
            "recovered",
            requires=("solution", "recovery"),
            guards=(change_is_linked,),
            roles=RECOVERING,
            event=events.IncidentRecovered,
        ),
        Move("confirm", ("recovered",), "closed", roles=EVERYBODY, event=events.IncidentClosed),
        Move(
            "reopen",
            ("recovered", "closed"),
            "in_recovery",
            requires=("reason",),
            guards=(dispute_is_in_time,),
            roles=EVERYBODY,
            event=events.IncidentReopened,
        ),
        Move(
            "cancel",
            ("registered", "classified", "assigned"),
            "cancelled",
            requires=("reason",),
            roles=EVERYBODY,
            event=events.IncidentCancelled,
        ),
        Move(
            "reroute",
            ("registered", "classified"),
            "rerouted",
            requires=("call_type",),
            guards=(call_goes_elsewhere,),
            roles=PROVIDER_ROLES,
            event=events.IncidentRerouted,
        ),
    ),
    final=("cancelled", "rerouted"),
)
