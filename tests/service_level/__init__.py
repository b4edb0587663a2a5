"""Service level management: agreements, clocks, warnings, figures."""
