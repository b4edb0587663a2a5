"""What other services told of incidents: their timelines show it beside what happened here."""

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert

from services.incident.models import HeardEvent
from shared.contracts import Envelope
from shared.unit_of_work import Work

_GIVEN = [column.name for column in HeardEvent.__table__.columns if column.name != "ordinal"]


async def keep(work: Work, told: Sequence[Envelope]) -> None:
    """Keep these events of other services, in the order of their times; what is kept already changes nothing."""
    rows = [
        {**{name: getattr(one, name) for name in _GIVEN}, "actor": one.actor.model_dump()}
        for one in sorted(told, key=lambda one: one.time)
    ]
    if rows:
        await work.session.execute(insert(HeardEvent).on_conflict_do_nothing(), rows)
