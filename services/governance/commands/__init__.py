"""The use cases of governance, one unit of work each."""
