"""The duties of people in knowledge over HTTP."""

from services.knowledge import access
from services.knowledge.duties.commands import DUTIES, check_person
from shared.http import router as strict
from shared.http.duties import mount_duties

router = strict(tags=["people"])
mount_duties(router, DUTIES, read=access.READ_INTERNAL, give=access.WRITE, check_person=check_person)
