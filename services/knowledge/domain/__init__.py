"""The rules of knowledge as tables and pure functions."""
