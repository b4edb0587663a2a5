"""The history of another system, imported."""
