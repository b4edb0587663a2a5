"""The duties of people in governance over HTTP."""

from services.governance import access
from services.governance.duties.commands import DUTIES, check_person
from shared.http import router as strict
from shared.http.duties import mount_duties

router = strict(tags=["people"])
mount_duties(router, DUTIES, read=access.ADMINISTER, give=access.ADMINISTER, check_person=check_person)
