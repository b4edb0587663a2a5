"""The rules of restoring as tables: pure, checked at import."""
