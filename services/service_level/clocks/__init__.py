"""The clocks that measure agreements."""
