"""The roles of the method that tokens carry (domains client and supplier, specialised roles included)."""

ADMINISTRATOR = "administrator"
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

#: who works for the provider: professionals and leaders
PROVIDER_ROLES = (*PROFESSIONALS, *LEADERS)
ROLES = (*CLIENT_ROLES, *PROFESSIONALS, *LEADERS, *SUPPLIERS, *OWNERS, ADMINISTRATOR)
