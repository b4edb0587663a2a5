"""What incidents and calls ask of change."""
