"""Who may do what in governance, and whose records they see: the only file that decides it.

A scope narrows: a role for one party opens that party, its people and its teams, a role for one team that team and its members.
Who sets a password, and with which proof, is decided in `passwords/commands.py`, because it depends on one person only.
"""

from shared.access.policies import ALL, Policy
from shared.contracts.roles import ADMINISTRATOR, ANYBODY, CLIENT_ROLES, PROVIDER_ROLES, SUPPLIERS

READ_PARTIES = Policy(
    "governance",
    {PROVIDER_ROLES: ALL, (*CLIENT_ROLES, *SUPPLIERS, ANYBODY): ("party_id",)},
    reading=True,
    columns={"party_id": "id"},
)
READ_PEOPLE = Policy(
    "governance",
    {PROVIDER_ROLES: ALL, ("client", *SUPPLIERS): ("party_id",), ANYBODY: ("person_id",)},
    reading=True,
    columns={"person_id": "id", "team_id": "team_ids"},
)
READ_TEAMS = Policy(
    "governance",
    {PROVIDER_ROLES: ALL, ("client", *SUPPLIERS): ("party_id",), ANYBODY: ("team_id",)},
    reading=True,
    columns={"team_id": "id"},
)
READ_ROLES = Policy("governance", {PROVIDER_ROLES: ALL, ANYBODY: ("person_id",)}, reading=True)
#: every write, and everything about service accounts
ADMINISTER = Policy("governance", {ADMINISTRATOR: ALL})
