"""Numbers for new records, and writes whose collisions are told as refusals."""

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from services.governance.errors import AlreadyAssigned, UsernameTaken
from services.governance.models import NUMBERS
from shared.unit_of_work import Work

_COLLISIONS = {"uq_person_username": UsernameTaken, "uq_role_assignment_held": AlreadyAssigned}


async def number(work: Work, prefix: str) -> str:
    """The next number of its kind, e.g. `PTY-000042`."""
    return f"{prefix}-{(await work.session.execute(select(NUMBERS[prefix].next_value()))).scalar_one():06d}"


async def write(work: Work) -> None:
    """Write what is waiting; `UsernameTaken` or `AlreadyAssigned` when somebody else was first."""
    try:
        await work.flush()
    except IntegrityError as error:
        for constraint, refusal in _COLLISIONS.items():
            if constraint in str(error.orig):
                raise refusal from None
        raise


async def alone(work: Work, what: str) -> None:
    """Wait until nobody else does `what`, and keep others waiting until the commit."""
    await work.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('governance'), hashtext(:what))"), {"what": what}
    )
