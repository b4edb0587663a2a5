"""Service level management keeps its promises: agreements, clocks, warnings, figures."""
