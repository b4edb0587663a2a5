"""Every query of change; what a caller may see is decided here, in the query."""
