"""`python -m services.change`: only this service, on its own bus and database."""

from services.change.manifest import SERVICE
from shared.serve import main

if __name__ == "__main__":
    main((SERVICE,))
