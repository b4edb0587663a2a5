"""Changes: accepted requests, from classification to closing."""
