"""`python -m services.service_level`: only this service, on its own bus and database."""

from services.service_level.manifest import SERVICE
from shared.serve import main

if __name__ == "__main__":
    main((SERVICE,))
