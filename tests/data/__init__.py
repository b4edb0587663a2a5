"""Histories with known figures: what the platform must answer, worked out without any of its code."""
