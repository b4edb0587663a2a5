"""Who may do what in change, and to whose records: the only file that decides it.

What each role may move is said by each move of the lifecycles, on the records that `MOVE` and `MOVE_RFC` open to that role.
"""

from shared.access.policies import ALL, Policy, Rules
from shared.contracts.roles import CLIENT_ROLES, PROVIDER_ROLES

#: how the records of whoever asks for a change are known
_REQUESTER = ("registered_by", "requester_id")
#: who called about the incident that led to a request sees it, and does nothing with it
_REQUESTER_OR_CALLER = (*_REQUESTER, "caller_id")
_PROVIDER: Rules = {PROVIDER_ROLES: ALL}
_CLIENT_SIDE: Rules = {"client": ("party_id", *_REQUESTER), "user": _REQUESTER}

READ = Policy(
    "change", {**_PROVIDER, "client": ("party_id", *_REQUESTER_OR_CALLER), "user": _REQUESTER_OR_CALLER}, reading=True
)
#: plans, evaluations, notes of approvals and tests, internal notes, timelines
READ_INTERNAL = Policy("change", _PROVIDER, reading=True)

#: everybody submits in the own name; for which party the client's side may, `rfcs/commands.py` checks
SUBMIT_RFC = Policy("change", {**_PROVIDER, CLIENT_ROLES: ("registered_by",)})
#: who submits requests in the name of other people and parties
SUBMIT_FOR_OTHERS = Policy("change", _PROVIDER)
MOVE_RFC = Policy("change", {**_PROVIDER, **_CLIENT_SIDE})
MOVE = Policy("change", _PROVIDER)
CORRECT = MOVE
LINK = MOVE
WRITE_NOTE = MOVE_RFC

#: each in the role that is named; a client for the own party alone
APPROVE = Policy("change", {("change_coordinator", "approver", "it_director"): ALL, "client": ("party_id",)})
RECORD_TEST = MOVE
RECORD_ACCEPTANCE = Policy("change", {**_PROVIDER, **_CLIENT_SIDE})
