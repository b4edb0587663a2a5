"""Every refusal of change."""

from collections.abc import Iterable

from shared.errors import Conflict, NotAllowed, NotFound


class RfcUnknown(NotFound):
    """No such request for change, or not one the caller may see."""

    def __init__(self) -> None:
        super().__init__("There is no such request for change.")


class ChangeUnknown(NotFound):
    """No such change, or not one the caller may see."""

    def __init__(self) -> None:
        super().__init__("There is no such change.")


class MoveNotYours(NotAllowed):
    """The move is possible, but for other roles."""

    def __init__(self, trigger: str, roles: Iterable[str]) -> None:
        super().__init__(f"{trigger} is up to {', '.join(sorted(roles))}, with a role that holds for this process.")


class RoleNotHeld(NotAllowed):
    """The caller approves in a role that he or she does not hold here."""

    def __init__(self, role: str) -> None:
        super().__init__(f"You do not hold the role {role} for this process.")


class NotYourRequest(NotAllowed):
    """Who called about an incident looks on at what was asked for it."""

    def __init__(self) -> None:
        super().__init__("You called about the incident; its request for change is up to those who asked for it.")


class TestNotYours(NotAllowed):
    """The test is recorded by those who work on the change."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"A {kind} test is recorded with a role that works in this process; clients and users record their acceptance."
        )


class OwnRequest(NotAllowed):
    """Nobody approves what he or she asked for."""

    def __init__(self) -> None:
        super().__init__("You asked for this change; somebody else must approve it.")


class ApprovalNotAwaited(Conflict):
    """The change is not waiting for this approval."""

    slug, title = "approval-not-awaited", "No such approval is awaited"


class PlanHasChanged(Conflict):
    """What the caller wants to approve is no longer the plan."""

    slug, title = "plan-has-changed", "The change was planned anew"


class PlanIsAuthorised(Conflict):
    """A plan that was authorised changes only by planning anew."""

    slug, title = "plan-is-authorised", "The plan was authorised"


class NotInTest(Conflict):
    """Tests are recorded while the change is being tested."""

    slug, title = "not-in-test", "The change is not being tested"


class HasEnded(Conflict):
    """Nothing about a change that has ended is corrected."""

    slug, title = "has-ended", "The change has ended"
