"""Requests of incidents and calls to change."""
