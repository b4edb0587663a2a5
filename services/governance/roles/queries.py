"""Queries about role assignments."""

from services.governance import access
from services.governance.models import RoleAssignment
from shared.records import Noun

ASSIGNMENTS = Noun(RoleAssignment, "role assignment", access.READ_ROLES)
