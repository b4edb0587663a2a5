"""The first records of a fresh platform."""
