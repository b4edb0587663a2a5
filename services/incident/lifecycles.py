"""The lifecycle of an incident as one table (domain reference 12.1): here a state or a move is added."""

from services.incident.calls.rules import ROUTES
from shared.contracts import incident as events
from shared.contracts.roles import CLIENT_ROLES, PROVIDER_ROLES, SUPPLIERS
from shared.lifecycle import Facts, Lifecycle, Move

#: who recovers: the provider, and a supplier whose team was asked
RECOVERING = (*PROVIDER_ROLES, *SUPPLIERS)
#: who waits for it, and the provider
EVERYBODY = (*PROVIDER_ROLES, *CLIENT_ROLES)
CLASSIFIED = ("service_id", "impact", "urgency")
#: where nothing about an incident is corrected or asked any more
ENDED = ("closed", "cancelled", "rerouted")


def change_is_linked(facts: Facts) -> str | None:
    """A repair that alters a managed item needs a change that covers it."""
    if facts.get("ki_altered") and not facts.get("change_linked"):
        return "a managed item was altered, so a change must be linked first (POST …/change-requests)"
    return None


def dispute_is_in_time(facts: Facts) -> str | None:
    """After the waiting term a new incident is due instead."""
    return "the waiting term has passed; register a new incident" if facts.get("term_passed") else None


def other_reason(facts: Facts) -> str | None:
    """Waiting for the same thing twice says nothing."""
    if facts.get("state") == "pending" and facts.get("pending_reason") == facts.get("waiting_for"):
        return "it waits for that already; give another reason"
    return None


def call_goes_elsewhere(facts: Facts) -> str | None:
    """Only a call can be sent to another process, only to another one, and only when its text may be read there."""
    if facts.get("confidential_team_id") is not None:
        return (
            "it is confidential, and another process would show its text; register a call there with what may be known"
        )
    if facts.get("call_id") is None:
        return "it did not come in by a call, so there is nothing to send elsewhere"
    route = ROUTES.get(str(facts.get("call_type")))
    return "its call is of that type already; name another one" if route and route.here else None


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
