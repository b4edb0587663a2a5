"""Suggestions: which items may help with an incident, and which ones did."""
