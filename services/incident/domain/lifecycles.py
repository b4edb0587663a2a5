"""The lifecycle of an incident as one table (domain reference 12.1): here a state or a move is added."""

from services.incident.domain.routing import ROUTES
from shared.contracts.roles import CLIENT_ROLES, PROVIDER_ROLES, SERVICE_ACCOUNT, SUPPLIERS
from shared.lifecycle import Facts, Lifecycle, Move

PROVIDER = (*PROVIDER_ROLES, SERVICE_ACCOUNT)
#: who recovers: the provider, and a supplier whose team was asked
RECOVERING = (*PROVIDER, *SUPPLIERS)
EVERYBODY = (*PROVIDER, *CLIENT_ROLES)
CLASSIFIED = ("service_id", "impact", "urgency")
#: where nothing about an incident is corrected or asked any more
ENDED = ("closed", "cancelled", "rerouted")


def change_is_linked(facts: Facts) -> str | None:
    """Whoever altered a managed item names the change that covers it."""
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
    """Only a call can be sent to another process, and only to another one."""
    if facts.get("call_id") is None:
        return "it did not come in by a call, so there is nothing to send elsewhere"
    route = ROUTES.get(str(facts.get("call_type")))
    return "its call is of that type already; name another one" if route and route.here else None


INCIDENT = Lifecycle(
    "incident",
    "registered",
    (
        Move("classify", ("registered",), "classified", CLASSIFIED, roles=PROVIDER),
        Move("take", ("registered", "classified", "assigned"), "in_recovery", CLASSIFIED, roles=RECOVERING),
        Move("assign", ("classified", "assigned", "in_recovery"), "assigned", ("team_id",), roles=PROVIDER),
        Move("pause", ("in_recovery", "pending"), "pending", ("pending_reason",), (other_reason,), roles=RECOVERING),
        Move("resume", ("pending",), "in_recovery", roles=RECOVERING),
        Move(
            "recover",
            ("in_recovery", "pending"),
            "recovered",
            ("solution", "recovery"),
            (change_is_linked,),
            roles=RECOVERING,
        ),
        Move("confirm", ("recovered",), "closed", roles=EVERYBODY),
        Move("reopen", ("recovered", "closed"), "in_recovery", ("reason",), (dispute_is_in_time,), roles=EVERYBODY),
        Move("cancel", ("registered", "classified", "assigned"), "cancelled", ("reason",), roles=EVERYBODY),
        Move(
            "reroute", ("registered", "classified"), "rerouted", ("call_type",), (call_goes_elsewhere,), roles=PROVIDER
        ),
    ),
    final=("cancelled", "rerouted"),
)
