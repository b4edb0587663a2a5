"""Calendars that are stored under a name, and the form of a calendar."""
