"""The roles that tokens carry: those of the method (domains client and supplier, specialised roles included) and technical ones."""

ADMINISTRATOR = "administrator"
#: the kind of caller that a program is; no role, so it opens nothing
SERVICE_ACCOUNT = "service_account"

CLIENT_ROLES = ("client", "user")
LEADERS = (
    "leader",
    "it_director",
    "team_lead",
    "process_manager",
    "service_level_manager",
    "service_manager",
    "project_leader",
    "incident_manager",
    "improvement_manager",
    "knowledge_manager",
    "operations_manager",
)
PROFESSIONALS = (
    "professional",
    "process_coordinator",
    "change_coordinator",
    "service_desk_agent",
    "functional_manager",
    "approver",
    "security_officer",
    "privacy_officer",
    "architect",
)
SUPPLIERS = ("supplier",)
#: who answers for a record; it opens nothing by itself
OWNERS = ("ki_owner", "risk_owner", "objective_owner", "service_owner")

#: reads the feed of a service's events and its delivery figures
FEED_READER = "feed_reader"
#: brings in records from before the platform was used
HISTORY_IMPORTER = "history_importer"
#: reads delivery figures and dead letters, has dead letters handled again, and verifies the event log
OPERATOR = "operator"
#: what programs and operators need; `process:<name>` limits each of them to one service, and no other scope fits them
TECHNICAL_ROLES = (FEED_READER, HISTORY_IMPORTER, OPERATOR)

#: in a policy, every person who is signed in, with or without a role; no program
ANYBODY = "anybody"

#: who works for the provider: professionals and leaders
PROVIDER_ROLES = (*PROFESSIONALS, *LEADERS)
ROLES = (*CLIENT_ROLES, *PROFESSIONALS, *LEADERS, *SUPPLIERS, *OWNERS, *TECHNICAL_ROLES, ADMINISTRATOR)
