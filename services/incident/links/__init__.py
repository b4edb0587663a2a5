"""What an incident is linked to."""
