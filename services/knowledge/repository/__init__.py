"""Every query of knowledge; what a caller may see is decided here, in the query."""
