"""Queries about services."""

from uuid import UUID

from sqlalchemy import select

from services.service_level.access import READ
from services.service_level.models import OfferedService
from shared.records import Noun
from shared.unit_of_work import Work

SERVICES = Noun(OfferedService, "service", READ)


async def is_offered(work: Work, identity: UUID) -> bool:
    """Whether the service is offered now, and stays so until the work ends."""
    query = select(OfferedService.state).where(OfferedService.id == identity).with_for_update(read=True)
    return await work.session.scalar(query) == "active"
