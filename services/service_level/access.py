"""Who may do what in service level management, and on which records: the only file that decides it."""

from services.service_level.lifecycles import KEEPERS
from shared.access.policies import ALL, ANYWHERE, NO_PARTY, Policy
from shared.contracts.roles import CLIENT_ROLES, PROVIDER_ROLES, SUPPLIERS

#: how a person's own records are known
_OWN = ("registered_by", "caller_id")
#: suppliers see what their teams were asked to recover; imported history has names of teams instead of ids
_TEAM = {"team_id": "team"}

READ = Policy("service_level", {(*PROVIDER_ROLES, *CLIENT_ROLES, *SUPPLIERS): ANYWHERE}, reading=True)
KEEP_CALENDARS = Policy("service_level", {KEEPERS: ALL})
KEEP_SERVICES = Policy("service_level", {KEEPERS: ALL}, columns={"service_id": "id"})

READ_AGREEMENTS = Policy(
    "service_level",
    {PROVIDER_ROLES: (*ALL, NO_PARTY), (*CLIENT_ROLES, *SUPPLIERS): ("party_id", NO_PARTY)},
    reading=True,
)
KEEP_AGREEMENTS = Policy("service_level", {KEEPERS: ALL})

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
