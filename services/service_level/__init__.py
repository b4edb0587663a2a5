"""Service level management: makes agreements, keeps the clocks that measure them, and speaks when one is at risk."""
