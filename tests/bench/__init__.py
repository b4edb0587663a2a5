"""Measurements: figures as ratios to a floor that is run beside them, never asserted."""
