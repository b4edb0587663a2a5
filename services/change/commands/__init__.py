"""The use cases of change: one unit of work each."""
