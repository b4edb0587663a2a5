"""What every service may rely on: who issues tokens, and the records that make a fresh platform usable at once."""

from uuid import UUID

#: the service that issues tokens; its URLs begin with this name
ISSUER = "governance"
TOKEN_ADDRESS = f"/{ISSUER}/v1/token"

# governance and service_level make these records
PROVIDER_ID = UUID("00000000-0000-7000-8000-000000000001")
CLIENT_ID = UUID("00000000-0000-7000-8000-000000000002")
GENERAL_SUPPORT_ID = UUID("00000000-0000-7000-8000-000000000003")
STANDARD_AGREEMENT_ID = UUID("00000000-0000-7000-8000-000000000004")
OFFICE_HOURS_ID = UUID("00000000-0000-7000-8000-000000000005")
ADMIN_ID = UUID("00000000-0000-7000-8000-000000000006")
#: the services of a platform, each of which answers when a person is erased
SERVICES = ("change", "governance", "incident", "knowledge", "service_level")
