"""Who may do what in service level management, and on which records: the only file that decides it."""

from services.service_level.lifecycles import MANAGERS
from shared.access.policies import ALL, ANYWHERE, NO_PARTY, Policy
from shared.contracts.roles import CLIENT_ROLES, PROVIDER_ROLES, SUPPLIERS

#: the columns that make a record a person's own
_OWN = ("registered_by", "caller_id")
#: suppliers see the incidents of their teams; imported history has names of teams instead of ids
_TEAM = {"team_id": "team"}

READ = Policy("service_level", {(*PROVIDER_ROLES, *CLIENT_ROLES, *SUPPLIERS): ANYWHERE}, reading=True)
MANAGE_CALENDARS = Policy("service_level", {MANAGERS: ALL})
MANAGE_SERVICES = Policy("service_level", {MANAGERS: ALL}, columns={"service_id": "id"})

READ_AGREEMENTS = Policy(
    "service_level",
    {PROVIDER_ROLES: (*ALL, NO_PARTY), (*CLIENT_ROLES, *SUPPLIERS): ("party_id", NO_PARTY)},
    reading=True,
)
MANAGE_AGREEMENTS = Policy("service_level", {MANAGERS: ALL})

READ_CLOCKS = Policy(
    "service_level",
    {PROVIDER_ROLES: ALL, "client": ("party_id", *_OWN), "user": _OWN, SUPPLIERS: ("team_id",)},
    reading=True,
    columns=_TEAM,
)
READ_PERFORMANCE = Policy(
    "service_level",
    {PROVIDER_ROLES: ALL, "client": ("party_id", *_OWN), SUPPLIERS: ("team_id",)},
    reading=True,
    columns=_TEAM,
)
