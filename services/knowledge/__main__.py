"""Knowledge alone: `python -m services.knowledge`."""

from services.knowledge.manifest import SERVICE
from shared.serve import main

if __name__ == "__main__":
    main((SERVICE,))
