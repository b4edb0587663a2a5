"""Creates a service, office hours and a standard agreement on a fresh platform, so that the first call gets a clock."""

from datetime import UTC, datetime
from typing import Any

from services.service_level.agreements.commands import agree
from services.service_level.agreements.queries import AGREEMENTS
from services.service_level.calendars.commands import register_calendar
from services.service_level.calendars.queries import CALENDARS
from services.service_level.services.commands import register_service
from services.service_level.services.queries import SERVICES
from shared.contracts.defaults import GENERAL_SUPPORT_ID, OFFICE_HOURS_ID, STANDARD_AGREEMENT_ID
from shared.unit_of_work import Work

MINUTE, HOUR = 60, 3_600
WORKING_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
OFFICE_HOURS: dict[str, Any] = {
    "zone": "Europe/Amsterdam",
    "hours": {day: [["08:00", "18:00"]] for day in WORKING_DAYS},
    "country": "NL",
}
STANDARD: dict[str, Any] = {
    "name": "Standard agreement",
    # early enough for imported history
    "valid_from": datetime(1970, 1, 1, tzinfo=UTC),
    "calendar": OFFICE_HOURS_ID,
    "targets": {
        "P1": {"response_seconds": 15 * MINUTE, "restore_seconds": 4 * HOUR},
        "P2": {"response_seconds": 30 * MINUTE, "restore_seconds": 8 * HOUR},
        "P3": {"response_seconds": 2 * HOUR, "restore_seconds": 24 * HOUR},
        "P4": {"response_seconds": 4 * HOUR, "restore_seconds": 48 * HOUR},
    },
    "pause_reasons": ["user"],
}


async def seed(work: Work) -> None:
    """Create the first records that never existed; records that people changed or retired stay as they are."""
    async with work:
        if not await SERVICES.several(work, [GENERAL_SUPPORT_ID]):
            description = "Everything that belongs to no other service."
            await register_service(work, name="General support", description=description, identity=GENERAL_SUPPORT_ID)
        if not await CALENDARS.several(work, [OFFICE_HOURS_ID]):
            await register_calendar(work, name="Office hours", form=OFFICE_HOURS, identity=OFFICE_HOURS_ID)
            await work.flush()
        if not await AGREEMENTS.several(work, [STANDARD_AGREEMENT_ID]):
            await agree(work, STANDARD, identity=STANDARD_AGREEMENT_ID)
