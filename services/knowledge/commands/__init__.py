"""One unit of work per use case of knowledge."""
