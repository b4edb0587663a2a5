"""Links of incidents over HTTP."""

from services.incident import access
from services.incident.incidents.queries import INCIDENTS
from shared.http import router as strict
from shared.http.mounted import mount_links

router = strict(tags=["incidents"])
mount_links(router, "/incidents/{incident_id}", INCIDENTS, access.LINK)
