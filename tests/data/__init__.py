"""Histories with known figures: the expected answers of the platform, computed without its code."""
