"""Measurements: figures compared with a baseline, or with another checkout, in one run; they are reported, never asserted."""
