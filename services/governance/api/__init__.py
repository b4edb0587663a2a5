"""The routes of governance."""

from services.governance.api import accounts, me, parties, people, roles, teams, tokens
from shared.http import router as strict

router = strict()
for part in (tokens, me, parties, people, teams, roles, accounts):
    router.include_router(part.router)
