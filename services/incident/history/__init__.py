"""Imported history of another system."""
