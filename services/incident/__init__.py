"""Restore: bring the service back to the agreed state for the user who is waiting."""
