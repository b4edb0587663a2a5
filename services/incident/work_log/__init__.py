"""The work log: notes at an incident."""
