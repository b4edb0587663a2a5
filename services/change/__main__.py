"""`python -m services.change`: this process alone, on a bus and a database of its own."""

from services.change.manifest import SERVICE
from shared.serve import main

if __name__ == "__main__":
    main((SERVICE,))
