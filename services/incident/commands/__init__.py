"""The use cases of incident, each one unit of work."""
