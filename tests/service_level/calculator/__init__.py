"""Sums on a calendar that is sent along."""
