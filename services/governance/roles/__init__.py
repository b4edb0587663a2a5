"""Roles: given to people and withdrawn, everywhere or within a scope."""
