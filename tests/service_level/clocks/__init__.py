"""Clocks are measured, announced and shown by the rules of service levels."""
