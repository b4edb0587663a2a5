"""Suggestions of knowledge for an incident."""
