"""Checks: what a change needs when it is planned, decided about and started."""
