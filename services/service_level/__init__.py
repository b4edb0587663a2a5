"""Service level management: agreements, the clocks that measure them, and a warning when one is at risk."""
