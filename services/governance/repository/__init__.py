"""Every query of governance, by noun; what a caller may see is decided here, in the query."""
