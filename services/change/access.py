"""Who may do what in change, and to whose records: the only file that decides it.

Each move of the lifecycles names the roles that may make it, on the records that `MOVE` and `MOVE_RFC` open to these roles.
"""

from shared.access.policies import ALL, Policy, Rules
from shared.contracts.roles import CLIENT_ROLES, PROVIDER_ROLES

#: the columns that make a request or a change a requester's own
_REQUESTER = ("registered_by", "requester_id")
#: the caller of the incident that led to a request may read it, and do nothing else with it
_REQUESTER_OR_CALLER = (*_REQUESTER, "caller_id")
_PROVIDER: Rules = {PROVIDER_ROLES: ALL}
_CLIENT_SIDE: Rules = {"client": ("party_id", *_REQUESTER), "user": _REQUESTER}

READ = Policy(
    "change", {**_PROVIDER, "client": ("party_id", *_REQUESTER_OR_CALLER), "user": _REQUESTER_OR_CALLER}, reading=True
)
#: who reads plans, evaluations, notes of approvals and tests, internal notes, timelines
READ_INTERNAL = Policy("change", _PROVIDER, reading=True)

#: everybody submits in his or her own name; `rfcs/commands.py` checks for which party the client's side may
SUBMIT_RFC = Policy("change", {**_PROVIDER, CLIENT_ROLES: ("registered_by",)})
#: who may submit requests in the name of other people and parties
SUBMIT_FOR_OTHERS = Policy("change", _PROVIDER)
MOVE_RFC = Policy("change", {**_PROVIDER, **_CLIENT_SIDE})
MOVE = Policy("change", _PROVIDER)
CORRECT = MOVE
LINK = MOVE
WRITE_NOTE = MOVE_RFC

#: each person in the role that is named; a client for his or her own party only
APPROVE = Policy("change", {("change_coordinator", "approver", "it_director"): ALL, "client": ("party_id",)})
RECORD_TEST = MOVE
RECORD_ACCEPTANCE = Policy("change", {**_PROVIDER, **_CLIENT_SIDE})
