"""What a fresh platform has."""
