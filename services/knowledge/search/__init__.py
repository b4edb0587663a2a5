"""The search in current items."""
