"""Links of incidents to other records."""
