"""Runs the change service alone: `python -m services.change`."""

from services.change.manifest import SERVICE
from shared.serve import main

if __name__ == "__main__":
    main((SERVICE,))
