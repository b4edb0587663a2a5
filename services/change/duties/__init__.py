"""What waits for a person in this service, and giving it to somebody else."""
