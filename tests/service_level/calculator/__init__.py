"""Calculations on a calendar that the client sends."""
