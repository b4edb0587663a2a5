"""Every query of incident, by noun; what a caller may see is decided here, in the query."""

from services.incident.repository import belongings, calls, copies, incidents, timelines

__all__ = ["belongings", "calls", "copies", "incidents", "timelines"]
