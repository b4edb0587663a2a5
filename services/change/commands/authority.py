"""What the caller's roles allow: which moves, which approvals and which tests."""

from services.change.domain.lifecycles import STEERING, WORKING, shown
from services.change.domain.testing import Kind
from services.change.errors import MoveNotYours
from services.change.models import Rfc
from shared.access import Grant
from shared.contracts.roles import CLIENT_ROLES
from shared.lifecycle import Facts, Lifecycle, Move, Option
from shared.unit_of_work import Work

PROCESS = "process:change"


def roles_of(work: Work) -> frozenset[str] | None:
    """The roles that count for moves; `None` for the service itself.

    A role counts when it holds everywhere, for this process or for a team; one that holds for another process does not.
    """
    if work.caller is None:
        return None
    if work.caller.administers:
        return frozenset((*STEERING, *WORKING))
    return frozenset(each.role for each in work.caller.grants if _everywhere(each) or "team:" in (each.scope or ""))


def may_approve_as(work: Work, role: str) -> bool:
    """Whether the caller holds `role` everywhere or for this process; administrators may."""
    caller = work.caller
    if caller is None or caller.administers:
        return True
    return any(each.role == role and _everywhere(each) for each in caller.grants)


def looks_on(work: Work, rfc: Rfc) -> bool:
    """Whether the caller sees a request only as who called about the incident that asked for it."""
    caller = work.caller
    if caller is None or caller.works_for_provider or rfc.registered_by == caller.id:
        return False
    asks = rfc.requester_id is not None and rfc.requester_id == caller.person
    return not asks and rfc.party_id not in caller.parties


def may_test(work: Work, kind: Kind) -> bool:
    """Whether the caller records tests of this kind: whoever works here all of them, clients and users their acceptance."""
    roles = roles_of(work)
    if work.caller is None or roles is None or not roles.isdisjoint(WORKING):
        return True
    return kind == "acceptance" and not work.caller.roles.isdisjoint(CLIENT_ROLES)


def fire(work: Work, lifecycle: Lifecycle, where: str, trigger: str, facts: Facts) -> Move:
    """The move that the caller makes; `MoveNotYours` when it is up to other roles, `MoveNotPermitted` when it is not possible."""
    roles = roles_of(work)
    permitted = lifecycle.permitted(where, roles)
    for move in lifecycle.leaving(where):
        if move.trigger == trigger and move not in permitted:
            raise MoveNotYours(trigger, move.roles)
    return lifecycle.fire(where, trigger, facts, roles, public=shown)


def options_for(work: Work, lifecycle: Lifecycle, where: str, facts: Facts) -> tuple[Option, ...]:
    """What the caller may do now."""
    return lifecycle.options(where, facts, roles_of(work))


def _everywhere(grant: Grant) -> bool:
    return grant.scope in (None, PROCESS)
