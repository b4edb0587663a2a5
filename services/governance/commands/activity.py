"""What retiring and reactivating have in common for parties, people, teams and service accounts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from services.governance.domain.lifecycles import ACTIVITY
from services.governance.errors import LastAdministrator
from services.governance.repository.roles import administrators
from services.governance.repository.writing import alone
from shared.lifecycle import Option
from shared.unit_of_work import Work


class Activity(Protocol):
    """A record that is active or retired."""

    state: str


def fire(work: Work, record: Activity, trigger: str) -> None:
    """Move the record; `MoveNotPermitted` when it is there already or the caller may not."""
    record.state = ACTIVITY.fire(record.state, trigger, {}, _roles(work)).target


def options_for(work: Work, record: Activity) -> tuple[Option, ...]:
    """What the caller may do with the record now."""
    return ACTIVITY.options(record.state, {}, _roles(work))


def _roles(work: Work) -> frozenset[str] | None:
    return None if work.caller is None or work.caller.administers else work.caller.roles


@asynccontextmanager
async def leaving_an_administrator(work: Work) -> AsyncIterator[None]:
    """What happens inside may not take the last administrator away: `LastAdministrator`, whoever does what meanwhile."""
    await alone(work, "administrators")
    before = await administrators(work)
    yield
    if before and not await administrators(work):
        raise LastAdministrator
