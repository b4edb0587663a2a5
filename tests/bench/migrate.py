"""Bring the incident service's database to the newest schema: `python -m tests.bench.migrate OWNER_URL LOGIN`."""

import asyncio
import sys

from services.incident.manifest import SERVICE
from shared import migrate, observability

if __name__ == "__main__":
    observability.configure(level="WARNING", form="text")
    asyncio.run(migrate.upgrade(sys.argv[1], SERVICE, login=sys.argv[2]))
