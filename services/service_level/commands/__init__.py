"""The use cases of service level management, by noun; each is one unit of work."""
