"""The roles that tokens carry: those of the method (domains client and supplier, specialised roles included) and technical ones."""

ADMINISTRATOR = "administrator"
#: the kind of a caller that is a program; it is not a role and opens nothing
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
#: who is responsible for a record; these roles open nothing by themselves
OWNERS = ("ki_owner", "risk_owner", "objective_owner", "service_owner")

#: reads the feed of a service's events and its delivery figures
FEED_READER = "feed_reader"
#: brings in records from before the platform was used
HISTORY_IMPORTER = "history_importer"
#: reads delivery figures and dead letters, retries dead letters, and verifies the event log
OPERATOR = "operator"
#: what programs and operators need; `process:<name>` limits each of them to one service, and no other scope is valid
TECHNICAL_ROLES = (FEED_READER, HISTORY_IMPORTER, OPERATOR)

#: in a policy, every person who is signed in, with or without a role; not programs
ANYBODY = "anybody"

#: who works for the provider: professionals and leaders
PROVIDER_ROLES = (*PROFESSIONALS, *LEADERS)
ROLES = (*CLIENT_ROLES, *PROFESSIONALS, *LEADERS, *SUPPLIERS, *OWNERS, *TECHNICAL_ROLES, ADMINISTRATOR)
