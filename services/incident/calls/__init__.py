"""Calls: every contact of a person with the provider."""
