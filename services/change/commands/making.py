"""How a change comes into being, and how it speaks."""

from collections.abc import Callable

from uuid_utils.compat import uuid7

from services.change.commands.facts import said_of_change
from services.change.domain.lifecycles import CHANGE
from services.change.models import Change, Demand, Rfc
from services.change.repository import changes
from shared import clock
from shared.contracts.envelope import Event
from shared.unit_of_work import Work

DEMAND = tuple(Demand.__annotations__)


async def make_change(work: Work, rfc: Rfc) -> Change:
    """The change that carries out an accepted request, in the request's chain of events."""
    now = clock.now()
    rest = {column.name: None for column in Change.__table__.columns if column.nullable and column.name not in DEMAND}
    change = Change(
        **rest,
        **{name: getattr(rfc, name) for name in DEMAND},
        id=uuid7(),
        number=await changes.change_number(work),
        rfc_id=rfc.id,
        state=CHANGE.initial,
        plan_round=0,
        test_round=0,
        version=0,
        correlation_id=rfc.correlation_id,
        created_at=now,
        updated_at=now,
    )
    work.insert(change)
    return change


def tell(work: Work, change: Change, kind: Callable[..., Event]) -> None:
    """Say what happened to a change; the timeline of its request shows it too."""
    work.emit(change, kind(**said_of_change(change)), about=change.rfc_id, value_stream=change.value_stream)
