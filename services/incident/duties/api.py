"""The duties of people in incident over HTTP."""

from services.incident import access
from services.incident.duties.commands import DUTIES, check_person
from shared.http import router as strict
from shared.http.duties import mount_duties

router = strict(tags=["people"])
mount_duties(router, DUTIES, read=access.READ_INTERNAL, give=access.CORRECT, check_person=check_person)
