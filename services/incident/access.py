"""Who may do what in incident, and to whose records: the only file that decides it.

Each move of the lifecycle names the roles that may make it, on the records that `MOVE` opens to these roles.
"""

from shared.access.policies import ALL, ANYWHERE, Policy, Rules
from shared.contracts.roles import CLIENT_ROLES, HISTORY_IMPORTER, PROVIDER_ROLES, SUPPLIERS

#: the columns that make a record a person's own
_OWN = ("registered_by", "caller_id")
_CLIENT_SIDE: Rules = {"client": ("party_id", *_OWN), "user": _OWN}
#: suppliers work on the incidents that are assigned to their teams
_SUPPLIERS: Rules = {SUPPLIERS: ("team_id",)}
_PROVIDER: Rules = {PROVIDER_ROLES: ALL}

READ_CALL = Policy("incident", {**_PROVIDER, **_CLIENT_SIDE}, reading=True)
#: everybody registers in his or her own name; `calls/commands.py` checks for which party the client's side may
REGISTER_CALL = Policy("incident", {**_PROVIDER, CLIENT_ROLES: ("registered_by",)})
#: who answers calls that the desk holds
ANSWER_CALL = Policy("incident", _PROVIDER)
#: who may register calls for other people and parties
CALL_FOR_OTHERS = Policy("incident", _PROVIDER)
#: a client calls for his or her own party unless another one is named
CALL_AS_CLIENT = Policy("incident", {CLIENT_ROLES: ALL})

READ = Policy("incident", {**_PROVIDER, **_CLIENT_SIDE, **_SUPPLIERS}, reading=True)
MOVE = Policy("incident", {**_PROVIDER, **_CLIENT_SIDE, **_SUPPLIERS})
WRITE_NOTE = MOVE
CORRECT = Policy("incident", _PROVIDER)
LINK = CORRECT
REQUEST_CHANGE = CORRECT
USE_SUGGESTION = CORRECT
READ_SUGGESTIONS = Policy("incident", {**_PROVIDER, **_SUPPLIERS}, reading=True)
#: who reads internal notes, and the whole timeline
READ_INTERNAL = Policy("incident", _PROVIDER, reading=True)

IMPORT = Policy("incident", {HISTORY_IMPORTER: ALL})
READ_RULES = Policy("incident", {(*PROVIDER_ROLES, *CLIENT_ROLES, *SUPPLIERS): ANYWHERE}, reading=True)
