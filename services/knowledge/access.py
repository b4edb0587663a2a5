"""Who may do what in knowledge, and to which items and versions: the only file that decides it."""

from shared.access.policies import ALL, ANYWHERE, PUBLIC, Policy
from shared.contracts.roles import PROVIDER_ROLES, ROLES

#: the provider's people read every item, whatever their scope; everybody else reads current public items
READ = Policy("knowledge", {ROLES: (PUBLIC,), PROVIDER_ROLES: ANYWHERE}, reading=True)
#: who reads drafts, older versions, and items that are not public
READ_INTERNAL = Policy("knowledge", {PROVIDER_ROLES: ANYWHERE}, reading=True)
#: items belong to no party, team or service, so a role for one of these may not write them
WRITE = Policy("knowledge", {PROVIDER_ROLES: ALL})
#: who may approve a version that he or she wrote in
APPROVE_OWN = Policy("knowledge", {"knowledge_manager": ALL})
