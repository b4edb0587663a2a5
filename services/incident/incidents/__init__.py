"""Incidents: failures of the agreed service, until they are recovered."""
