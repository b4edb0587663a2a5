"""`python -m services.service_level`: service level management alone in this process."""

from services.service_level.manifest import SERVICE
from shared.serve import main

if __name__ == "__main__":
    main((SERVICE,))
