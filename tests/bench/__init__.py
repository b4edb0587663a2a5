"""Measurements: figures beside a floor, or beside another checkout, in one run. They are reported, never asserted."""
