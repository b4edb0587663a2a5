"""The duties of people in change over HTTP."""

from services.change import access
from services.change.duties.commands import DUTIES, check_person
from shared.http import router as strict
from shared.http.duties import mount_duties

router = strict(tags=["people"])
mount_duties(router, DUTIES, read=access.READ_INTERNAL, give=access.CORRECT, check_person=check_person)
