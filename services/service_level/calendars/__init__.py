"""The calendars that people keep, and the written form of a calendar."""
