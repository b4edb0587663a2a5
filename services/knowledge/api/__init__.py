"""The routes of knowledge."""

from services.knowledge.api import items, moves, search, versions
from shared.http import router as strict

router = strict()
for part in (items, moves, versions, search):
    router.include_router(part.router)
