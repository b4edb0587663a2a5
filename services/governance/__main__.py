"""`python -m services.governance`: only this service, on its own bus and database."""

from services.governance.manifest import SERVICE
from shared.serve import main

if __name__ == "__main__":
    main((SERVICE,))
